//! What is wrong with a JSON text, in the words of Go's `encoding/json`.

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
    /// More levels than Go reads; the character that begins the first of them.
    #[error("invalid character '{0}' exceeded max depth")]
    Depth(char),
    /// More than the reader's limits allow.
    #[error("exceeded {0}")]
    Complex(&'static str),
}

/// Where a character cannot stand.
pub(super) mod place {
    pub(in crate::json) const VALUE: &str = " looking for beginning of value";
    pub(in crate::json) const KEY: &str = " looking for beginning of object key string";
    pub(in crate::json) const AFTER_KEY: &str = " after object key";
    pub(in crate::json) const AFTER_PAIR: &str = " after object key:value pair";
    pub(in crate::json) const AFTER_ELEMENT: &str = " after array element";
    pub(in crate::json) const IN_STRING: &str = " in string literal";
    pub(in crate::json) const IN_ESCAPE: &str = " in string escape code";
    pub(in crate::json) const IN_HEX: &str = " in \\u hexadecimal character escape";
    pub(in crate::json) const IN_NUMBER: &str = " in numeric literal";
    pub(in crate::json) const AFTER_POINT: &str = " after decimal point in numeric literal";
    pub(in crate::json) const IN_EXPONENT: &str = " in exponent of numeric literal";
}

/// The place of the letter at `index` of `true`, `false` or `null`.
pub(super) fn literal_place(word: &str, index: usize) -> &'static str {
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
pub(super) fn quote(byte: u8) -> String {
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
