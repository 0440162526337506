//! Reads the JSON of a patch annotation, with the error texts of Go's `encoding/json`, which users know
//! from vault-k8s.

use serde_json::Value;

/// Reads a JSON patch document: a list of objects, or null for none.
///
/// # Errors
/// The message Go prints for the same mistake.
pub(super) fn check(text: &str) -> Result<Value, String> {
    Scanner {
        bytes: text.as_bytes(),
        at: 0,
    }
    .document()?;
    let value: Value = serde_json::from_str(text).map_err(|error| format!("the document cannot be read: {error}"))?;
    let cannot = |value: &Value, target: &str| {
        Err(format!(
            "json: cannot unmarshal {} into Go value of type jsonpatch.{target}",
            kind(value)
        ))
    };
    match &value {
        Value::Null => Ok(Value::Array(Vec::new())),
        Value::Array(items) => match items.iter().find(|item| !item.is_object() && !item.is_null()) {
            Some(item) => cannot(item, "Operation"),
            None => Ok(value),
        },
        other => cannot(other, "Patch"),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

type Step = Result<(), String>;

impl Scanner<'_> {
    fn document(mut self) -> Step {
        let mut open: Vec<u8> = Vec::new();
        self.value(&mut open)?;
        while let Some(kind) = open.last().copied() {
            self.after(kind, &mut open)?;
        }
        match self.peek_after_space() {
            None => Ok(()),
            Some(byte) => Err(unexpected(byte, "after top-level value")),
        }
    }

    /// One value; opening a list or object goes one level in.
    fn value(&mut self, open: &mut Vec<u8>) -> Step {
        let byte = self.peek_after_space().ok_or_else(end)?;
        match byte {
            b'{' | b'[' if open.len() >= 10_000 => Err("exceeded max depth".to_owned()),
            b'{' => {
                self.at += 1;
                open.push(b'{');
                if self.peek_after_space() == Some(b'}') {
                    Ok(())
                } else {
                    self.key(open)
                }
            }
            b'[' => {
                self.at += 1;
                open.push(b'[');
                if self.peek_after_space() == Some(b']') {
                    Ok(())
                } else {
                    self.value(open)
                }
            }
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.literal("true"),
            b'f' => self.literal("false"),
            b'n' => self.literal("null"),
            _ => Err(unexpected(byte, "looking for beginning of value")),
        }
    }

    /// What may follow a value inside a list or object.
    fn after(&mut self, kind: u8, open: &mut Vec<u8>) -> Step {
        let byte = self.peek_after_space().ok_or_else(end)?;
        self.at += 1;
        match (kind, byte) {
            (b'{', b'}') | (b'[', b']') => {
                open.pop();
                Ok(())
            }
            (b'{', b',') => self.key(open),
            (_, b',') => self.value(open),
            (b'{', _) => Err(unexpected(byte, "after object key:value pair")),
            _ => Err(unexpected(byte, "after array element")),
        }
    }

    fn key(&mut self, open: &mut Vec<u8>) -> Step {
        match self.peek_after_space().ok_or_else(end)? {
            b'"' => self.string()?,
            byte => return Err(unexpected(byte, "looking for beginning of object key string")),
        }
        match self.peek_after_space().ok_or_else(end)? {
            b':' => self.at += 1,
            byte => return Err(unexpected(byte, "after object key")),
        }
        self.value(open)
    }

    fn string(&mut self) -> Step {
        self.at += 1;
        loop {
            match self.next()? {
                b'"' => return Ok(()),
                b'\\' => self.escape()?,
                byte if byte < 0x20 => return Err(unexpected(byte, "in string literal")),
                _ => {}
            }
        }
    }

    fn escape(&mut self) -> Step {
        match self.next_or_blank() {
            b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => Ok(()),
            b'u' => (0..4).try_for_each(|_| match self.next_or_blank() {
                byte if byte.is_ascii_hexdigit() => Ok(()),
                byte => Err(unexpected(byte, "in \\u hexadecimal character escape")),
            }),
            byte => Err(unexpected(byte, "in string escape code")),
        }
    }

    fn number(&mut self) -> Step {
        if self.bytes[self.at] == b'-' {
            self.at += 1;
        }
        match self.next_or_blank() {
            b'0' => {}
            b'1'..=b'9' => self.digits(),
            byte => return Err(unexpected(byte, "in numeric literal")),
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digit("after decimal point in numeric literal")?;
        }
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.bytes.get(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digit("in exponent of numeric literal")?;
        }
        Ok(())
    }

    fn digit(&mut self, place: &str) -> Step {
        match self.next_or_blank() {
            byte if byte.is_ascii_digit() => {
                self.digits();
                Ok(())
            }
            byte => Err(unexpected(byte, place)),
        }
    }

    fn digits(&mut self) {
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
    }

    fn literal(&mut self, word: &str) -> Step {
        for expected in word.bytes() {
            let byte = self.next_or_blank();
            if byte != expected {
                return Err(unexpected(
                    byte,
                    &format!("in literal {word} (expecting '{}')", char::from(expected)),
                ));
            }
        }
        Ok(())
    }

    fn next(&mut self) -> Result<u8, String> {
        let byte = self.bytes.get(self.at).copied().ok_or_else(end)?;
        self.at += 1;
        Ok(byte)
    }

    /// As [`Self::next`]; Go's scanner reads a blank behind the end of the text and complains about that.
    fn next_or_blank(&mut self) -> u8 {
        self.next().unwrap_or(b' ')
    }

    fn peek_after_space(&mut self) -> Option<u8> {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
        self.bytes.get(self.at).copied()
    }
}

fn end() -> String {
    "unexpected end of JSON input".to_owned()
}

fn unexpected(byte: u8, place: &str) -> String {
    let quoted = match byte {
        b'\'' => r"'\''".to_owned(),
        b'"' => "'\"'".to_owned(),
        _ => {
            let text = super::grammar::quote(&char::from(byte).to_string());
            format!("'{}'", &text[1..text.len() - 1])
        }
    };
    format!("invalid character {quoted} {place}")
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn messages_are_gos() {
        for (text, message) in [
            ("abc", "invalid character 'a' looking for beginning of value"),
            ("", "unexpected end of JSON input"),
            ("[", "unexpected end of JSON input"),
            ("[1,]", "invalid character ']' looking for beginning of value"),
            ("[{}] x", "invalid character 'x' after top-level value"),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            ("{\"a\":1 2}", "invalid character '2' after object key:value pair"),
            ("[1 2]", "invalid character '2' after array element"),
            (
                "{a}",
                "invalid character 'a' looking for beginning of object key string",
            ),
            ("tru", "invalid character ' ' in literal true (expecting 'e')"),
            ("5.", "invalid character ' ' after decimal point in numeric literal"),
            ("\"a", "unexpected end of JSON input"),
            ("\"a\\", "invalid character ' ' in string escape code"),
            ("trux", "invalid character 'x' in literal true (expecting 'e')"),
            ("\"\n\"", "invalid character '\\n' in string literal"),
            (
                "{}",
                "json: cannot unmarshal object into Go value of type jsonpatch.Patch",
            ),
            (
                "[\"a\"]",
                "json: cannot unmarshal string into Go value of type jsonpatch.Operation",
            ),
        ] {
            assert_eq!(check(text).unwrap_err(), message, "{text}");
        }
    }

    #[test]
    fn lists_of_objects_pass() {
        assert!(check(r#" [{"op":"add","path":"/a","value":[1.5e3,"\u00e9",{"b":null}]}] "#).is_ok());
        assert_eq!(check("null"), Ok(serde_json::json!([])));
    }
}
