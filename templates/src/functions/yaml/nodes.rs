//! The nodes of a YAML document, from the events of libyaml's parser.

use std::collections::HashMap;

use libyaml_safer::{Event, EventData, Mark, Parser, ScalarStyle};

use super::source::{self, MOST_MENDED, Source, TOO_MANY, failed, located};
use crate::call::Call;
use crate::error::Limit;
use crate::function::FunctionError;

/// A node of the document, by its place in the list of nodes.
pub(super) type Id = usize;

/// A part of a document.
pub(super) enum Content {
    Scalar { tag: String, text: String, implicit: bool },
    Sequence(Vec<Id>),
    Mapping(Vec<(Id, Id)>),
    Alias { name: String, target: Id },
}

/// The nodes of the first document of a text, and the one at its root.
pub(super) fn compose(call: &mut Call<'_>, text: &[u8]) -> Result<(Vec<Content>, Option<Id>), FunctionError> {
    let mut source = Source::new(call, text)?;
    for _ in 0..=MOST_MENDED {
        match composed(call, &source) {
            Ok(composed) => return Ok(composed),
            Err(Stop::Failed(error)) => return Err(error),
            Err(Stop::OddByte(at)) => source.mend(at),
        }
    }
    Err(failed(TOO_MANY))
}

fn composed(call: &mut Call<'_>, source: &Source) -> Result<(Vec<Content>, Option<Id>), Stop> {
    let mut input = source.text.as_slice();
    let mut composer = Composer {
        call,
        parser: source::parser(&mut input),
        nodes: Vec::new(),
        anchors: HashMap::new(),
        source,
    };
    let root = composer.document()?;
    Ok((composer.nodes, root))
}

/// Why no document came about.
enum Stop {
    Failed(FunctionError),
    /// A byte that has to be mended for the parser.
    OddByte(usize),
}

impl<E: Into<FunctionError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Stop::Failed(error.into())
    }
}

struct Composer<'c, 's, 't> {
    call: &'c mut Call<'s>,
    parser: Parser<&'t mut &'t [u8]>,
    nodes: Vec<Content>,
    anchors: HashMap<String, Id>,
    source: &'c Source,
}

impl Composer<'_, '_, '_> {
    fn event(&mut self) -> Result<Event, Stop> {
        self.call.step(1)?;
        self.parser.parse().map_err(|error| match self.source.odd_byte(&error) {
            Some(at) => Stop::OddByte(at),
            None => Stop::Failed(self.source.syntax_error(&error)),
        })
    }

    fn document(&mut self) -> Result<Option<Id>, Stop> {
        loop {
            let event = self.event()?;
            match event.data {
                EventData::StreamStart { .. } => (),
                EventData::DocumentStart { version_directive, .. } => {
                    if version_directive.is_some_and(|version| (version.major, version.minor) != (1, 1)) {
                        let line = event.start_mark.line;
                        return Err(located("found incompatible YAML document", line, 0, false).into());
                    }
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
        self.nodes.push(content);
        self.nodes.len() - 1
    }

    fn anchor(&mut self, anchor: Option<String>, id: Id) {
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, id);
        }
    }

    /// The node that starts with an event; none for an event that ends a collection.
    fn node(&mut self, event: Event, depth: usize) -> Result<Option<Id>, Stop> {
        if depth > self.call.nesting() {
            return Err(Limit::Nesting(self.call.nesting()).into());
        }
        let (start, end) = (event.start_mark, event.end_mark);
        let id = match event.data {
            EventData::Scalar {
                anchor,
                tag,
                value,
                plain_implicit,
                style,
                ..
            } => {
                let text = self.scalar_text(value, style, (start, end))?;
                let id = self.add(Content::Scalar {
                    tag: tag.unwrap_or_default(),
                    text,
                    implicit: plain_implicit,
                });
                self.anchor(anchor, id);
                id
            }
            EventData::Alias { anchor } => match self.anchors.get(&anchor) {
                Some(target) => {
                    let target = *target;
                    self.add(Content::Alias { name: anchor, target })
                }
                None => return Err(failed(&format!("unknown anchor '{anchor}' referenced")).into()),
            },
            EventData::SequenceStart { anchor, .. } => self.sequence(anchor, depth)?,
            EventData::MappingStart { anchor, .. } => self.mapping(anchor, depth)?,
            _ => return Ok(None),
        };
        Ok(Some(id))
    }

    /// The text of a scalar as yaml.v2 reads it.
    fn scalar_text(&mut self, text: String, style: ScalarStyle, (start, end): (Mark, Mark)) -> Result<String, Stop> {
        let mut text = text;
        match style {
            ScalarStyle::DoubleQuoted => self.source.check_escapes(start, end)?,
            ScalarStyle::Literal | ScalarStyle::Folded => self.source.without_added_break(&mut text, end.index),
            ScalarStyle::Plain => text = self.source.plain(text),
            _ => (),
        }
        self.call.reserve(text.len())?;
        Ok(text)
    }

    fn sequence(&mut self, anchor: Option<String>, depth: usize) -> Result<Id, Stop> {
        let id = self.add(Content::Sequence(Vec::new()));
        self.anchor(anchor, id);
        let mut items = Vec::new();
        while let Some(item) = self.next_node(depth)? {
            items.push(item);
        }
        self.nodes[id] = Content::Sequence(items);
        Ok(id)
    }

    fn mapping(&mut self, anchor: Option<String>, depth: usize) -> Result<Id, Stop> {
        let id = self.add(Content::Mapping(Vec::new()));
        self.anchor(anchor, id);
        let mut entries = Vec::new();
        while let Some(key) = self.next_node(depth)? {
            let Some(value) = self.next_node(depth)? else {
                break;
            };
            entries.push((key, value));
        }
        self.nodes[id] = Content::Mapping(entries);
        Ok(id)
    }

    fn next_node(&mut self, depth: usize) -> Result<Option<Id>, Stop> {
        let event = self.event()?;
        self.node(event, depth + 1)
    }
}
