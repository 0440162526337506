//! A JSON reader that keeps number texts and reports errors in the words of Go's `encoding/json`.

use super::{Number, Object, Value};

/// Deeper nesting is refused, so that hostile input cannot exhaust the stack.
const MAX_DEPTH: usize = 300;

/// What is wrong with a JSON text, in Go's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxError {
    /// Nothing but white space.
    #[error("EOF")]
    Empty,
    /// The text ends inside a value.
    #[error("unexpected EOF")]
    Truncated,
    /// A character that cannot stand where it stands.
    #[error("invalid character {0}{1}")]
    Character(String, &'static str),
    /// A number too large for a 64-bit float.
    #[error("json: cannot unmarshal number {0} into Go value of type float64")]
    Range(String),
    /// More levels than are allowed.
    #[error("invalid character '[' exceeded max depth")]
    Depth,
}

/// Reads the first JSON value of `text`; what follows it must be JSON values too, but they are not looked at.
///
/// # Errors
/// [`SyntaxError`] with the text Go's decoder gives.
pub fn parse(text: &[u8]) -> Result<Value, SyntaxError> {
    let mut reader = Reader { text, at: 0 };
    reader.skip_space();
    if reader.at == text.len() {
        return Err(SyntaxError::Empty);
    }
    let first = reader.value(0)?;
    loop {
        reader.skip_space();
        if reader.at == text.len() {
            return Ok(first);
        }
        reader.value(0)?;
    }
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

const VALUE: &str = " looking for beginning of value";
const KEY: &str = " looking for beginning of object key string";
const AFTER_KEY: &str = " after object key";
const AFTER_PAIR: &str = " after object key:value pair";
const AFTER_ELEMENT: &str = " after array element";
const IN_STRING: &str = " in string literal";
const IN_ESCAPE: &str = " in string escape code";
const IN_HEX: &str = " in \\u hexadecimal character escape";

impl Reader<'_> {
    fn skip_space(&mut self) {
        while matches!(self.text.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Result<u8, SyntaxError> {
        self.text.get(self.at).copied().ok_or(SyntaxError::Truncated)
    }

    fn wrong<T>(&self, place: &'static str) -> Result<T, SyntaxError> {
        let byte = self.peek()?;
        Err(SyntaxError::Character(quote(byte), place))
    }

    fn value(&mut self, depth: usize) -> Result<Value, SyntaxError> {
        if depth > MAX_DEPTH {
            return Err(SyntaxError::Depth);
        }
        self.skip_space();
        match self.peek()? {
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' => Ok(Value::String(self.string()?)),
            b't' => self.literal("true", Value::Bool(true)),
            b'f' => self.literal("false", Value::Bool(false)),
            b'n' => self.literal("null", Value::Null),
            b'-' | b'0'..=b'9' => self.number(),
            _ => self.wrong(VALUE),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, SyntaxError> {
        self.at += 1;
        let mut members = Object::new();
        self.skip_space();
        if self.peek()? == b'}' {
            self.at += 1;
            return Ok(Value::Object(members));
        }
        loop {
            self.skip_space();
            if self.peek()? != b'"' {
                // The original's first pass says nothing more about the first key.
                return self.wrong(if members.is_empty() { "" } else { KEY });
            }
            let key = self.string()?;
            self.skip_space();
            if self.peek()? != b':' {
                return self.wrong(AFTER_KEY);
            }
            self.at += 1;
            let value = self.value(depth + 1)?;
            members.insert(key, value);
            self.skip_space();
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Ok(Value::Object(members));
                }
                _ => return self.wrong(AFTER_PAIR),
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, SyntaxError> {
        self.at += 1;
        let mut items = Vec::new();
        self.skip_space();
        if self.peek()? == b']' {
            self.at += 1;
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.skip_space();
            match self.peek()? {
                b',' => self.at += 1,
                b']' => {
                    self.at += 1;
                    return Ok(Value::Array(items));
                }
                _ => return self.wrong(AFTER_ELEMENT),
            }
        }
    }

    fn literal(&mut self, word: &'static str, value: Value) -> Result<Value, SyntaxError> {
        for (index, expected) in word.bytes().enumerate() {
            if self.peek()? != expected {
                return self.wrong(literal_place(word, index));
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<Value, SyntaxError> {
        let start = self.at;
        if self.peek()? == b'-' {
            self.at += 1;
        }
        match self.peek()? {
            b'0' => self.at += 1,
            b'1'..=b'9' => self.digits(),
            _ => return self.wrong(" in numeric literal"),
        }
        if self.text.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.need_digits(" after decimal point in numeric literal")?;
        }
        if matches!(self.text.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.text.get(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.need_digits(" in exponent of numeric literal")?;
        }
        let text = String::from_utf8_lossy(&self.text[start..self.at]).into_owned();
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
        while self.text.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
    }

    fn string(&mut self) -> Result<String, SyntaxError> {
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
                0..=0x1f => return self.wrong(IN_STRING),
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
            _ => return self.wrong(IN_ESCAPE),
        };
        self.at += 1;
        Ok(character)
    }

    /// A `\u` escape; two that make a surrogate pair are one character, a lone surrogate is the replacement character.
    fn code_point(&mut self) -> Result<char, SyntaxError> {
        let first = self.four_hex()?;
        if (0xd800..0xdc00).contains(&first) && self.text[self.at..].starts_with(b"\\u") {
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
                return self.wrong(IN_HEX);
            };
            value = value * 16 + digit;
            self.at += 1;
        }
        Ok(value)
    }
}

fn literal_place(word: &str, index: usize) -> &'static str {
    match (word, index) {
        ("true", 1) => " in literal true (expecting 'r')",
        ("true", 2) => " in literal true (expecting 'u')",
        ("true", _) => " in literal true (expecting 'e')",
        ("false", 1) => " in literal false (expecting 'a')",
        ("false", 2) => " in literal false (expecting 'l')",
        ("false", 3) => " in literal false (expecting 's')",
        ("false", _) => " in literal false (expecting 'e')",
        (_, 1) => " in literal null (expecting 'u')",
        _ => " in literal null (expecting 'l')",
    }
}

/// The byte as Go quotes it in a syntax error.
fn quote(byte: u8) -> String {
    match byte {
        b'\'' => r"'\''".to_owned(),
        b'"' => "'\"'".to_owned(),
        b'\\' => r"'\\'".to_owned(),
        b'\n' => r"'\n'".to_owned(),
        b'\r' => r"'\r'".to_owned(),
        b'\t' => r"'\t'".to_owned(),
        7 => r"'\a'".to_owned(),
        8 => r"'\b'".to_owned(),
        0x0b => r"'\v'".to_owned(),
        0x0c => r"'\f'".to_owned(),
        0..=0x1f | 0x7f => format!("'\\x{byte:02x}'"),
        0x80..=0x9f | 0xad => format!("'\\u{byte:04x}'"),
        _ => format!("'{}'", char::from(byte)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_worded_as_go_words_them() {
        for (text, error) in [
            (r#"{"a":1"#, "unexpected EOF"),
            ("{'a':1}", r"invalid character '\''"),
            (r#"{"a" 1}"#, "invalid character '1' after object key"),
            (r#"{"a":1 "b":2}"#, "invalid character '\"' after object key:value pair"),
            (r#"{"a":tru}"#, "invalid character '}' in literal true (expecting 'e')"),
            (r#"{"a":01}"#, "invalid character '1' after object key:value pair"),
            (
                r#"{"a":1.}"#,
                "invalid character '}' after decimal point in numeric literal",
            ),
            (r#"{"a":"\x"}"#, "invalid character 'x' in string escape code"),
            ("{\"a\":\"\n\"}", r"invalid character '\n' in string literal"),
            (
                r#"{"a":1,}"#,
                "invalid character '}' looking for beginning of object key string",
            ),
            ("[1,]", "invalid character ']' looking for beginning of value"),
            (r#"{"a":1}x"#, "invalid character 'x' looking for beginning of value"),
            (
                r#"{"a":1e999}"#,
                "json: cannot unmarshal number 1e999 into Go value of type float64",
            ),
        ] {
            assert_eq!(parse(text.as_bytes()).unwrap_err().to_string(), error, "{text}");
        }
    }

    #[test]
    fn number_texts_and_escapes_are_kept() {
        let value = parse(br#"{"n":1.50,"e":"\u00e9\ud83d\ude00\ud800"} null"#).unwrap();
        assert_eq!(value.to_string(), "{\"e\":\"\u{e9}\u{1f600}\u{fffd}\",\"n\":1.50}");
    }

    #[test]
    fn deep_nesting_is_refused() {
        assert_eq!(parse("[".repeat(100_000).as_bytes()), Err(SyntaxError::Depth));
    }
}
