//! Kubernetes quantities: checked and written the way the API server would write them.

use thiserror::Error;

/// Why a quantity is refused, in Kubernetes' words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum QuantityError {
    /// Not of the form number and suffix.
    #[error("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")]
    Format,
    /// An unknown suffix.
    #[error("unable to parse quantity's suffix")]
    Suffix,
    /// A suffix too large for a number that is missing.
    #[error("unable to parse numeric part of quantity")]
    Number,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Notation {
    Decimal,
    Exponent,
    Binary,
}

/// The canonical text of a quantity: the largest suffix that loses nothing.
///
/// # Errors
/// Text that is not a quantity.
pub fn canonical(text: &str) -> Result<String, QuantityError> {
    let (sign, rest) = match text.as_bytes().first() {
        Some(b'-') => (-1, &text[1..]),
        Some(b'+') => (1, &text[1..]),
        _ => (1, text),
    };
    let end = rest
        .find(|c: char| c != '.' && !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (number, suffix) = rest.split_at(end);
    if text.is_empty() || number.matches('.').count() > 1 || !is_suffix(suffix) {
        return Err(QuantityError::Format);
    }
    let (notation, base2, base10) = scale(suffix).ok_or(QuantityError::Suffix)?;
    // Kubernetes takes missing digits as 0.
    if !number.bytes().any(|byte| byte.is_ascii_digit()) {
        return if base2 == 60 {
            Err(QuantityError::Number)
        } else {
            Ok("0".to_owned())
        };
    }
    if is_canonical(number, (notation, base2, base10)) {
        return Ok(text.to_owned());
    }
    Ok(nanos(number, base2, base10).map_or_else(
        || {
            if notation == Notation::Binary {
                i64::MAX.to_string()
            } else {
                text.to_owned()
            }
        },
        |nano| write(sign * nano, notation),
    ))
}

/// Whether Kubernetes keeps the text as it is: few digits, a suffix in steps of a thousand, no zeros to fold.
fn is_canonical(number: &str, (notation, base2, base10): (Notation, u32, i32)) -> bool {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole = whole.trim_start_matches('0');
    if notation == Notation::Binary {
        let short = whole.len() + usize::try_from(base2 * 3 / 10).unwrap_or(usize::MAX) < 15;
        return short && fraction.is_empty() && whole.parse::<u64>().is_ok_and(|value| value & 7 != 0);
    }
    let digits = format!("{whole}{fraction}");
    let scale = i64::from(base10) - i64::try_from(fraction.len()).unwrap_or(i64::MAX);
    let plain = !digits.is_empty() && !digits.starts_with('0') && !digits.ends_with("000");
    plain && digits.len() <= 18 && scale >= -9 && scale % 3 == 0
}

fn is_suffix(text: &str) -> bool {
    let letters = text.trim_start_matches(|c: char| "eEinumkKMGTP".contains(c));
    let digits = letters.strip_prefix(['+', '-']).unwrap_or(letters);
    digits.bytes().all(|b| b.is_ascii_digit())
}

/// The suffix as (notation, power of two, power of ten).
fn scale(suffix: &str) -> Option<(Notation, u32, i32)> {
    let found = match suffix {
        "n" => (Notation::Decimal, 0, -9),
        "u" => (Notation::Decimal, 0, -6),
        "m" => (Notation::Decimal, 0, -3),
        "" => (Notation::Decimal, 0, 0),
        "k" => (Notation::Decimal, 0, 3),
        "M" => (Notation::Decimal, 0, 6),
        "G" => (Notation::Decimal, 0, 9),
        "T" => (Notation::Decimal, 0, 12),
        "P" => (Notation::Decimal, 0, 15),
        "E" => (Notation::Decimal, 0, 18),
        "Ki" => (Notation::Binary, 10, 0),
        "Mi" => (Notation::Binary, 20, 0),
        "Gi" => (Notation::Binary, 30, 0),
        "Ti" => (Notation::Binary, 40, 0),
        "Pi" => (Notation::Binary, 50, 0),
        "Ei" => (Notation::Binary, 60, 0),
        _ => (Notation::Exponent, 0, suffix.strip_prefix(['e', 'E'])?.parse().ok()?),
    };
    Some(found)
}

/// The largest quantity Kubernetes keeps, in billionths.
const MOST: i128 = (i64::MAX as i128) * 1_000_000_000;

/// The value in billionths, rounded away from zero; nothing when it is beyond all measure. Binary notation is
/// capped, as Kubernetes does.
fn nanos(number: &str, base2: u32, base10: i32) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let fraction = fraction.trim_end_matches('0');
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    let mantissa = (if digits.is_empty() { "0" } else { digits }).parse::<i128>().ok()?;
    let exponent = 9 + i64::from(base10) - i64::try_from(fraction.len()).unwrap_or(i64::MAX);
    let nano = mantissa
        .checked_mul(1_i128 << base2)
        .and_then(|value| power(value, exponent))?;
    Some(if base2 == 0 { nano } else { nano.min(MOST) })
}

/// `value × 10^exponent`, rounded up; nothing when it does not fit.
fn power(value: i128, exponent: i64) -> Option<i128> {
    if value == 0 {
        return Some(0);
    }
    let Ok(digits) = u32::try_from(exponent.unsigned_abs()) else {
        return if exponent > 0 { None } else { Some(1) };
    };
    let Some(factor) = 10_i128.checked_pow(digits) else {
        return if exponent > 0 { None } else { Some(1) };
    };
    if exponent >= 0 {
        value.checked_mul(factor)
    } else {
        Some((value - 1).div_euclid(factor) + 1)
    }
}

fn write(nano: i128, notation: Notation) -> String {
    if nano == 0 {
        return "0".to_owned();
    }
    let whole = nano / 1_000_000_000;
    let exact = nano % 1_000_000_000 == 0;
    if notation == Notation::Binary && exact && whole.abs() >= 1024 {
        return write_binary(whole);
    }
    let (mut value, mut exponent) = (nano, -9);
    while exponent < 18 && value % 1000 == 0 {
        value /= 1000;
        exponent += 3;
    }
    match (notation, exponent) {
        (_, 0) => value.to_string(),
        (Notation::Exponent, _) => format!("{value}e{exponent}"),
        _ => format!(
            "{value}{}",
            DECIMAL_SUFFIXES[usize::try_from((exponent + 9) / 3).unwrap_or(3)]
        ),
    }
}

const DECIMAL_SUFFIXES: [&str; 10] = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];

fn write_binary(mut value: i128) -> String {
    let mut suffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].into_iter();
    let mut suffix = suffixes.next().unwrap_or_default();
    while value % 1024 == 0 {
        let Some(next) = suffixes.next() else { break };
        value /= 1024;
        suffix = next;
    }
    format!("{value}{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_written_as_the_api_server_writes_them() {
        for (text, written) in [
            ("500m", "500m"),
            ("0.5", "500m"),
            ("1000m", "1"),
            ("1000", "1k"),
            ("1500", "1500"),
            ("128Mi", "128Mi"),
            ("1024Mi", "1Gi"),
            ("0.5Gi", "512Mi"),
            ("1e3", "1e3"),
            ("1E", "1E"),
            ("1.5Ki", "1536"),
            ("512Ki", "512Ki"),
            ("0", "0"),
            ("-1", "-1"),
            ("+2", "+2"),
            ("1n", "1n"),
            ("0.1n", "1n"),
            (".5", "500m"),
            ("5.", "5."),
            ("1E3", "1E3"),
            ("1e+3", "1e+3"),
            ("100e-3", "100e-3"),
            (".", "0"),
            ("-", "0"),
            ("m", "0"),
            (".e3", "0"),
        ] {
            assert_eq!(canonical(text).as_deref(), Ok(written), "{text}");
        }
    }

    #[test]
    fn other_text_is_refused_in_kubernetes_words() {
        assert_eq!(canonical("1x"), Err(QuantityError::Format));
        assert_eq!(canonical(""), Err(QuantityError::Format));
        assert_eq!(canonical("abc"), Err(QuantityError::Format));
        assert_eq!(canonical("1.2.3"), Err(QuantityError::Format));
        assert_eq!(canonical("1mm"), Err(QuantityError::Suffix));
        assert_eq!(canonical("1i"), Err(QuantityError::Suffix));
        assert_eq!(canonical("e"), Err(QuantityError::Suffix));
        assert_eq!(canonical("Ei"), Err(QuantityError::Number));
    }

    #[test]
    fn huge_numbers_are_kept_or_capped_not_wrapped() {
        let huge = "99999999999999999999999999999999999999999999";
        assert_eq!(canonical(huge).as_deref(), Ok(huge));
        assert_eq!(canonical(&format!("{huge}Ei")).as_deref(), Ok("9223372036854775807"));
        assert_eq!(canonical("8Ei").as_deref(), Ok("9223372036854775807"));
        assert_eq!(canonical("1e999999999999").map(|_| ()), Err(QuantityError::Suffix));
        assert_eq!(canonical("99999999999999999999").as_deref(), Ok("99999999999999999999"));
    }
}
