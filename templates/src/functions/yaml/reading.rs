//! Reading YAML: the nodes of a document become values.

use std::collections::HashSet;

use super::super::{encoding, print};
use super::nodes::{self, Content, Id};
use super::resolve::{self, BINARY};
use super::source::failed;
use crate::call::Call;
use crate::error::Limit;
use crate::function::FunctionError;
use crate::value::{List, Map, Value};

/// The value of the first document of a text.
pub(super) fn read(call: &mut Call<'_>, text: &[u8]) -> Result<Value, FunctionError> {
    call.reserve(text.len().saturating_mul(2))?;
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let (nodes, root) = nodes::compose(call, text)?;
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

struct Decoder<'c, 's, 'n> {
    call: &'c mut Call<'s>,
    nodes: &'n [Content],
    /// Aliases that are being followed.
    open: HashSet<Id>,
    decoded: u64,
    aliased: u64,
    alias_depth: usize,
}

impl<'n> Decoder<'_, '_, 'n> {
    fn content(&self, id: Id) -> &'n Content {
        &self.nodes[id]
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
