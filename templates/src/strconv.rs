//! Numbers from texts, as Go's `strconv` reads them.

/// Why a text is no number of the wanted kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NumberError {
    /// The text is not of the form of a number.
    #[error("invalid syntax")]
    Syntax,
    /// The number does not fit.
    #[error("value out of range")]
    Range,
}

/// `strconv.ParseInt(text, radix, 64)`. Radix 0 takes it from the prefix and allows underscores.
pub(crate) fn parse_integer(text: &str, radix: u32) -> Result<i64, NumberError> {
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let magnitude = parse_unsigned(digits, radix)?;
    let number = i128::from(magnitude) * if negative { -1 } else { 1 };
    i64::try_from(number).map_err(|_| NumberError::Range)
}

/// `strconv.ParseUint(text, radix, 64)`. Radix 0 takes it from the prefix and allows underscores.
pub(crate) fn parse_unsigned(text: &str, radix: u32) -> Result<u64, NumberError> {
    let (base, digits) = if radix == 0 { prefix(text) } else { (radix, text) };
    if digits.is_empty() {
        return Err(NumberError::Syntax);
    }
    let mut number: u64 = 0;
    let mut overflow = false;
    for byte in digits.bytes() {
        if byte == b'_' && radix == 0 {
            continue;
        }
        let digit = char::from(byte).to_digit(base).ok_or(NumberError::Syntax)?;
        let next = number
            .checked_mul(u64::from(base))
            .and_then(|number| number.checked_add(u64::from(digit)));
        overflow |= next.is_none();
        number = next.unwrap_or(0);
    }
    if digits.contains('_') && !underscores_are_ok(text) {
        return Err(NumberError::Syntax);
    }
    if overflow { Err(NumberError::Range) } else { Ok(number) }
}

fn prefix(text: &str) -> (u32, &str) {
    match text.as_bytes() {
        [b'0', b'b' | b'B', _, ..] => (2, &text[2..]),
        [b'0', b'o' | b'O', _, ..] => (8, &text[2..]),
        [b'0', b'x' | b'X', _, ..] => (16, &text[2..]),
        [b'0', _, ..] => (8, &text[1..]),
        _ => (10, text),
    }
}

/// `strconv.ParseFloat(text, 64)`: decimal and hexadecimal floats, infinities and NaN, underscores between digits.
pub(crate) fn parse_float(text: &str) -> Result<f64, NumberError> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned.eq_ignore_ascii_case("inf") || unsigned.eq_ignore_ascii_case("infinity") {
        return Ok(if text.starts_with('-') {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        });
    }
    if text.eq_ignore_ascii_case("nan") {
        return Ok(f64::NAN);
    }
    let plain = match text.contains('_') {
        true if !underscores_are_ok(text) => return Err(NumberError::Syntax),
        true => text.replace('_', ""),
        false => text.to_owned(),
    };
    let unsigned = plain.strip_prefix(['+', '-']).unwrap_or(&plain);
    if let Some(hex) = unsigned.strip_prefix("0x").or_else(|| unsigned.strip_prefix("0X")) {
        let magnitude = parse_hex_float(hex)?;
        return Ok(if plain.starts_with('-') { -magnitude } else { magnitude });
    }
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Err(NumberError::Syntax);
    }
    match plain.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        Ok(_) => Err(NumberError::Range),
        Err(_) => Err(NumberError::Syntax),
    }
}

/// The part after `0x`: hexadecimal digits with an optional point and the exponent that Go insists on.
fn parse_hex_float(text: &str) -> Result<f64, NumberError> {
    let (mantissa, exponent) = text.split_once(['p', 'P']).ok_or(NumberError::Syntax)?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return Err(NumberError::Syntax);
    }
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NumberError::Syntax);
    }
    let exponent = exponent
        .parse::<i64>()
        .unwrap_or(if exponent.starts_with('-') { -100_000 } else { 100_000 });
    let mut bits: u64 = 0;
    let mut scale = exponent.clamp(-100_000, 100_000);
    for (index, byte) in whole.bytes().chain(fraction.bytes()).enumerate() {
        let digit = char::from(byte).to_digit(16).ok_or(NumberError::Syntax)?;
        let in_fraction = index >= whole.len();
        if bits >> 60 == 0 {
            bits = bits << 4 | u64::from(digit);
            scale -= if in_fraction { 4 } else { 0 };
        } else {
            // What no longer fits only matters for rounding.
            bits |= u64::from(digit != 0);
            scale += if in_fraction { 0 } else { 4 };
        }
    }
    scale_binary(bits, scale)
}

/// `bits` × 2^`scale`, rounded to even.
fn scale_binary(bits: u64, scale: i64) -> Result<f64, NumberError> {
    if bits == 0 {
        return Ok(0.0);
    }
    let top = 63 - i64::from(bits.leading_zeros());
    let exponent = top + scale;
    if exponent > 1023 {
        return Err(NumberError::Range);
    }
    // 53 bits of precision, fewer below the smallest normal number.
    let keep = if exponent < -1022 { 53 - (-1022 - exponent) } else { 53 };
    if keep < 0 {
        return Ok(0.0);
    }
    let drop = top + 1 - keep;
    let rounded = if drop <= 0 { bits } else { round_even(bits, drop) };
    let power = if drop <= 0 { scale } else { scale + drop };
    #[allow(clippy::cast_precision_loss)] // At most 54 significant bits are left, and a 54th is a power of two.
    let number = rounded as f64 * two_to(power / 2) * two_to(power - power / 2);
    if number.is_finite() {
        Ok(number)
    } else {
        Err(NumberError::Range)
    }
}

fn round_even(bits: u64, drop: i64) -> u64 {
    if drop > 64 {
        return 0;
    }
    let wide = u128::from(bits);
    let half = 1_u128 << (drop - 1);
    let kept = wide >> drop;
    let rest = wide & ((1_u128 << drop) - 1);
    let up = rest > half || (rest == half && kept & 1 == 1);
    u64::try_from(kept + u128::from(up)).unwrap_or(u64::MAX)
}

fn two_to(power: i64) -> f64 {
    2_f64.powi(i32::try_from(power).unwrap_or(0))
}

/// Whether underscores stand only between digits, or between a digit and a base prefix.
fn underscores_are_ok(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text).as_bytes();
    let (hex, digits, mut last) = match text {
        [b'0', base @ (b'b' | b'B' | b'o' | b'O' | b'x' | b'X'), digits @ ..] => {
            (matches!(base, b'x' | b'X'), digits, b'0')
        }
        digits => (false, digits, b'^'),
    };
    for byte in digits {
        let is_digit = byte.is_ascii_digit() || (hex && byte.is_ascii_hexdigit());
        last = match (is_digit, byte) {
            (true, _) => b'0',
            (false, b'_') if last == b'0' => b'_',
            (false, b'_') => return false,
            (false, _) if last == b'_' => return false,
            (false, _) => b'!',
        };
    }
    last != b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_follow_their_prefix() {
        for (text, number) in [
            ("017", 15),
            ("0x_1F", 31),
            ("0b11", 3),
            ("0o17", 15),
            ("1_000", 1000),
            ("-0x10", -16),
        ] {
            assert_eq!(parse_integer(text, 0), Ok(number), "{text}");
        }
        for text in ["08", "1__0", "_1", "1_", "0x", "", "+", "1a"] {
            assert_eq!(parse_integer(text, 0), Err(NumberError::Syntax), "{text}");
        }
        assert_eq!(parse_integer("9223372036854775808", 10), Err(NumberError::Range));
        assert_eq!(parse_integer("-9223372036854775808", 10), Ok(i64::MIN));
        assert_eq!(parse_integer("1_0", 10), Err(NumberError::Syntax));
    }

    #[test]
    fn floats_in_every_form() {
        for (text, number) in [
            ("1.5", 1.5),
            (".5", 0.5),
            ("1.", 1.0),
            ("1_0.2_5e1", 102.5),
            ("0x1p4", 16.0),
            ("0x1.8p1", 3.0),
            ("-0x.8p0", -0.5),
            ("0x1p-1074", f64::from_bits(1)),
            ("0x1.fffffffffffffp1023", f64::MAX),
            ("+inf", f64::INFINITY),
            ("Infinity", f64::INFINITY),
        ] {
            assert_eq!(parse_float(text), Ok(number), "{text}");
        }
        for text in [
            "", ".", "e1", "1e", "0x1", "0x", "0xp1", "1_e1", "infin", "+nan", " 1", "1 ",
        ] {
            assert_eq!(parse_float(text), Err(NumberError::Syntax), "{text}");
        }
        assert_eq!(parse_float("1e400"), Err(NumberError::Range));
        assert_eq!(parse_float("0x1p1024"), Err(NumberError::Range));
    }
}
