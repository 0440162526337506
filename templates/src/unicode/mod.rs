//! Characters as Go sees them.

mod tables;

use std::cmp::Ordering;

/// What stands for a byte that is not part of UTF-8.
pub(crate) const REPLACEMENT: u32 = 0xfffd;

/// The first character of the bytes and its width; U+FFFD and 1 if it is not UTF-8, U+FFFD and 0 if there is none.
pub(crate) fn decode(bytes: &[u8]) -> (u32, usize) {
    let Some(&first) = bytes.first() else {
        return (REPLACEMENT, 0);
    };
    if first < 0x80 {
        return (u32::from(first), 1);
    }
    let width = match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return (REPLACEMENT, 1),
    };
    let decoded = bytes.get(..width).and_then(|bytes| std::str::from_utf8(bytes).ok());
    match decoded.and_then(|text| text.chars().next()) {
        Some(found) => (u32::from(found), width),
        None => (REPLACEMENT, 1),
    }
}

/// The characters of the bytes, each with whether it was valid; a byte that is not UTF-8 is U+FFFD.
pub(crate) fn runes(bytes: &[u8]) -> impl Iterator<Item = (u32, usize)> + '_ {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (rune, width) = decode(rest);
        rest = rest.get(width..).unwrap_or(&[]);
        (width > 0).then_some((rune, width))
    })
}

/// Number of characters; a byte that is not UTF-8 counts as one.
pub(crate) fn count(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.chars().count(),
        Err(_) => runes(bytes).count(),
    }
}

/// Appends a character as UTF-8; what is no character becomes U+FFFD.
pub(crate) fn push(to: &mut Vec<u8>, rune: u32) {
    let found = char::from_u32(rune).unwrap_or(char::REPLACEMENT_CHARACTER);
    to.extend_from_slice(found.encode_utf8(&mut [0; 4]).as_bytes());
}

/// Go's `unicode.IsLetter`.
pub(crate) fn is_letter(rune: u32) -> bool {
    match u8::try_from(rune) {
        Ok(byte) if byte.is_ascii() => byte.is_ascii_alphabetic(),
        _ => contains(&tables::LETTERS, rune),
    }
}

/// Go's `unicode.IsDigit`.
pub(crate) fn is_digit(rune: u32) -> bool {
    match u8::try_from(rune) {
        Ok(byte) => byte.is_ascii_digit(),
        Err(_) => contains(&tables::DIGITS, rune),
    }
}

/// Go's `strconv.IsPrint`.
pub(crate) fn is_print(rune: u32) -> bool {
    match u8::try_from(rune) {
        Ok(byte) if byte.is_ascii() => (b' '..=b'~').contains(&byte),
        _ => contains(&tables::PRINTABLE, rune),
    }
}

fn contains(ranges: &[(u32, u32)], rune: u32) -> bool {
    let found = ranges.binary_search_by(|&(first, last)| match () {
        () if last < rune => Ordering::Less,
        () if first > rune => Ordering::Greater,
        () => Ordering::Equal,
    });
    found.is_ok()
}
