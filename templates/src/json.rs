//! Reading JSON as Go's `encoding/json` does, error texts included. Own code because the text of numbers has to survive.

use crate::value::{List, Map, Text, Type, Value};

/// What becomes of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// `json.Number`: the text as it stands, as in secrets.
    Kept,
    /// `float64`, as `parseJSON` has it.
    Floats,
}

/// Levels of nesting that are read; Go's own limit is 10 000, which would need a larger stack.
const MAX_DEPTH: usize = 1_000;

/// Reads one JSON value and nothing after it.
///
/// # Errors
/// Go's text for malformed input.
pub fn read(input: &[u8], numbers: Numbers) -> Result<Value, String> {
    let mut reader = Reader {
        input,
        at: 0,
        numbers,
        out_of_range: None,
    };
    let value = reader.document()?;
    reader.out_of_range.map_or(Ok(value), Err)
}

/// Reads a JSON text with numbers as floats; one that is too large for a float is nil, as where Go's error is ignored.
///
/// # Errors
/// Go's text for malformed input.
pub fn read_leniently(input: &[u8]) -> Result<Value, String> {
    let mut reader = Reader {
        input,
        at: 0,
        numbers: Numbers::Floats,
        out_of_range: None,
    };
    reader.document()
}

struct Reader<'a> {
    input: &'a [u8],
    at: usize,
    numbers: Numbers,
    /// The complaint about the first number that is no float: it counts only if the syntax is right to the end.
    out_of_range: Option<String>,
}

impl Reader<'_> {
    fn document(&mut self) -> Result<Value, String> {
        self.skip_space();
        let value = self.value(0)?;
        self.skip_space();
        match self.peek() {
            Some(_) => Err(self.unexpected("after top-level value")),
            None => Ok(value),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.input.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// Go's complaint about the byte at hand.
    fn unexpected(&self, place: &str) -> String {
        self.complaint(place, None)
    }

    /// As [`Self::unexpected`], where the end of the input is as wrong as a space there would be, and shown as one.
    fn incomplete(&self, place: &str) -> String {
        self.complaint(place, Some(b' '))
    }

    fn complaint(&self, place: &str, at_end: Option<u8>) -> String {
        match self.peek().or(at_end) {
            None => "unexpected end of JSON input".to_owned(),
            Some(b'\'') => format!("invalid character '\\'' {place}"),
            Some(b'"') => format!("invalid character '\"' {place}"),
            Some(byte) => {
                format!(
                    "invalid character '{}' {place}",
                    crate::fmt::quote::escaped_char(u32::from(byte), b'"')
                )
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        if depth > MAX_DEPTH {
            return Err("exceeded max depth".to_owned());
        }
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(Value::String),
            Some(b't') => self.literal(b"true", Value::Bool(true)),
            Some(b'f') => self.literal(b"false", Value::Bool(false)),
            Some(b'n') => self.literal(b"null", Value::Nil),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.unexpected("looking for beginning of value")),
        }
    }

    fn literal(&mut self, word: &[u8], value: Value) -> Result<Value, String> {
        for expected in word {
            if self.peek() != Some(*expected) {
                let (word, expected) = (String::from_utf8_lossy(word), char::from(*expected));
                return Err(self.incomplete(&format!("in literal {word} (expecting '{expected}')")));
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn digits(&mut self, place: &str) -> Result<(), String> {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(self.incomplete(place));
        }
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<Value, String> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits("in numeric literal")?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        let text = &self.input[start..self.at];
        if self.numbers == Numbers::Kept {
            return Ok(Value::Number(Text::from(text)));
        }
        let text = String::from_utf8_lossy(text);
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::Float(number)),
            _ => {
                let error = format!("json: cannot unmarshal number {text} into Go value of type float64");
                self.out_of_range.get_or_insert(error);
                Ok(Value::Nil)
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, String> {
        self.at += 1;
        let mut items = Vec::new();
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::List(List::any(items)));
        }
        loop {
            self.skip_space();
            items.push(self.value(depth + 1)?);
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return Err(self.unexpected("after array element")),
            }
        }
        self.at += 1;
        Ok(Value::List(List::appended(Type::Any, items, 0)))
    }

    fn object(&mut self, depth: usize) -> Result<Value, String> {
        self.at += 1;
        let mut entries = Vec::new();
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Map(Map::any(entries)));
        }
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("looking for beginning of object key string"));
            }
            let key = self.string()?;
            self.skip_space();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("after object key"));
            }
            self.at += 1;
            self.skip_space();
            entries.push((key, self.value(depth + 1)?));
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Err(self.unexpected("after object key:value pair")),
            }
        }
        self.at += 1;
        Ok(Value::Map(Map::any(entries)))
    }

    fn string(&mut self) -> Result<Text, String> {
        self.at += 1;
        let mut text = Vec::new();
        loop {
            let run = self.at;
            while matches!(self.peek(), Some(byte) if byte >= 0x20 && byte != b'"' && byte != b'\\') {
                self.at += 1;
            }
            push_valid(&mut text, &self.input[run..self.at]);
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.escape(&mut text)?,
                _ => return Err(self.unexpected("in string literal")),
            }
        }
        self.at += 1;
        Ok(Text::new(text))
    }

    fn escape(&mut self, text: &mut Vec<u8>) -> Result<(), String> {
        self.at += 1;
        let byte = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => byte,
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => {
                self.at += 1;
                let unit = self.hex()?;
                let code = self.surrogates(unit);
                let decoded = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
                text.extend_from_slice(decoded.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            _ => return Err(self.incomplete("in string escape code")),
        };
        text.push(byte);
        self.at += 1;
        Ok(())
    }

    fn hex(&mut self) -> Result<u32, String> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let digit = digit.ok_or_else(|| self.incomplete("in \\u hexadecimal character escape"))?;
            unit = unit * 16 + digit;
            self.at += 1;
        }
        Ok(unit)
    }

    /// Joins a high surrogate with a low one that follows; a lone one is left and becomes U+FFFD.
    fn surrogates(&mut self, unit: u32) -> u32 {
        if !(0xd800..0xdc00).contains(&unit) || self.input.get(self.at..self.at + 2) != Some(b"\\u") {
            return unit;
        }
        let before = self.at;
        self.at += 2;
        match self.hex() {
            Ok(low @ 0xdc00..0xe000) => 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00),
            _ => {
                self.at = before;
                unit
            }
        }
    }
}

/// Appends bytes, with U+FFFD in place of each byte that is not UTF-8.
fn push_valid(text: &mut Vec<u8>, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        text.extend_from_slice(chunk.valid().as_bytes());
        for _ in chunk.invalid() {
            text.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(input: &str) -> String {
        read(input.as_bytes(), Numbers::Kept).unwrap_err()
    }

    #[test]
    fn complains_as_go_does() {
        assert_eq!(error(""), "unexpected end of JSON input");
        assert_eq!(error("{} x"), "invalid character 'x' after top-level value");
        assert_eq!(error("[1 2]"), "invalid character '2' after array element");
        assert_eq!(
            error("{a:1}"),
            "invalid character 'a' looking for beginning of object key string"
        );
        assert_eq!(error("{\"a\" 1}"), "invalid character '1' after object key");
        assert_eq!(error("tru"), "invalid character ' ' in literal true (expecting 'e')");
        assert_eq!(error("trux"), "invalid character 'x' in literal true (expecting 'e')");
        assert_eq!(error("-x"), "invalid character 'x' in numeric literal");
        assert_eq!(error("\"\n\""), "invalid character '\\n' in string literal");
        assert_eq!(error("\"\\x\""), "invalid character 'x' in string escape code");
        assert_eq!(error(&"[".repeat(100_000)), "exceeded max depth");
    }

    #[test]
    fn keeps_the_text_of_numbers() {
        for number in ["1.50", "1e3", "-0", "123456789012345678901234567890"] {
            match read(number.as_bytes(), Numbers::Kept).unwrap() {
                Value::Number(text) => assert_eq!(text.to_str(), Some(number)),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn joins_surrogates_and_replaces_lone_ones() {
        let value = read(br#""\ud83d\ude00 \ud83d x""#, Numbers::Kept).unwrap();
        assert_eq!(value.as_text().unwrap().to_str(), Some("\u{1f600} \u{fffd} x"));
    }
}
