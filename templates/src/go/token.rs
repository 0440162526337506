//! Tokens of the template language.

use crate::fmt::quote;
use crate::unicode;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Error,
    Bool,
    /// A printable ASCII character with no other meaning, such as a comma.
    Char,
    CharConstant,
    Complex,
    Assign,
    Declare,
    Eof,
    Field,
    Identifier,
    LeftDelimiter,
    LeftParen,
    Number,
    Pipe,
    RawString,
    RightDelimiter,
    RightParen,
    Space,
    String,
    Text,
    Variable,
    Keyword(Keyword),
}

/// Words that cannot be function names, and the dot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    Block,
    Break,
    Continue,
    Dot,
    Define,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

impl Keyword {
    /// The keyword a word is, if it is one.
    pub(super) fn of(word: &[u8]) -> Option<Keyword> {
        Some(match word {
            b"block" => Keyword::Block,
            b"break" => Keyword::Break,
            b"continue" => Keyword::Continue,
            b"define" => Keyword::Define,
            b"else" => Keyword::Else,
            b"end" => Keyword::End,
            b"if" => Keyword::If,
            b"nil" => Keyword::Nil,
            b"range" => Keyword::Range,
            b"template" => Keyword::Template,
            b"with" => Keyword::With,
            _ => return None,
        })
    }
}

/// A token with its place.
#[derive(Clone, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    /// Byte offset in the template.
    pub(super) position: usize,
    /// Line it starts on, counted from 1.
    pub(super) line: usize,
    /// Its text; the message of an error.
    pub(super) text: std::borrow::Cow<'a, [u8]>,
}

impl Token<'_> {
    /// The token as error texts show it.
    pub(super) fn shown(&self) -> Vec<u8> {
        match self.kind {
            Kind::Eof => b"EOF".to_vec(),
            Kind::Error => self.text.to_vec(),
            Kind::Keyword(_) => [b"<", &self.text[..], b">"].concat(),
            _ if self.text.len() > 10 => {
                let end = unicode::runes(&self.text).take(10).map(|(_, width)| width).sum();
                [&quote::quoted(&self.text[..end])[..], b"..."].concat()
            }
            _ => quote::quoted(&self.text),
        }
    }
}
