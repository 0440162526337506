//! Go's `strconv.Quote` and its kin.

/// One character as it stands inside a quoted Go literal.
pub(crate) fn escaped_char(code: u32, quote: u8) -> String {
    match code {
        7 => "\\a".to_owned(),
        8 => "\\b".to_owned(),
        9 => "\\t".to_owned(),
        10 => "\\n".to_owned(),
        11 => "\\v".to_owned(),
        12 => "\\f".to_owned(),
        13 => "\\r".to_owned(),
        92 => "\\\\".to_owned(),
        code if code == u32::from(quote) => format!("\\{}", char::from(quote)),
        0..=31 | 127 => format!("\\x{code:02x}"),
        code => char::from_u32(code).map_or_else(|| "\\ufffd".to_owned(), String::from),
    }
}
