//! A JSON reader that keeps number texts and reports errors in the words of Go's `encoding/json`.

use super::syntax::{SyntaxError, place, quote};
use super::{Object, Value};

/// Go reads so many levels.
const MAX_LEVELS: usize = 10_000;

/// So many levels are read as values; what is deeper stays text.
const PLAIN_LEVELS: usize = 300;

/// How much a text may hold before it is refused, counted over all of its values.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Strings, names of members among them.
    pub texts: usize,
    /// Bytes of memory, by the original's estimate.
    pub memory: usize,
}

/// No limits but the size of the text.
const UNLIMITED: Limits = Limits {
    texts: usize::MAX,
    memory: usize::MAX,
};

/// The original's estimate of the memory that a part of a text takes, in bytes; a string's bytes come on top.
mod cost {
    const VALUE: usize = 16;
    pub(super) const WORD: usize = VALUE + 1;
    pub(super) const NUMBER: usize = VALUE + 8;
    pub(super) const STRING: usize = VALUE + 16;
    pub(super) const ARRAY: usize = VALUE + 24;
    pub(super) const OBJECT: usize = VALUE + 72;
}

/// Reads the first JSON value of `text`; what follows it must be JSON values too, but they are not looked at.
///
/// # Errors
/// [`SyntaxError`] with the text Go's decoder gives.
pub fn parse(text: &[u8]) -> Result<Value, SyntaxError> {
    parse_limited(text, UNLIMITED)
}

/// As [`parse`], for a text that may hold only so much.
///
/// # Errors
/// As [`parse`]; [`SyntaxError::Complex`] as soon as a limit is passed.
pub fn parse_limited(text: &[u8], limits: Limits) -> Result<Value, SyntaxError> {
    let mut reader = Reader {
        text,
        at: 0,
        left: limits,
        too_deep: None,
    };
    reader.skip_space();
    if reader.at == text.len() {
        return Err(SyntaxError::Empty);
    }
    let first = reader.value(0);
    // The original looks at the parts of the whole text first, and then at the levels of the first value.
    let too_deep = reader.too_deep.map(SyntaxError::Depth);
    let first = match (first, too_deep) {
        (Ok(_) | Err(SyntaxError::Truncated), Some(error)) => Err(error),
        (first, _) => first,
    };
    if matches!(first, Ok(_) | Err(SyntaxError::Depth(_))) {
        reader.rest()?;
    }
    first
}

/// A place in a text, and what the text may still hold.
pub(super) struct Reader<'a> {
    text: &'a [u8],
    pub(super) at: usize,
    left: Limits,
    /// What began the first level that is too deep.
    too_deep: Option<char>,
}

impl Reader<'_> {
    /// Reads the values that follow the first.
    fn rest(&mut self) -> Result<(), SyntaxError> {
        self.skip_space();
        while self.at < self.text.len() {
            self.value(0)?;
            self.skip_space();
        }
        Ok(())
    }

    pub(super) fn skip_space(&mut self) {
        while matches!(self.text.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// What is left of the text.
    pub(super) fn ahead(&self) -> &[u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The text from `start` up to here.
    pub(super) fn since(&self, start: usize) -> String {
        String::from_utf8_lossy(self.text.get(start..self.at).unwrap_or_default()).into_owned()
    }

    pub(super) fn peek(&self) -> Result<u8, SyntaxError> {
        self.text.get(self.at).copied().ok_or(SyntaxError::Truncated)
    }

    pub(super) fn wrong<T>(&self, place: &'static str) -> Result<T, SyntaxError> {
        let byte = self.peek()?;
        Err(SyntaxError::Character(quote(byte), place))
    }

    fn spend(&mut self, memory: usize) -> Result<(), SyntaxError> {
        let left = self.left.memory.checked_sub(memory);
        self.left.memory = left.ok_or(SyntaxError::Complex("maximum estimated memory limits"))?;
        Ok(())
    }

    fn text(&mut self) -> Result<String, SyntaxError> {
        let text = self.string()?;
        self.spend(cost::STRING + text.len())?;
        let left = self.left.texts.checked_sub(1);
        self.left.texts = left.ok_or(SyntaxError::Complex("maximum number of strings"))?;
        Ok(text)
    }

    fn value(&mut self, level: usize) -> Result<Value, SyntaxError> {
        self.skip_space();
        match self.peek()? {
            b'{' | b'[' if level >= PLAIN_LEVELS => self.deep(level).map(Value::Deep),
            b'{' => self.object(level),
            b'[' => self.array(level),
            _ => self.scalar(),
        }
    }

    /// A value without parts.
    pub(super) fn scalar(&mut self) -> Result<Value, SyntaxError> {
        let (value, memory) = match self.peek()? {
            b'"' => return self.text().map(Value::String),
            b't' => (self.literal("true", Value::Bool(true))?, cost::WORD),
            b'f' => (self.literal("false", Value::Bool(false))?, cost::WORD),
            b'n' => (self.literal("null", Value::Null)?, cost::WORD),
            b'-' | b'0'..=b'9' => (self.number()?, cost::NUMBER),
            _ => return self.wrong(place::VALUE),
        };
        self.spend(memory)?;
        Ok(value)
    }

    /// Passes the character that begins an array or object below `level` levels, and gives it.
    pub(super) fn enter(&mut self, level: usize) -> Result<u8, SyntaxError> {
        let first = self.peek()?;
        self.at += 1;
        if level >= MAX_LEVELS {
            self.too_deep.get_or_insert(char::from(first));
        }
        self.spend(if first == b'{' { cost::OBJECT } else { cost::ARRAY })?;
        Ok(first)
    }

    /// The name of a member and the colon behind it.
    pub(super) fn key(&mut self, first: bool) -> Result<String, SyntaxError> {
        self.skip_space();
        if self.peek()? != b'"' {
            // The original's first pass says nothing more about the first key.
            return self.wrong(if first { "" } else { place::KEY });
        }
        let key = self.text()?;
        self.skip_space();
        if self.peek()? != b':' {
            return self.wrong(place::AFTER_KEY);
        }
        self.at += 1;
        Ok(key)
    }

    fn object(&mut self, level: usize) -> Result<Value, SyntaxError> {
        self.enter(level)?;
        let mut members = Object::new();
        self.skip_space();
        if self.peek()? == b'}' {
            self.at += 1;
            return Ok(Value::Object(members));
        }
        loop {
            let key = self.key(members.is_empty())?;
            let value = self.value(level + 1)?;
            members.insert(key, value);
            self.skip_space();
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Ok(Value::Object(members));
                }
                _ => return self.wrong(place::AFTER_PAIR),
            }
        }
    }

    fn array(&mut self, level: usize) -> Result<Value, SyntaxError> {
        self.enter(level)?;
        let mut items = Vec::new();
        self.skip_space();
        if self.peek()? == b']' {
            self.at += 1;
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value(level + 1)?);
            self.skip_space();
            match self.peek()? {
                b',' => self.at += 1,
                b']' => {
                    self.at += 1;
                    return Ok(Value::Array(items));
                }
                _ => return self.wrong(place::AFTER_ELEMENT),
            }
        }
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
    fn levels_below_those_of_values_are_read_sorted_and_written_as_text() {
        let nested = |levels: usize, inner: &str| format!("{}{inner}{}", "[".repeat(levels), "]".repeat(levels));
        let inner = r#"{"b":[1.50,true,{}],"a":"<","b":[{"z":null,"y":-1e2}, [ ] ]}"#;
        let sorted = r#"{"a":"\u003c","b":[{"y":-1e2,"z":null},[]]}"#;
        for levels in [299, 300, 301, 9_997] {
            let value = parse(nested(levels, inner).as_bytes()).unwrap();
            assert_eq!(value.to_string(), nested(levels, sorted), "{levels}");
        }
        let wrong = nested(400, r#"{"a":1 "b"}"#);
        let error = "invalid character '\"' after object key:value pair";
        assert_eq!(parse(wrong.as_bytes()).unwrap_err().to_string(), error);
    }

    #[test]
    fn more_levels_than_go_reads_are_refused() {
        let text = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(parse(text(MAX_LEVELS).as_bytes()).is_ok());
        assert_eq!(parse(text(MAX_LEVELS + 1).as_bytes()), Err(SyntaxError::Depth('[')));
        assert_eq!(parse("[".repeat(100_000).as_bytes()), Err(SyntaxError::Depth('[')));
        let wrong = format!("{}x", "[".repeat(100_000));
        assert!(matches!(parse(wrong.as_bytes()), Err(SyntaxError::Character(..))));
    }

    #[test]
    fn limits_count_over_all_values_up_to_the_first_mistake() {
        let limits = Limits { texts: 2, memory: 300 };
        let complex = |what| Err(SyntaxError::Complex(what));
        assert!(parse_limited(br#"{"a":"b"}"#, limits).is_ok());
        assert_eq!(
            parse_limited(br#"{"a":"b"} "c" x"#, limits),
            complex("maximum number of strings")
        );
        let numbers = b"[1,2,3,4,5,6,7,8,9,10,11]x";
        assert_eq!(
            parse_limited(numbers, limits),
            complex("maximum estimated memory limits")
        );
    }
}
