//! Characters of byte strings, decoded and cased as Go does it.

/// The first character and its width. A byte that starts no UTF-8 sequence is U+FFFD of width 1, as in Go.
pub(super) fn decode(bytes: &[u8]) -> Option<(char, usize)> {
    let width = match *bytes.first()? {
        byte @ ..0x80 => return Some((char::from(byte), 1)),
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => 1,
    };
    let decoded = bytes.get(..width).and_then(|bytes| std::str::from_utf8(bytes).ok());
    Some(match decoded.and_then(|text| text.chars().next()) {
        Some(decoded) => (decoded, width),
        None => (char::REPLACEMENT_CHARACTER, 1),
    })
}

/// Whether the first byte is one that is not part of valid UTF-8.
pub(super) fn is_broken(bytes: &[u8]) -> bool {
    matches!(decode(bytes), Some((char::REPLACEMENT_CHARACTER, 1)))
}

/// The characters of a byte string with their bytes.
pub(super) fn runes(bytes: &[u8]) -> impl Iterator<Item = (char, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (rune, width) = decode(rest)?;
        let (bytes, tail) = rest.split_at(width);
        rest = tail;
        Some((rune, bytes))
    })
}

/// The last character and its width.
pub(super) fn decode_last(bytes: &[u8]) -> Option<(char, usize)> {
    let last = bytes.len().checked_sub(1)?;
    let start = (last.saturating_sub(3)..=last)
        .find(|start| decode(&bytes[*start..]).is_some_and(|(_, width)| width > 1 && start + width == bytes.len()));
    Some(match start {
        Some(start) => decode(&bytes[start..])?,
        None => (decode(&bytes[last..])?.0, 1),
    })
}

/// Maps every character; what is not UTF-8 comes out as U+FFFD, as from Go's `strings.Map`.
pub(super) fn map(bytes: &[u8], change: impl Fn(char) -> char) -> Vec<u8> {
    let mut mapped = String::with_capacity(bytes.len());
    mapped.extend(runes(bytes).map(|(rune, _)| change(rune)));
    mapped.into_bytes()
}

/// Appends a character.
pub(super) fn push(text: &mut Vec<u8>, rune: char) {
    text.extend_from_slice(rune.encode_utf8(&mut [0; 4]).as_bytes());
}

/// Go's `unicode.ToLower`: the simple mapping, one character to one.
pub(super) fn to_lower(rune: char) -> char {
    match rune {
        'İ' => 'i',
        rune => only(rune, rune.to_lowercase()),
    }
}

/// Go's `unicode.ToUpper`: the simple mapping, one character to one.
pub(super) fn to_upper(rune: char) -> char {
    match rune {
        '\u{1f80}'..='\u{1faf}' | 'ᾳ' | 'ῃ' | 'ῳ' => to_title(rune),
        rune => only(rune, rune.to_uppercase()),
    }
}

/// Go's `unicode.ToTitle`: as upper case but for the letters that have a title case of their own.
pub(super) fn to_title(rune: char) -> char {
    let code = u32::from(rune);
    let title = match code {
        0x01c4..=0x01cc => 0x01c5 + (code - 0x01c4) / 3 * 3,
        0x01f1..=0x01f3 => 0x01f2,
        0x10d0..=0x10fa | 0x10fd..=0x10ff => code,
        0x1f80..=0x1faf => code | 8,
        0x1fb3 | 0x1fc3 | 0x1ff3 => code + 9,
        _ => return only(rune, rune.to_uppercase()),
    };
    char::from_u32(title).unwrap_or(rune)
}

fn only(rune: char, mut mapped: impl ExactSizeIterator<Item = char>) -> char {
    match mapped.len() {
        1 => mapped.next().unwrap_or(rune),
        _ => rune,
    }
}

/// Go's `unicode.IsUpper`: the general category *Lu*.
pub(super) fn is_upper(rune: char) -> bool {
    // Letter-like symbols (Ⓐ, Ⅷ) are upper case to Rust, but not of the category.
    rune.is_uppercase()
        && rune.is_alphabetic()
        && !matches!(rune, '\u{2160}'..='\u{216f}' | '\u{24b6}'..='\u{24cf}' | '\u{1f130}'..='\u{1f189}')
}

/// Go's `unicode.IsLower`: the general category *Ll*.
pub(super) fn is_lower(rune: char) -> bool {
    rune.is_lowercase()
        && !matches!(rune,
            'ª' | 'º' | '\u{2b0}'..='\u{2b8}' | '\u{2c0}' | '\u{2c1}' | '\u{2e0}'..='\u{2e4}' | '\u{345}' | '\u{37a}'
            | '\u{1d2c}'..='\u{1d6a}' | '\u{1d78}' | '\u{1d9b}'..='\u{1dbf}' | '\u{2071}' | '\u{207f}'
            | '\u{2090}'..='\u{209c}' | '\u{2170}'..='\u{217f}' | '\u{24d0}'..='\u{24e9}' | '\u{2c7c}' | '\u{2c7d}'
            | '\u{a69c}' | '\u{a69d}' | '\u{a770}' | '\u{a7f8}' | '\u{a7f9}' | '\u{ab5c}'..='\u{ab5f}')
}

/// Go's `strings.TrimSpace`.
pub(super) fn trim_space(bytes: &[u8]) -> &[u8] {
    trim(bytes, char::is_whitespace)
}

/// Cuts characters off both ends.
pub(super) fn trim(bytes: &[u8], cut: impl Fn(char) -> bool) -> &[u8] {
    let mut rest = bytes;
    while let Some((rune, width)) = decode(rest).filter(|(rune, _)| cut(*rune)) {
        let _ = rune;
        rest = &rest[width..];
    }
    while let Some((_, width)) = decode_last(rest).filter(|(rune, _)| cut(*rune)) {
        rest = &rest[..rest.len() - width];
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_bytes_are_characters_of_their_own() {
        let decoded: Vec<_> = runes(b"a\xe2\x82\xc3\xa9")
            .map(|(rune, bytes)| (rune, bytes.len()))
            .collect();
        assert_eq!(decoded, [('a', 1), ('\u{fffd}', 1), ('\u{fffd}', 1), ('é', 2)]);
        assert_eq!(decode_last(b"a\xff"), Some(('\u{fffd}', 1)));
        assert_eq!(decode_last("aé".as_bytes()), Some(('é', 2)));
        assert_eq!(decode_last(b""), None);
    }

    #[test]
    fn case_mappings_are_simple_ones() {
        assert_eq!(map("ßıſǆﬁᾳ".as_bytes(), to_upper), "ßISǄﬁᾼ".as_bytes());
        assert_eq!(map("İΣ".as_bytes(), to_lower), "iσ".as_bytes());
        assert_eq!(map("ǆǇ".as_bytes(), to_title), "ǅǈ".as_bytes());
    }
}
