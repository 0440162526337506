//! Spans of time as the original reads them: seconds, or Go's `1h30m`, also with days.

use crate::json::Value;
use std::time::Duration;

/// More nanoseconds than these seconds have do not fit into Go's span of time.
const MOST_SECONDS: u64 = 9_223_372_036;

/// Nanoseconds of a second.
const SECOND: u64 = 1_000_000_000;

/// Seconds of a field's value: a number of seconds, or a text of [`parse`].
///
/// # Errors
/// Why the value is no span of time, in the original's words.
pub fn from_json(value: &Value) -> Result<i64, String> {
    match value {
        Value::Number(number) => parse(number.as_str()),
        Value::String(text) => parse(text),
        Value::Null => Ok(0),
        _ => Err("could not parse duration from input".to_owned()),
    }
}

/// Seconds of a text: `""` (0), `90`, `90s`, `1h30m`, `2d`; fractions of seconds are cut.
///
/// # Errors
/// Why the text is no span of time, in the original's words.
pub fn parse(text: &str) -> Result<i64, String> {
    if text.is_empty() {
        return Ok(0);
    }
    if let Ok(seconds) = text.parse::<i64>() {
        return whole(Some(seconds));
    }
    if let Some(days) = text.strip_suffix('d') {
        return match days.parse::<i64>() {
            Ok(days) => whole(days.checked_mul(24 * 3600)),
            Err(_) => Err(format!("strconv.ParseInt: parsing {days:?}: invalid syntax")),
        };
    }
    let (negative, rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let nanoseconds = go_nanoseconds(rest, text)?;
    let seconds = (nanoseconds / SECOND).cast_signed();
    Ok(if negative { -seconds } else { seconds })
}

/// A span of a field's value, with its fractions of seconds.
///
/// # Errors
/// As [`from_json`]; spans below zero.
pub fn span_from_json(value: &Value) -> Result<Duration, String> {
    let seconds = u64::try_from(from_json(value)?).map_err(|_| "a span of time cannot be negative".to_owned())?;
    let nanoseconds = value.as_str().and_then(|text| go_nanoseconds(text, text).ok());
    Ok(nanoseconds.map_or(Duration::from_secs(seconds), Duration::from_nanos))
}

fn whole(seconds: Option<i64>) -> Result<i64, String> {
    seconds
        .filter(|seconds| seconds.unsigned_abs() <= MOST_SECONDS)
        .ok_or_else(|| "multiplication of durations resulted in overflow, one operand may be too large".to_owned())
}

/// Numbers, each with a unit, as Go's `time.ParseDuration` reads them after the sign.
fn go_nanoseconds(mut rest: &str, original: &str) -> Result<u64, String> {
    let invalid = || format!("time: invalid duration {}", quoted(original));
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (whole, tail) = split_digits(rest);
        let (fraction, tail) = tail.strip_prefix('.').map_or(("", tail), split_digits);
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let whole = number(whole).ok_or_else(invalid)?;
        let unit_end = tail
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let unit = nanoseconds(unit, original)?;
        let part = whole
            .checked_mul(unit)
            .and_then(|whole| whole.checked_add(share(fraction, unit)))
            .and_then(|part| part.checked_add(total));
        total = part.filter(|sum| i64::try_from(*sum).is_ok()).ok_or_else(invalid)?;
        rest = tail;
    }
    Ok(total)
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

/// A number that fits into Go's signed one; no digits are zero.
fn number(digits: &str) -> Option<u64> {
    if digits.is_empty() {
        return Some(0);
    }
    digits.parse::<i64>().ok().map(i64::unsigned_abs)
}

/// Nanoseconds of a unit.
fn nanoseconds(unit: &str, original: &str) -> Result<u64, String> {
    let original = quoted(original);
    Ok(match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => SECOND,
        "m" => 60 * SECOND,
        "h" => 3600 * SECOND,
        "" => return Err(format!("time: missing unit in duration {original}")),
        other => return Err(format!("time: unknown unit {} in duration {original}", quoted(other))),
    })
}

/// The digits behind a point as a share of a unit; those beyond any nanosecond do not count.
fn share(fraction: &str, unit: u64) -> u64 {
    let digits = &fraction[..fraction.len().min(15)];
    let scale = 10_u128.pow(u32::try_from(digits.len()).unwrap_or_default());
    let numerator: u128 = digits.parse().unwrap_or_default();
    u64::try_from(numerator * u128::from(unit) / scale).unwrap_or_default()
}

/// A text as Go's `time` package quotes it: byte by byte.
fn quoted(text: &str) -> String {
    let inner = text.bytes().fold(String::new(), |mut quoted, byte| {
        match byte {
            b'"' | b'\\' => {
                quoted.push('\\');
                quoted.push(char::from(byte));
            }
            b' '..=b'~' => quoted.push(char::from(byte)),
            other => quoted.push_str(&format!("\\x{other:02x}")),
        }
        quoted
    });
    format!("\"{inner}\"")
}

/// A span as Go prints it: `1h0m0s`, `90s` as `1m30s`, zero as `0s`.
pub fn format_go(span: Duration) -> String {
    let seconds = span.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, _) => format!("{minutes}m{seconds}s"),
        _ => format!("{hours}h{minutes}m{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_original_reads() {
        for (text, seconds) in [
            ("", 0),
            ("90", 90),
            ("1h30m", 5400),
            ("2d", 172_800),
            ("1.5m", 90),
            ("-1m", -60),
            ("1500ms", 1),
            (".5h", 1800),
            ("-0", 0),
            ("106751d", 9_223_286_400),
        ] {
            assert_eq!(parse(text), Ok(seconds), "{text}");
        }
    }

    #[test]
    fn refuses_in_gos_words() {
        assert_eq!(parse("abc"), Err("time: invalid duration \"abc\"".to_owned()));
        assert_eq!(
            parse("5x"),
            Err("time: unknown unit \"x\" in duration \"5x\"".to_owned())
        );
        for (text, reason) in [
            ("ß", r#"time: invalid duration "\xc3\x9f""#),
            ("10.0.0.0/8", r#"time: missing unit in duration "10.0.0.0/8""#),
            ("9999999999s", r#"time: invalid duration "9999999999s""#),
            (
                "99999999999999999999",
                r#"time: invalid duration "99999999999999999999""#,
            ),
            (
                "106752d",
                "multiplication of durations resulted in overflow, one operand may be too large",
            ),
        ] {
            assert_eq!(parse(text), Err(reason.to_owned()), "{text}");
        }
    }

    #[test]
    fn spans_keep_their_fractions() {
        for (text, milliseconds) in [("250ms", 250), ("1.5s", 1500), ("2", 2000), ("1d", 86_400_000)] {
            let span = span_from_json(&Value::from(text));
            assert_eq!(span, Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        assert!(span_from_json(&Value::from("-1s")).is_err());
    }

    #[test]
    fn prints_like_go() {
        for (seconds, text) in [(0, "0s"), (90, "1m30s"), (3600, "1h0m0s")] {
            assert_eq!(format_go(Duration::from_secs(seconds)), text);
        }
    }
}
