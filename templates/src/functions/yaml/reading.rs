//! Reading YAML: the events of libyaml's parser become nodes, and those become values.

use std::collections::{HashMap, HashSet};

use libyaml_safer::{Encoding, Error, ErrorKind, Event, EventData, Parser, ScalarStyle};
use zeroize::Zeroizing;

use super::super::{encoding, print};
use super::resolve::{self, BINARY};
use crate::call::Call;
use crate::error::Limit;
use crate::function::FunctionError;
use crate::value::{List, Map, Value};

/// The value of the first document of a text.
pub(super) fn read(call: &mut Call<'_>, text: &[u8]) -> Result<Value, FunctionError> {
    call.reserve(text.len().saturating_mul(2))?;
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let source = Source::new(text)?;
    let mut input = source.text.as_slice();
    let mut parser = Parser::new();
    parser.set_encoding(Encoding::Utf8);
    parser.set_input_string(&mut input);
    let mut composer = Composer {
        call,
        parser,
        nodes: Vec::new(),
        anchors: HashMap::new(),
        source: &source,
    };
    let root = composer.document()?;
    let Composer { nodes, .. } = composer;
    let mut decoder = Decoder {
        call,
        nodes: &nodes,
        open: HashSet::new(),
        decoded: 0,
        aliased: 0,
        alias_depth: 0,
    };
    match root {
        Some(root) => decoder.value(root, 0),
        None => Ok(Value::Nil),
    }
}

/// A text that libyaml's parser can read without harm: the port that is used here panics at a block scalar that the end
/// of the text cuts off, at an escape that it cuts off, and at a tag before a comma.
struct Source {
    text: Zeroizing<Vec<u8>>,
    /// The last line, if a line break was added after it.
    unended: Option<Vec<u8>>,
    /// Line breaks in the text as it was given.
    last_line: u64,
}

impl Source {
    fn new(text: &[u8]) -> Result<Source, FunctionError> {
        if let Err(error) = std::str::from_utf8(text) {
            let octet = match error.error_len() {
                None => "incomplete UTF-8 octet sequence",
                Some(1) => "invalid leading UTF-8 octet",
                Some(_) => "invalid trailing UTF-8 octet",
            };
            return Err(failed(octet));
        }
        if let Some(line) = tag_before_comma(text) {
            let place = if line > 0 {
                format!("line {}: ", line + 1)
            } else {
                String::new()
            };
            return Err(failed(&format!(
                "{place}did not find expected whitespace or line break"
            )));
        }
        let last = text.rsplit(|byte| *byte == b'\n').next().unwrap_or(b"");
        let ended = [&b"\n"[..], b"\r", b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9"];
        let ended = ended.iter().any(|known| text.ends_with(known));
        let unended = (!ended).then(|| last.to_vec());
        let last_line = breaks(text);
        let mut text = Zeroizing::new(text.to_vec());
        if unended.is_some() {
            text.push(b'\n');
        }
        Ok(Source {
            text,
            unended,
            last_line,
        })
    }

    /// A block scalar that reaches the end, without the line break that was added there.
    fn without_added_break(&self, value: &mut String, end: u64) {
        let Some(last) = &self.unended else {
            return;
        };
        let reaches_end = usize::try_from(end).is_ok_and(|end| end >= self.text.len());
        let blank = last.iter().all(|byte| *byte == b' ');
        let content = value
            .strip_suffix('\n')
            .is_some_and(|value| !blank || value.ends_with(' '));
        if reaches_end && content {
            value.pop();
        }
    }
}

/// How many line breaks of any sort a text has.
fn breaks(text: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(text);
    let breaks = text.matches(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']).count();
    (breaks - text.matches("\r\n").count()) as u64
}

/// The line of a tag in a flow collection with a comma right behind it. yaml.v2 takes the comma for a part of the tag,
/// other parsers for the end of an item; here it is refused.
fn tag_before_comma(text: &[u8]) -> Option<usize> {
    let (mut depth, mut line, mut quote, mut before) = (0_usize, 0, None, b' ');
    for (at, byte) in text.iter().enumerate() {
        match (quote, byte) {
            (_, b'\n') => line += 1,
            (Some(open), byte) if open == *byte => quote = None,
            (Some(_), _) => (),
            (None, b'"' | b'\'') if is_gap(before) => quote = Some(*byte),
            (None, b'[' | b'{') => depth += 1,
            (None, b']' | b'}') => depth = depth.saturating_sub(1),
            (None, b'!') if depth > 0 && is_gap(before) => {
                let rest = &text[at + 1..];
                let size = rest
                    .iter()
                    .take_while(|byte| !is_gap(**byte) || matches!(byte, b':' | b'?' | b'-'))
                    .count();
                if rest.get(size) == Some(&b',') {
                    return Some(line);
                }
            }
            _ => (),
        }
        before = *byte;
    }
    None
}

/// Whether a byte can stand before a tag or a quoted scalar, or end a tag.
fn is_gap(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\t' | b'\r' | b'\n' | b'[' | b']' | b'{' | b'}' | b',' | b':' | b'?' | b'-'
    )
}

fn failed(text: &str) -> FunctionError {
    format!("yaml: {text}").into()
}

/// yaml.v2's text of an error: it counts lines from 0 but adds one for what the scanner finds.
fn syntax_error(error: &Error, last_line: u64) -> FunctionError {
    // A quoted scalar without an end has read the line break that was added; all else takes the end for a new line anyway.
    let scanner = error.kind() == ErrorKind::Scanner;
    let unended = error.problem() == "found unexpected end of stream";
    let line_of = |line: u64| if unended { line.min(last_line) } else { line };
    let line = match (error.problem_mark(), error.context_mark()) {
        (Some(mark), _) if line_of(mark.line) > 0 => line_of(mark.line) + u64::from(scanner),
        (_, Some(mark)) => line_of(mark.line),
        _ => 0,
    };
    match line {
        0 => failed(error.problem()),
        line => failed(&format!("line {line}: {}", error.problem())),
    }
}

/// A node of the document, by its place in the list of nodes.
type Id = usize;

struct Node {
    content: Content,
}

enum Content {
    Scalar { tag: String, text: String, implicit: bool },
    Sequence(Vec<Id>),
    Mapping(Vec<(Id, Id)>),
    Alias { name: String, target: Id },
}

struct Composer<'c, 's, 't, 'i> {
    call: &'c mut Call<'s>,
    parser: Parser<&'t mut &'i [u8]>,
    nodes: Vec<Node>,
    anchors: HashMap<String, Id>,
    source: &'c Source,
}

impl Composer<'_, '_, '_, '_> {
    fn event(&mut self) -> Result<Event, FunctionError> {
        self.call.step(1)?;
        let last_line = self.source.last_line;
        self.parser.parse().map_err(|error| syntax_error(&error, last_line))
    }

    fn document(&mut self) -> Result<Option<Id>, FunctionError> {
        loop {
            match self.event()?.data {
                EventData::StreamStart { .. } => (),
                EventData::DocumentStart { .. } => {
                    let first = self.event()?;
                    let root = self.node(first, 0)?;
                    self.event()?;
                    return Ok(root);
                }
                _ => return Ok(None),
            }
        }
    }

    fn add(&mut self, content: Content) -> Id {
        self.nodes.push(Node { content });
        self.nodes.len() - 1
    }

    fn anchor(&mut self, anchor: Option<String>, id: Id) {
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, id);
        }
    }

    /// The node that starts with an event; none for an event that ends a collection.
    fn node(&mut self, event: Event, depth: usize) -> Result<Option<Id>, FunctionError> {
        if depth > self.call.nesting() {
            return Err(Limit::Nesting(self.call.nesting()).into());
        }
        Ok(match event.data {
            EventData::Scalar {
                anchor,
                tag,
                mut value,
                plain_implicit,
                style,
                ..
            } => {
                if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
                    self.source.without_added_break(&mut value, event.end_mark.index);
                }
                self.call.reserve(value.len())?;
                let tag = tag.unwrap_or_default();
                let id = self.add(Content::Scalar {
                    tag,
                    text: value,
                    implicit: plain_implicit,
                });
                self.anchor(anchor, id);
                Some(id)
            }
            EventData::Alias { anchor } => match self.anchors.get(&anchor) {
                Some(target) => {
                    let target = *target;
                    Some(self.add(Content::Alias { name: anchor, target }))
                }
                None => return Err(failed(&format!("unknown anchor '{anchor}' referenced"))),
            },
            EventData::SequenceStart { anchor, .. } => {
                let id = self.add(Content::Sequence(Vec::new()));
                self.anchor(anchor, id);
                let mut items = Vec::new();
                while let Some(item) = self.next_node(depth)? {
                    items.push(item);
                }
                self.nodes[id].content = Content::Sequence(items);
                Some(id)
            }
            EventData::MappingStart { anchor, .. } => {
                let id = self.add(Content::Mapping(Vec::new()));
                self.anchor(anchor, id);
                let mut entries = Vec::new();
                while let Some(key) = self.next_node(depth)? {
                    let Some(value) = self.next_node(depth)? else {
                        break;
                    };
                    entries.push((key, value));
                }
                self.nodes[id].content = Content::Mapping(entries);
                Some(id)
            }
            _ => None,
        })
    }

    fn next_node(&mut self, depth: usize) -> Result<Option<Id>, FunctionError> {
        let event = self.event()?;
        self.node(event, depth + 1)
    }
}

struct Decoder<'c, 's, 'n> {
    call: &'c mut Call<'s>,
    nodes: &'n [Node],
    /// Aliases that are being followed.
    open: HashSet<Id>,
    decoded: u64,
    aliased: u64,
    alias_depth: usize,
}

impl<'n> Decoder<'_, '_, 'n> {
    fn content(&self, id: Id) -> &'n Content {
        &self.nodes[id].content
    }

    fn value(&mut self, id: Id, depth: usize) -> Result<Value, FunctionError> {
        self.count(depth)?;
        match self.content(id) {
            Content::Scalar { tag, text, implicit } => scalar(tag, text, *implicit),
            Content::Sequence(items) => {
                let items: Result<Vec<Value>, _> = items.iter().map(|item| self.value(*item, depth + 1)).collect();
                Ok(Value::List(List::any(items?)))
            }
            Content::Mapping(entries) => {
                let map = Map::mixed(Vec::new());
                self.fill(&map, entries, depth)?;
                Ok(Value::Map(map))
            }
            Content::Alias { name, target } => {
                self.enter(id, name)?;
                let value = self.value(*target, depth + 1)?;
                self.leave(id);
                Ok(value)
            }
        }
    }

    /// Counts a decoded node, and refuses a document most of which are aliases.
    fn count(&mut self, depth: usize) -> Result<(), FunctionError> {
        self.call.step(1)?;
        self.call.reserve(2 * size_of::<Value>())?;
        if depth > self.call.nesting() {
            return Err(Limit::Nesting(self.call.nesting()).into());
        }
        self.decoded += 1;
        self.aliased += u64::from(self.alias_depth > 0);
        let allowed = match self.decoded {
            ..=400_000 => 0.99,
            4_000_000.. => 0.10,
            decoded => 0.99 - 0.89 * ((decoded - 400_000) as f64 / 3_600_000.0),
        };
        match self.aliased > 100 && self.decoded > 1_000 && self.aliased as f64 / self.decoded as f64 > allowed {
            true => Err(failed("document contains excessive aliasing")),
            false => Ok(()),
        }
    }

    fn enter(&mut self, alias: Id, name: &str) -> Result<(), FunctionError> {
        if !self.open.insert(alias) {
            return Err(failed(&format!("anchor '{name}' value contains itself")));
        }
        self.alias_depth += 1;
        Ok(())
    }

    fn leave(&mut self, alias: Id) {
        self.open.remove(&alias);
        self.alias_depth -= 1;
    }

    fn fill(&mut self, map: &Map, entries: &[(Id, Id)], depth: usize) -> Result<(), FunctionError> {
        for (key, value) in entries {
            if self.is_merge(*key) {
                self.merge(map, *value, depth)?;
                continue;
            }
            let key = self.value(*key, depth + 1)?;
            if matches!(key, Value::Map(_) | Value::List(_)) {
                let shown = print::formatted(self.call, b"yaml: invalid map key: %#v", &[key])?;
                return Err(shown.into());
            }
            let value = self.value(*value, depth + 1)?;
            map.insert_value(key, value);
        }
        Ok(())
    }

    fn is_merge(&self, id: Id) -> bool {
        match self.content(id) {
            Content::Scalar { tag, text, implicit } => {
                text == "<<" && (*implicit || tag.strip_prefix(resolve::LONG_PREFIX) == Some("merge"))
            }
            _ => false,
        }
    }

    /// Sets the entries of the map, or of the maps of a list, that `<<` names; in a list the first ones win.
    fn merge(&mut self, map: &Map, id: Id, depth: usize) -> Result<(), FunctionError> {
        match self.content(id) {
            Content::Sequence(items) => items
                .iter()
                .rev()
                .try_for_each(|item| self.merge_one(map, *item, depth)),
            _ => self.merge_one(map, id, depth),
        }
    }

    fn merge_one(&mut self, map: &Map, id: Id, depth: usize) -> Result<(), FunctionError> {
        self.count(depth)?;
        match self.content(id) {
            Content::Mapping(entries) => self.fill(map, entries, depth + 1),
            Content::Alias { name, target } => match self.content(*target) {
                Content::Mapping(entries) => {
                    self.enter(id, name)?;
                    self.count(depth)?;
                    self.fill(map, entries, depth + 1)?;
                    self.leave(id);
                    Ok(())
                }
                _ => Err(failed(MERGE_WANTS_MAP)),
            },
            _ => Err(failed(MERGE_WANTS_MAP)),
        }
    }
}

const MERGE_WANTS_MAP: &str = "map merge requires map or sequence of maps as the value";

fn scalar(tag: &str, text: &str, implicit: bool) -> Result<Value, FunctionError> {
    if tag.is_empty() && !implicit {
        return Ok(Value::string(text));
    }
    if tag == BINARY {
        let bytes = encoding::decode_standard(text.as_bytes());
        return bytes
            .map(Value::string)
            .map_err(|_| failed("!!binary value contains invalid base64 data"));
    }
    let (_, value) = resolve::resolve(tag, text).map_err(|text| failed(&text))?;
    Ok(value)
}
