//! Offsets and abbreviations of zones in a time.

use super::super::layout::Offset;
use super::numbers::decimal;
use super::{Problem, Reader, Step};

/// Hours, minutes and seconds of an offset: their length, the largest number of them, and their name.
const PARTS: [(i64, i64, &str); 3] = [
    (3_600, 24, "time zone offset hour"),
    (60, 60, "time zone offset minute"),
    (1, 60, "time zone offset second"),
];

impl Reader<'_> {
    pub(super) fn offset(&mut self, style: Offset) -> Step<()> {
        if let (true, Some(rest)) = (style.z, self.value.strip_prefix(b"Z")) {
            self.value = rest;
            self.parts.utc = true;
            return Ok(());
        }
        let (width, count) = (
            2 + usize::from(style.colons),
            1 + usize::from(style.minutes) + usize::from(style.seconds),
        );
        let text = self.take(3 + width * (count - 1))?;
        if style.colons && (1..count).any(|at| text[width * at] != b':') {
            return Err(Problem::Mismatch);
        }
        let (mut seconds, mut readable, mut out_of_range) = (0, true, None);
        for (at, (unit, largest, what)) in PARTS.into_iter().enumerate().take(count) {
            let digits = &text[1 + width * at..][..2];
            readable &= digits.iter().all(u8::is_ascii_digit);
            let number = if readable { decimal(digits) } else { 0 };
            if number > largest {
                out_of_range = Some(what);
            }
            seconds += number * unit;
        }
        // Go looks at the ranges before it looks at the sign and at what is no digit.
        if let Some(what) = out_of_range {
            return Err(Problem::Range(what));
        }
        self.parts.offset = match (text[0], readable) {
            (b'+', true) => Some(seconds),
            (b'-', true) => Some(-seconds),
            _ => return Err(Problem::Mismatch),
        };
        Ok(())
    }

    pub(super) fn zone_name(&mut self) -> Step<()> {
        if let Some(rest) = self.value.strip_prefix(b"UTC") {
            self.value = rest;
            self.parts.utc = true;
            return Ok(());
        }
        let size = zone_name_size(self.value).ok_or(Problem::Mismatch)?;
        self.parts.zone_name = String::from_utf8_lossy(self.take(size)?).into_owned();
        Ok(())
    }
}

/// Bytes of the abbreviation of a zone at the start of a text: three to five capital letters, `GMT+3`, `+03`.
fn zone_name_size(text: &[u8]) -> Option<usize> {
    match text {
        [b'C' | b'M', b'h' | b'e', b'S', b'T', ..] if text.starts_with(b"ChST") || text.starts_with(b"MeST") => Some(4),
        [b'G', b'M', b'T', rest @ ..] => Some(3 + signed_offset_size(rest)),
        [b'+' | b'-', _, _, ..] => Some(signed_offset_size(text)).filter(|size| *size > 0),
        _ if text.len() < 3 => None,
        _ => {
            let upper = text.iter().take(6).take_while(|byte| byte.is_ascii_uppercase()).count();
            match upper {
                3 => Some(3),
                4 if text[3] == b'T' || text.starts_with(b"WITA") => Some(4),
                5 if text[4] == b'T' => Some(5),
                _ => None,
            }
        }
    }
}

fn signed_offset_size(text: &[u8]) -> usize {
    if !matches!(text.first(), Some(b'+' | b'-')) {
        return 0;
    }
    let digits = text[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    match digits {
        0 => 0,
        digits if digits > 10 || decimal(&text[1..=digits]) > 23 => 0,
        digits => 1 + digits,
    }
}
