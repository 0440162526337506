//! What can be wrong with a text, and where.

use crate::Position;

/// A text that is not HCL 1: file, line, column and what was wrong there.
///
/// The contents of strings are never repeated, because configuration may hold credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{mistake}")]
pub struct Error {
    /// The name the caller gave to the source.
    pub file: String,
    /// The place and what was wrong there.
    pub mistake: Mistake,
}

/// What was wrong and where, in a source whose name the caller knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {problem}")]
pub struct Mistake {
    /// Where the problem was seen.
    pub at: Position,
    /// What was wrong.
    pub problem: Problem,
}

impl Mistake {
    pub(crate) fn new(at: Position, problem: Problem) -> Self {
        Mistake { at, problem }
    }

    /// This mistake with the name of the source it was made in.
    #[must_use]
    pub fn in_file(self, file: &str) -> Error {
        Error {
            file: file.to_owned(),
            mistake: self,
        }
    }
}

/// The kinds of mistakes a text can hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Another token was needed here.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        /// What could have stood here.
        expected: &'static str,
        /// What stood here: the text of a name, number or sign, or the kind of a string.
        found: String,
    },
    /// A character that begins no token.
    #[error("unexpected character {0:?}")]
    Character(char),
    /// A quoted string without its closing quote on the same line.
    #[error("this string is not closed: expected '\"' before the end of the line")]
    OpenString,
    /// `${` in a quoted string without the matching `}`.
    #[error("'${{' in this string has no matching '}}'")]
    OpenInterpolation,
    /// A backslash before something that is no escape.
    #[error("unknown escape {0:?}: HCL knows \\a \\b \\f \\n \\r \\t \\v \\\\ \\\" \\NNN \\xNN \\uNNNN \\UNNNNNNNN")]
    Escape(String),
    /// Escapes that give bytes which are not UTF-8.
    #[error("the escapes in this string do not form UTF-8 text")]
    EscapedBytes,
    /// `/*` without `*/`.
    #[error("this comment is not closed: expected '*/'")]
    OpenComment,
    /// `<<` without a name and the end of the line after it.
    #[error("'<<' must be followed by a name and the end of the line")]
    HeredocAnchor,
    /// A heredoc whose closing line is missing.
    #[error("this heredoc is not closed: expected a line with only {0:?}")]
    OpenHeredoc(String),
    /// A number that is out of range or badly written.
    #[error("{0} is not a number that can be used")]
    Number(String),
    /// The same attribute twice in one object.
    #[error("{key:?} was already set at line {first}; each attribute can be set once")]
    Duplicate {
        /// The attribute.
        key: String,
        /// The line of its first setting.
        first: u32,
    },
    /// Nested deeper than [`crate::MAX_DEPTH`].
    #[error("nested deeper than {} levels", crate::MAX_DEPTH)]
    TooDeep,
    /// A block of this kind has more or fewer labels than it can have.
    #[error("{key:?} takes {wanted}, found {found}")]
    Labels {
        /// The kind of block.
        key: String,
        /// What was wanted, in words.
        wanted: String,
        /// How many labels there were.
        found: usize,
    },
    /// A block was needed, another kind of value was found.
    #[error("{key:?} must be a block or an object, found {found}")]
    NotABlock {
        /// The key.
        key: String,
        /// The kind of value found.
        found: &'static str,
    },
    /// Bytes that are not UTF-8.
    #[error("this byte is not part of UTF-8 text")]
    NotUtf8,
}
