//! Text quoted as Go quotes it in messages.

/// Quotes as Go's `strconv.Quote` does.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        push_quoted(&mut out, c);
    }
    out.push('"');
    out
}

/// Quotes as Go's `time` package does: byte by byte, so that no character outside ASCII stays.
pub(super) fn quote_bytes(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(byte)]),
            b' '..=0x7f => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push('"');
    out
}

fn push_quoted(out: &mut String, c: char) {
    let code = u32::from(c);
    match c {
        '"' | '\\' => out.extend(['\\', c]),
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{b}' => out.push_str("\\v"),
        ' '..='~' => out.push(c),
        _ if code < 0x80 => out.push_str(&format!("\\x{code:02x}")),
        _ if c.is_alphanumeric() || c.escape_debug().count() == 1 => out.push(c),
        _ if code < 0x1_0000 => out.push_str(&format!("\\u{code:04x}")),
        _ => out.push_str(&format!("\\U{code:08x}")),
    }
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn quoting_is_gos() {
        assert_eq!(quote("a\"b\\\n\u{1}\u{7f}é\u{200b}"), r#""a\"b\\\n\x01\x7fé\u200b""#);
    }
}
