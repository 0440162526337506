//! Numbers, strings and words of a JSON text.

use super::reader::Reader;
use super::syntax::{SyntaxError, literal_place, place};
use super::{Number, Value};

impl Reader<'_> {
    pub(super) fn literal(&mut self, word: &'static str, value: Value) -> Result<Value, SyntaxError> {
        for (index, expected) in word.bytes().enumerate() {
            if self.peek()? != expected {
                return self.wrong(literal_place(word, index));
            }
            self.at += 1;
        }
        Ok(value)
    }

    pub(super) fn number(&mut self) -> Result<Value, SyntaxError> {
        let start = self.at;
        if self.peek()? == b'-' {
            self.at += 1;
        }
        match self.peek()? {
            b'0' => self.at += 1,
            b'1'..=b'9' => self.digits(),
            _ => return self.wrong(place::IN_NUMBER),
        }
        if self.ahead().first() == Some(&b'.') {
            self.at += 1;
            self.need_digits(place::AFTER_POINT)?;
        }
        if matches!(self.ahead().first(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.ahead().first(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.need_digits(place::IN_EXPONENT)?;
        }
        let text = self.since(start);
        if text.parse::<f64>().is_ok_and(f64::is_infinite) {
            return Err(SyntaxError::Range(text));
        }
        Ok(Value::Number(Number(text)))
    }

    fn need_digits(&mut self, place: &'static str) -> Result<(), SyntaxError> {
        if !self.peek()?.is_ascii_digit() {
            return self.wrong(place);
        }
        self.digits();
        Ok(())
    }

    fn digits(&mut self) {
        while self.ahead().first().is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
    }

    pub(super) fn string(&mut self) -> Result<String, SyntaxError> {
        self.at += 1;
        let mut bytes = Vec::new();
        loop {
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Ok(String::from_utf8_lossy(&bytes).into_owned());
                }
                b'\\' => {
                    self.at += 1;
                    let character = self.escape()?;
                    bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
                0..=0x1f => return self.wrong(place::IN_STRING),
                byte => {
                    bytes.push(byte);
                    self.at += 1;
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, SyntaxError> {
        let character = match self.peek()? {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                self.at += 1;
                return self.code_point();
            }
            _ => return self.wrong(place::IN_ESCAPE),
        };
        self.at += 1;
        Ok(character)
    }

    /// A `\u` escape; two that make a surrogate pair are one character, a lone surrogate is the replacement character.
    fn code_point(&mut self) -> Result<char, SyntaxError> {
        let first = self.four_hex()?;
        if (0xd800..0xdc00).contains(&first) && self.ahead().starts_with(b"\\u") {
            let back = self.at;
            self.at += 2;
            let second = self.four_hex()?;
            if (0xdc00..0xe000).contains(&second) {
                let joined = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = back;
        }
        Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn four_hex(&mut self) -> Result<u32, SyntaxError> {
        let mut value = 0;
        for _ in 0..4 {
            let Some(digit) = char::from(self.peek()?).to_digit(16) else {
                return self.wrong(place::IN_HEX);
            };
            value = value * 16 + digit;
            self.at += 1;
        }
        Ok(value)
    }
}
