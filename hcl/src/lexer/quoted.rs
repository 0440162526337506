//! Quoted strings: Go's escapes, and `${…}` kept as it stands.

use crate::cursor::Cursor;
use crate::{Mistake, Problem};

/// Reads the quoted string that starts at the cursor.
///
/// Between `${` and its matching `}` quotes and line ends are ordinary characters and escapes are kept as
/// written; only braces are counted.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<String, Mistake> {
    let start = cursor.at();
    cursor.eat("\"");
    let mut bytes = Vec::new();
    loop {
        if cursor.rest().starts_with("${") {
            bytes.extend_from_slice(interpolation(cursor)?.replace("\r\n", "\n").as_bytes());
            continue;
        }
        let at = cursor.at();
        match cursor.bump() {
            Some('"') => break,
            None | Some('\n') => return Err(Mistake::new(start, Problem::OpenString)),
            Some('\\') => {
                let escape = Escape::read(cursor);
                let mistake = || Mistake::new(at, Problem::Escape(cursor.since(at).to_owned()));
                escape.ok_or_else(mistake)?.append(&mut bytes);
            }
            Some(plain) => append(&mut bytes, plain),
        }
    }
    String::from_utf8(bytes).map_err(|_| Mistake::new(start, Problem::EscapedBytes))
}

/// Reads `${…}` and returns it whole.
fn interpolation<'a>(cursor: &mut Cursor<'a>) -> Result<&'a str, Mistake> {
    let start = cursor.at();
    cursor.eat("${");
    let mut open = 1_usize;
    while open > 0 {
        let at = cursor.at();
        match cursor.bump() {
            None => return Err(Mistake::new(start, Problem::OpenInterpolation)),
            Some('{') => open += 1,
            Some('}') => open -= 1,
            // Kept as written, but must be an escape all the same.
            Some('\\') if Escape::read(cursor).is_none() => {
                return Err(Mistake::new(at, Problem::Escape(cursor.since(at).to_owned())));
            }
            Some(_) => {}
        }
    }
    Ok(cursor.since(start))
}

fn append(bytes: &mut Vec<u8>, character: char) {
    bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

/// What an escape stands for.
enum Escape {
    Character(char),
    /// `\101` and `\x41` give a byte, so that several of them may form one character.
    Byte(u8),
}

impl Escape {
    /// Reads what follows a backslash.
    fn read(cursor: &mut Cursor<'_>) -> Option<Escape> {
        let first = cursor.bump()?;
        Some(match first {
            'a' => Escape::Byte(0x07),
            'b' => Escape::Byte(0x08),
            'f' => Escape::Byte(0x0c),
            'n' => Escape::Byte(b'\n'),
            'r' => Escape::Byte(b'\r'),
            't' => Escape::Byte(b'\t'),
            'v' => Escape::Byte(0x0b),
            '\\' | '"' => Escape::Character(first),
            '0'..='7' => Escape::Byte(u8::try_from(digits(cursor, 8, 2, first.to_digit(8)?)?).ok()?),
            'x' => Escape::Byte(u8::try_from(digits(cursor, 16, 2, 0)?).ok()?),
            'u' => code_point(digits(cursor, 16, 4, 0)?)?,
            'U' => code_point(digits(cursor, 16, 8, 0)?)?,
            _ => return None,
        })
    }

    fn append(&self, bytes: &mut Vec<u8>) {
        match *self {
            Escape::Character(character) => append(bytes, character),
            Escape::Byte(byte) => bytes.push(byte),
        }
    }
}

/// Reads exactly `count` more digits.
fn digits(cursor: &mut Cursor<'_>, radix: u32, count: u32, before: u32) -> Option<u32> {
    let mut value = before;
    for _ in 0..count {
        let digit = cursor.peek()?.to_digit(radix)?;
        cursor.bump();
        value = value.checked_mul(radix)?.checked_add(digit)?;
    }
    Some(value)
}

/// A code point; half a surrogate pair becomes the replacement character, as in Go.
fn code_point(value: u32) -> Option<Escape> {
    match value {
        0xd800..=0xdfff => Some(Escape::Character(char::REPLACEMENT_CHARACTER)),
        value => char::from_u32(value).map(Escape::Character),
    }
}
