//! Places in the source text.

use std::fmt;

/// One place in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Bytes from the start of the text.
    pub offset: usize,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl Position {
    /// The start of a text.
    pub const START: Position = Position {
        offset: 0,
        line: 1,
        column: 1,
    };

    /// The place just after `text`, if that text began at the start of the source.
    pub(crate) fn after(text: &str) -> Position {
        text.chars().fold(Position::START, Position::advanced)
    }

    /// This place moved over one character.
    pub(crate) fn advanced(self, character: char) -> Position {
        let offset = self.offset + character.len_utf8();
        if character == '\n' {
            Position {
                offset,
                line: self.line.saturating_add(1),
                column: 1,
            }
        } else {
            Position {
                offset,
                line: self.line,
                column: self.column.saturating_add(1),
            }
        }
    }
}

impl fmt::Display for Position {
    /// `line:column`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A stretch of the source: `start` is its first character, `end` the place after its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// The first character.
    pub start: Position,
    /// The place after the last character.
    pub end: Position,
}

impl Span {
    /// From the start of this span to the end of `other`.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span {
            start: self.start,
            end: other.end,
        }
    }
}
