//! Values below so many levels that no engine looks at them: read into JSON text without recursion, because each level
//! of a [`Value`] costs stack wherever it is walked over.

use super::reader::Reader;
use super::syntax::{SyntaxError, place};
use super::{Value, writer};
use std::collections::BTreeMap;
use std::fmt;

/// An array or object as compact JSON, its members sorted.
#[derive(Clone, PartialEq, Eq)]
pub struct Deep(String);

impl Deep {
    /// The text.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is an array; else it is an object.
    pub(super) fn is_array(&self) -> bool {
        self.0.starts_with('[')
    }
}

/// Shows no content, which may be a secret.
impl fmt::Debug for Deep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Deep({} bytes)", self.0.len())
    }
}

/// A level that has begun.
enum Open {
    Array,
    /// Where its text begins, and its members' names with the places of theirs.
    Object(usize, Vec<(String, usize)>),
}

impl Reader<'_> {
    /// Reads the array or object at hand, which is at `level`.
    pub(super) fn deep(&mut self, level: usize) -> Result<Deep, SyntaxError> {
        let mut text = String::new();
        let mut open = Vec::new();
        loop {
            self.skip_space();
            if self.begin(level, &mut open, &mut text)? {
                continue;
            }
            if self.end(&mut open, &mut text)? {
                return Ok(Deep(text));
            }
        }
    }

    /// Begins a value; `false` if it is complete at once, as scalars are, and arrays and objects without content.
    fn begin(&mut self, level: usize, open: &mut Vec<Open>, text: &mut String) -> Result<bool, SyntaxError> {
        let (last, new) = match self.peek()? {
            b'[' => (b']', Open::Array),
            b'{' => (b'}', Open::Object(text.len() + 1, Vec::new())),
            _ => {
                writer::write(&self.scalar()?, text);
                return Ok(false);
            }
        };
        text.push(char::from(self.enter(level + open.len())?));
        self.skip_space();
        if self.peek()? == last {
            self.at += 1;
            text.push(char::from(last));
            return Ok(false);
        }
        open.push(new);
        self.name(open, text)?;
        Ok(true)
    }

    /// After a complete value: ends the levels that end with it, up to where the next value begins. `true` if none is
    /// left open.
    fn end(&mut self, open: &mut Vec<Open>, text: &mut String) -> Result<bool, SyntaxError> {
        while let Some(level) = open.last() {
            self.skip_space();
            match (level, self.peek()?) {
                (_, b',') => {
                    self.at += 1;
                    text.push(',');
                    self.name(open, text)?;
                    return Ok(false);
                }
                (Open::Array, b']') => text.push(']'),
                (Open::Object(start, members), b'}') => {
                    sort(text, *start, members);
                    text.push('}');
                }
                (Open::Array, _) => return self.wrong(place::AFTER_ELEMENT),
                (Open::Object(..), _) => return self.wrong(place::AFTER_PAIR),
            }
            self.at += 1;
            open.pop();
        }
        Ok(true)
    }

    /// Reads the name of a member, if the innermost level is an object.
    fn name(&mut self, open: &mut [Open], text: &mut String) -> Result<(), SyntaxError> {
        let Some(Open::Object(_, members)) = open.last_mut() else {
            return Ok(());
        };
        let place = text.len();
        let name = self.key(members.is_empty())?;
        writer::write(&Value::from(&name), text);
        text.push(':');
        members.push((name, place));
        Ok(())
    }
}

/// Sorts the members that `text` has from `start` on; of two with the same name the later one counts.
fn sort(text: &mut String, start: usize, members: &[(String, usize)]) {
    if members.is_sorted_by(|(a, _), (b, _)| a < b) {
        return;
    }
    // Each member ends where the comma before the next one stands.
    let ends = members.iter().skip(1).map(|(_, next)| next - 1).chain([text.len()]);
    let sorted: BTreeMap<&str, &str> = members
        .iter()
        .zip(ends)
        .map(|((name, place), end)| (name.as_str(), text.get(*place..end).unwrap_or_default()))
        .collect();
    let joined = sorted.into_values().collect::<Vec<_>>().join(",");
    text.replace_range(start.., &joined);
}
