//! Splits a template into tokens, with the trim rules and the complaints of Go's lexer.

mod words;

use std::borrow::Cow;

use super::token::{Kind, Token};
use crate::unicode;
use memchr::memmem::find;
use words::{is_alphanumeric, shown_rune};

const SPACES: &[u8] = b" \t\r\n";

/// Reads tokens one at a time.
pub(super) struct Lexer<'a> {
    input: &'a [u8],
    left: &'a [u8],
    right: &'a [u8],
    at: usize,
    start: usize,
    line: usize,
    start_line: usize,
    parens: usize,
    inside_action: bool,
    failed: bool,
}

impl<'a> Lexer<'a> {
    /// Starts at the beginning of a template. Empty delimiters mean `{{` and `}}`.
    pub(super) fn new(input: &'a [u8], left: &'a str, right: &'a str) -> Self {
        Lexer {
            input,
            left: if left.is_empty() { b"{{" } else { left.as_bytes() },
            right: if right.is_empty() { b"}}" } else { right.as_bytes() },
            at: 0,
            start: 0,
            line: 1,
            start_line: 1,
            parens: 0,
            inside_action: false,
            failed: false,
        }
    }

    /// The next token; [`Kind::Eof`] again and again at the end and after an error.
    pub(super) fn next_token(&mut self) -> Token<'a> {
        if self.failed {
            return self.token_of(Kind::Eof);
        }
        loop {
            let token = match self.inside_action {
                true => self.in_action(),
                false => self.in_text(),
            };
            if let Some(token) = token {
                return token;
            }
        }
    }

    fn rest(&self) -> &'a [u8] {
        &self.input[self.at..]
    }

    fn token_of(&mut self, kind: Kind) -> Token<'a> {
        let text = Cow::Borrowed(&self.input[self.start..self.at]);
        let token = Token {
            kind,
            position: self.start,
            line: self.start_line,
            text,
        };
        self.start = self.at;
        self.start_line = self.line;
        token
    }

    fn emit(&mut self, kind: Kind) -> Option<Token<'a>> {
        Some(self.token_of(kind))
    }

    fn fail(&mut self, message: impl Into<Vec<u8>>) -> Option<Token<'a>> {
        self.failed = true;
        let text = Cow::Owned(message.into());
        let token = Token {
            kind: Kind::Error,
            position: self.start,
            line: self.start_line,
            text,
        };
        self.input = &[];
        self.at = 0;
        self.start = 0;
        Some(token)
    }

    /// Moves on by some bytes, counting lines.
    fn advance(&mut self, bytes: usize) {
        let passed = &self.input[self.at..self.at + bytes];
        self.line += passed.iter().filter(|byte| **byte == b'\n').count();
        self.at += bytes;
    }

    fn ignore(&mut self) {
        self.start = self.at;
        self.start_line = self.line;
    }

    fn peek(&self) -> Option<u32> {
        match unicode::decode(self.rest()) {
            (_, 0) => None,
            (rune, _) => Some(rune),
        }
    }

    fn next(&mut self) -> Option<u32> {
        let (rune, width) = unicode::decode(self.rest());
        self.advance(width);
        (width > 0).then_some(rune)
    }

    fn accept(&mut self, valid: &[u8]) -> bool {
        let accepted = self.rest().first().is_some_and(|byte| valid.contains(byte));
        self.at += usize::from(accepted);
        accepted
    }

    fn accept_run(&mut self, valid: &[u8]) {
        while self.accept(valid) {}
    }

    fn in_text(&mut self) -> Option<Token<'a>> {
        let Some(length) = find(self.rest(), self.left) else {
            self.advance(self.rest().len());
            return match self.at > self.start {
                true => self.emit(Kind::Text),
                false => self.emit(Kind::Eof),
            };
        };
        if length > 0 {
            let text = &self.rest()[..length];
            let trimmed = match has_left_trim_marker(&self.rest()[length + self.left.len()..]) {
                true => text.len() - trim_end(text).len(),
                false => 0,
            };
            self.advance(length - trimmed);
            let token = self.token_of(Kind::Text);
            self.advance(trimmed);
            self.ignore();
            if !token.text.is_empty() {
                return Some(token);
            }
        }
        self.left_delimiter()
    }

    fn left_delimiter(&mut self) -> Option<Token<'a>> {
        let rest = &self.rest()[self.left.len()..];
        let marker = if has_left_trim_marker(rest) { 2 } else { 0 };
        if rest[marker..].starts_with(b"/*") {
            self.advance(self.left.len() + marker);
            self.ignore();
            return self.comment();
        }
        // Go counts no line breaks of delimiters.
        self.at += self.left.len();
        let token = self.token_of(Kind::LeftDelimiter);
        self.inside_action = true;
        self.advance(marker);
        self.ignore();
        self.parens = 0;
        Some(token)
    }

    fn comment(&mut self) -> Option<Token<'a>> {
        let Some(length) = find(&self.rest()[2..], b"*/") else {
            return self.fail("unclosed comment");
        };
        self.advance(2 + length + 2);
        let Some(trim) = self.right_delimiter_at(self.at) else {
            return self.fail("comment ends before closing delimiter");
        };
        self.pass_right_delimiter(trim);
        self.ignore();
        None
    }

    /// Whether a right delimiter is at a position, and if so whether it trims.
    fn right_delimiter_at(&self, at: usize) -> Option<bool> {
        let rest = &self.input[at..];
        if has_right_trim_marker(rest) && rest[2..].starts_with(self.right) {
            return Some(true);
        }
        rest.starts_with(self.right).then_some(false)
    }

    fn pass_right_delimiter(&mut self, trim: bool) {
        self.advance(if trim { 2 } else { 0 } + self.right.len());
        if trim {
            let rest = self.rest();
            self.advance(rest.len() - trim_start(rest).len());
        }
    }

    fn right_delimiter(&mut self, trim: bool) -> Option<Token<'a>> {
        if trim {
            self.advance(2);
            self.ignore();
        }
        self.at += self.right.len();
        let token = self.token_of(Kind::RightDelimiter);
        if trim {
            let rest = self.rest();
            self.advance(rest.len() - trim_start(rest).len());
            self.ignore();
        }
        self.inside_action = false;
        Some(token)
    }

    fn in_action(&mut self) -> Option<Token<'a>> {
        if let Some(trim) = self.right_delimiter_at(self.at) {
            return match self.parens {
                0 => self.right_delimiter(trim),
                _ => self.fail("unclosed left paren"),
            };
        }
        if self.rest().first().is_some_and(|byte| SPACES.contains(byte)) {
            return self.space();
        }
        let before = self.at;
        let Some(rune) = self.next() else {
            return self.fail("unclosed action");
        };
        match u8::try_from(rune).unwrap_or(0x80) {
            b'=' => self.emit(Kind::Assign),
            b':' if self.next() == Some(u32::from(b'=')) => self.emit(Kind::Declare),
            b':' => self.fail("expected :="),
            b'|' => self.emit(Kind::Pipe),
            b'"' => self.quoted(b'"', Kind::String, "unterminated quoted string"),
            b'`' => self.raw_quoted(),
            b'$' => self.field_or_variable(Kind::Variable),
            b'\'' => self.quoted(b'\'', Kind::CharConstant, "unterminated character constant"),
            b'.' if !self.rest().first().is_none_or(u8::is_ascii_digit) => self.field_or_variable(Kind::Field),
            b'.' | b'+' | b'-' | b'0'..=b'9' => {
                self.at = before;
                self.number()
            }
            b'(' => {
                self.parens += 1;
                self.emit(Kind::LeftParen)
            }
            b')' => self.right_paren(),
            _ if is_alphanumeric(rune) => {
                self.at = before;
                self.identifier()
            }
            b' '..=b'~' => self.emit(Kind::Char),
            _ => self.fail(format!("unrecognized character in action: {}", shown_rune(Some(rune)))),
        }
    }

    fn right_paren(&mut self) -> Option<Token<'a>> {
        if self.parens == 0 {
            return self.fail("unexpected right paren");
        }
        self.parens -= 1;
        self.emit(Kind::RightParen)
    }

    /// A run of spaces, except a last one that belongs to a trimming right delimiter.
    fn space(&mut self) -> Option<Token<'a>> {
        let rest = self.rest();
        let mut length = rest.len() - trim_start(rest).len();
        let last = self.at + length - 1;
        if has_right_trim_marker(&self.input[last..]) && self.input[last + 2..].starts_with(self.right) {
            if length == 1 {
                return self.right_delimiter(self.right_delimiter_at(self.at) == Some(true));
            }
            length -= 1;
        }
        self.advance(length);
        self.emit(Kind::Space)
    }
}

fn trim_start(text: &[u8]) -> &[u8] {
    let start = text
        .iter()
        .position(|byte| !SPACES.contains(byte))
        .unwrap_or(text.len());
    &text[start..]
}

fn trim_end(text: &[u8]) -> &[u8] {
    let end = text
        .iter()
        .rposition(|byte| !SPACES.contains(byte))
        .map_or(0, |last| last + 1);
    &text[..end]
}

fn has_left_trim_marker(rest: &[u8]) -> bool {
    matches!(rest, [b'-', space, ..] if SPACES.contains(space))
}

fn has_right_trim_marker(rest: &[u8]) -> bool {
    matches!(rest, [space, b'-', ..] if SPACES.contains(space))
}
