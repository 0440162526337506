//! Go's quoted literals: `strconv.Quote` and its kin, and the way back.

use crate::unicode;

/// Which characters stay as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charset {
    /// Everything printable: `%q`.
    Printable,
    /// Printable ASCII only: `%+q`.
    Ascii,
}

/// `strconv.Quote`: the text in double quotes.
pub(crate) fn quoted(text: &[u8]) -> Vec<u8> {
    quote_with(text, b'"', Charset::Printable)
}

/// The text in the given quotes.
pub(crate) fn quote_with(text: &[u8], quote: u8, charset: Charset) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 2);
    out.push(quote);
    let mut rest = text;
    while let Some(&byte) = rest.first() {
        let (rune, width) = unicode::decode(rest);
        if width == 1 && rune == unicode::REPLACEMENT {
            out.extend_from_slice(format!("\\x{byte:02x}").as_bytes());
        } else {
            push_escaped(&mut out, rune, quote, charset);
        }
        rest = &rest[width..];
    }
    out.push(quote);
    out
}

/// `strconv.QuoteRune`: the character in single quotes; what is no character becomes U+FFFD.
pub(crate) fn quoted_rune(rune: i64, charset: Charset) -> Vec<u8> {
    let rune = u32::try_from(rune).ok().filter(|rune| char::from_u32(*rune).is_some());
    let mut out = vec![b'\''];
    push_escaped(&mut out, rune.unwrap_or(unicode::REPLACEMENT), b'\'', charset);
    out.push(b'\'');
    out
}

/// One character as it stands inside a quoted literal.
pub(crate) fn escaped_char(rune: u32, quote: u8) -> String {
    let mut out = Vec::new();
    push_escaped(&mut out, rune, quote, Charset::Printable);
    String::from_utf8_lossy(&out).into_owned()
}

fn push_escaped(out: &mut Vec<u8>, rune: u32, quote: u8, charset: Charset) {
    if rune == u32::from(quote) || rune == u32::from(b'\\') {
        out.push(b'\\');
        return unicode::push(out, rune);
    }
    if unicode::is_print(rune) && (charset == Charset::Printable || rune < 0x80) {
        return unicode::push(out, rune);
    }
    let escape = match rune {
        7 => "\\a".to_owned(),
        8 => "\\b".to_owned(),
        9 => "\\t".to_owned(),
        10 => "\\n".to_owned(),
        11 => "\\v".to_owned(),
        12 => "\\f".to_owned(),
        13 => "\\r".to_owned(),
        0..0x20 | 0x7f => format!("\\x{rune:02x}"),
        0..0x10000 => format!("\\u{rune:04x}"),
        _ => format!("\\U{rune:08x}"),
    };
    out.extend_from_slice(escape.as_bytes());
}

/// `strconv.CanBackquote`: whether the text can stand between back-quotes as it is.
pub(crate) fn can_backquote(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| {
        !text
            .chars()
            .any(|c| matches!(c, '\u{feff}' | '`' | '\u{7f}') || (c < ' ' && c != '\t'))
    })
}

/// `strconv.Unquote` of a literal in double quotes or back-quotes; none if its syntax is invalid.
pub(crate) fn unquote(literal: &[u8]) -> Option<Vec<u8>> {
    let (quote, inner) = match literal {
        [quote @ (b'"' | b'`'), inner @ .., last] if quote == last => (*quote, inner),
        _ => return None,
    };
    if quote == b'`' {
        return (!inner.contains(&b'`')).then(|| inner.iter().copied().filter(|byte| *byte != b'\r').collect());
    }
    let mut out = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while !rest.is_empty() {
        rest = unquote_char(rest, b'"', &mut out)?.1;
    }
    Some(out)
}

/// `strconv.UnquoteChar`: takes one character or escape off the front, appends its bytes and gives its code and the rest.
pub(crate) fn unquote_char<'a>(text: &'a [u8], quote: u8, out: &mut Vec<u8>) -> Option<(u32, &'a [u8])> {
    let (&first, rest) = text.split_first()?;
    if first == quote || first == b'\n' {
        return None;
    }
    if first != b'\\' {
        let (rune, width) = unicode::decode(text);
        out.extend_from_slice(&text[..width]);
        return Some((rune, &text[width..]));
    }
    let (&kind, rest) = rest.split_first()?;
    let simple = match kind {
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        b'\\' => b'\\',
        b'\'' | b'"' if kind == quote => kind,
        b'x' => return code(rest, 2, 16, out, Some(0xff)),
        b'u' => return code(rest, 4, 16, out, None),
        b'U' => return code(rest, 8, 16, out, None),
        b'0'..=b'7' => return code(&text[1..], 3, 8, out, Some(0xff)),
        _ => return None,
    };
    out.push(simple);
    Some((u32::from(simple), rest))
}

/// A numeric escape: a byte when there is a largest one, else a character.
fn code<'a>(
    text: &'a [u8],
    digits: usize,
    radix: u32,
    out: &mut Vec<u8>,
    largest_byte: Option<u32>,
) -> Option<(u32, &'a [u8])> {
    let mut code: u32 = 0;
    for byte in text.get(..digits)? {
        code = code
            .checked_mul(radix)?
            .checked_add(char::from(*byte).to_digit(radix)?)?;
    }
    match largest_byte {
        Some(largest) if code <= largest => out.push(u8::try_from(code).ok()?),
        Some(_) => return None,
        None => unicode::push(out, u32::from(char::from_u32(code)?)),
    }
    Some((code, &text[digits..]))
}
