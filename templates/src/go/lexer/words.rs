//! The words of an action: names, fields, quoted texts and numbers.

use super::super::token::{Keyword, Kind, Token};
use super::{Lexer, SPACES};
use crate::unicode;
use memchr::memmem::find;

impl<'a> Lexer<'a> {
    pub(super) fn identifier(&mut self) -> Option<Token<'a>> {
        while self.peek().is_some_and(is_alphanumeric) {
            self.next();
        }
        if !self.at_terminator() {
            return self.bad_character();
        }
        match &self.input[self.start..self.at] {
            b"true" | b"false" => self.emit(Kind::Bool),
            word => match Keyword::of(word) {
                Some(keyword) => self.emit(Kind::Keyword(keyword)),
                None => self.emit(Kind::Identifier),
            },
        }
    }

    pub(super) fn field_or_variable(&mut self, kind: Kind) -> Option<Token<'a>> {
        if self.at_terminator() {
            return match kind {
                Kind::Variable => self.emit(Kind::Variable),
                _ => self.emit(Kind::Keyword(Keyword::Dot)),
            };
        }
        while self.peek().is_some_and(is_alphanumeric) {
            self.next();
        }
        match self.at_terminator() {
            true => self.emit(kind),
            false => self.bad_character(),
        }
    }

    fn bad_character(&mut self) -> Option<Token<'a>> {
        self.fail(format!("bad character {}", shown_rune(self.peek())))
    }

    /// Whether what follows may follow an identifier, a field or a variable.
    fn at_terminator(&self) -> bool {
        match self.rest().first() {
            None => true,
            Some(byte) if SPACES.contains(byte) || b".,|:)(".contains(byte) => true,
            Some(_) => self.rest().starts_with(self.right),
        }
    }

    pub(super) fn quoted(&mut self, quote: u8, kind: Kind, unterminated: &str) -> Option<Token<'a>> {
        loop {
            match self.next().map(|rune| u8::try_from(rune).unwrap_or(0x80)) {
                Some(b'\\') => match self.next() {
                    None => return self.fail(unterminated),
                    Some(rune) if rune == u32::from(b'\n') => return self.fail(unterminated),
                    Some(_) => {}
                },
                None | Some(b'\n') => return self.fail(unterminated),
                Some(byte) if byte == quote => return self.emit(kind),
                Some(_) => {}
            }
        }
    }

    pub(super) fn raw_quoted(&mut self) -> Option<Token<'a>> {
        match find(self.rest(), b"`") {
            Some(length) => {
                self.advance(length + 1);
                self.emit(Kind::RawString)
            }
            None => {
                self.advance(self.rest().len());
                self.fail("unterminated raw quoted string")
            }
        }
    }

    pub(super) fn number(&mut self) -> Option<Token<'a>> {
        if !self.scan_number() {
            return self.bad_number();
        }
        if !matches!(self.rest().first(), Some(b'+' | b'-')) {
            return self.emit(Kind::Number);
        }
        if !self.scan_number() || self.input[self.at - 1] != b'i' {
            return self.bad_number();
        }
        self.emit(Kind::Complex)
    }

    pub(super) fn bad_number(&mut self) -> Option<Token<'a>> {
        let shown = crate::fmt::quote::quoted(&self.input[self.start..self.at]);
        self.fail([b"bad number syntax: ", &shown[..]].concat())
    }

    /// Passes something that looks like a number; whether it really is one is found out later.
    fn scan_number(&mut self) -> bool {
        self.accept(b"+-");
        let mut digits: &[u8] = b"0123456789_";
        if self.accept(b"0") {
            if self.accept(b"xX") {
                digits = b"0123456789abcdefABCDEF_";
            } else if self.accept(b"oO") {
                digits = b"01234567_";
            } else if self.accept(b"bB") {
                digits = b"01_";
            }
        }
        self.accept_run(digits);
        if self.accept(b".") {
            self.accept_run(digits);
        }
        let exponent: &[u8] = match digits.len() {
            11 => b"eE",
            23 => b"pP",
            _ => b"",
        };
        if self.accept(exponent) {
            self.accept(b"+-");
            self.accept_run(b"0123456789_");
        }
        self.accept(b"i");
        if self.peek().is_some_and(is_alphanumeric) {
            self.next();
            return false;
        }
        true
    }
}

pub(super) fn is_alphanumeric(rune: u32) -> bool {
    rune == u32::from(b'_') || unicode::is_letter(rune) || unicode::is_digit(rune)
}

/// A character as Go's `%#U` shows it.
pub(super) fn shown_rune(rune: Option<u32>) -> String {
    match rune {
        None => "U+FFFFFFFFFFFFFFFF".to_owned(),
        Some(rune) => match char::from_u32(rune).filter(|_| unicode::is_print(rune)) {
            Some(shown) => format!("U+{rune:04X} '{shown}'"),
            None => format!("U+{rune:04X}"),
        },
    }
}
