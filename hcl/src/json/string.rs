//! JSON strings.

use crate::cursor::Cursor;
use crate::{Mistake, Problem};

/// Reads the string that starts at the cursor.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<String, Mistake> {
    let start = cursor.at();
    cursor.eat("\"");
    let mut text = String::new();
    loop {
        let at = cursor.at();
        match cursor.bump() {
            Some('"') => return Ok(text),
            Some('\\') => match escape(cursor) {
                Some(character) => text.push(character),
                None => return Err(Mistake::new(at, Problem::Escape(cursor.since(at).to_owned()))),
            },
            // Other control characters are not JSON, but Vault reads them.
            Some(plain) if plain != '\n' => text.push(plain),
            _ => return Err(Mistake::new(start, Problem::OpenString)),
        }
    }
}

fn escape(cursor: &mut Cursor<'_>) -> Option<char> {
    Some(match cursor.bump()? {
        same @ ('"' | '\\' | '/') => same,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => {
            let unit = four_digits(cursor)?;
            char::from_u32(unit).unwrap_or_else(|| pair(cursor, unit))
        }
        _ => return None,
    })
}

/// The character of a surrogate pair; half a pair becomes the replacement character, as in Go.
fn pair(cursor: &mut Cursor<'_>, high: u32) -> char {
    let mut ahead = cursor.clone();
    let low = ahead.eat("\\u").then(|| four_digits(&mut ahead)).flatten();
    match (high, low) {
        (0xd800..=0xdbff, Some(low @ 0xdc00..=0xdfff)) => {
            *cursor = ahead;
            char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00)).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        _ => char::REPLACEMENT_CHARACTER,
    }
}

fn four_digits(cursor: &mut Cursor<'_>) -> Option<u32> {
    let mut value = 0;
    for _ in 0..4 {
        value = value * 16 + cursor.peek()?.to_digit(16)?;
        cursor.bump();
    }
    Some(value)
}
