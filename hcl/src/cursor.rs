//! Reading a text character by character while keeping count of the place.

use crate::Position;

/// A place in a text that only moves forward.
#[derive(Clone)]
pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: Position,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Cursor {
            text,
            at: Position::START,
        }
    }

    /// The place of the next character.
    pub(crate) fn at(&self) -> Position {
        self.at
    }

    /// All that was not read yet.
    pub(crate) fn rest(&self) -> &'a str {
        self.text.get(self.at.offset..).unwrap_or_default()
    }

    /// The text read since `start`.
    pub(crate) fn since(&self, start: Position) -> &'a str {
        self.text.get(start.offset..self.at.offset).unwrap_or_default()
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(crate) fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at = self.at.advanced(next);
        Some(next)
    }

    /// Moves over `expected` if it comes next.
    pub(crate) fn eat(&mut self, expected: &str) -> bool {
        let found = self.rest().starts_with(expected);
        if found {
            self.skip(expected.len());
        }
        found
    }

    /// Moves over `bytes` bytes, which must end between two characters.
    pub(crate) fn skip(&mut self, bytes: usize) {
        let end = self.at.offset + bytes;
        while self.at.offset < end && self.bump().is_some() {}
    }

    /// Moves while `wanted` holds and returns what was passed.
    pub(crate) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let start = self.at;
        while self.peek().is_some_and(&wanted) {
            self.bump();
        }
        self.since(start)
    }
}
