//! Numbers: decimal, octal (`0644`), hexadecimal (`0x1F`), with fraction or exponent.

use crate::cursor::Cursor;
use crate::{Mistake, Number, Problem};

/// Reads the number that starts at the cursor.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Number, Mistake> {
    let start = cursor.at();
    cursor.eat("-");
    let mut whole = true;
    if cursor.eat("0x") || cursor.eat("0X") {
        cursor.take_while(|c| c.is_ascii_hexdigit());
    } else {
        cursor.take_while(|c| c.is_ascii_digit());
        if cursor.eat(".") {
            whole = false;
            cursor.take_while(|c| c.is_ascii_digit());
        }
        if cursor.eat("e") || cursor.eat("E") {
            whole = false;
            let _sign = cursor.eat("-") || cursor.eat("+");
            cursor.take_while(|c| c.is_ascii_digit());
        }
    }
    let text = cursor.since(start).to_owned();
    let number = if whole { integer(&text) } else { float(&text) };
    number.ok_or_else(|| Mistake::new(start, Problem::Number(text)))
}

/// A number without fraction: `0x` is base 16, a leading `0` base 8.
pub(crate) fn integer(text: &str) -> Option<Number> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (radix, digits) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hexadecimal) => (16, hexadecimal),
        None if digits.len() > 1 && digits.starts_with('0') => (8, digits),
        None => (10, digits),
    };
    let signed = if negative {
        format!("-{digits}")
    } else {
        digits.to_owned()
    };
    let value = i64::from_str_radix(&signed, radix).ok()?;
    #[expect(
        clippy::cast_precision_loss,
        reason = "callers that need each digit take the integer"
    )]
    Some(Number {
        text: text.to_owned(),
        integer: Some(value),
        float: value as f64,
    })
}

/// A number with fraction or exponent.
pub(crate) fn float(text: &str) -> Option<Number> {
    let value: f64 = text.parse().ok()?;
    value.is_finite().then(|| Number {
        text: text.to_owned(),
        integer: None,
        float: value,
    })
}
