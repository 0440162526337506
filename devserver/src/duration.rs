//! Spans of time as the original reads them: seconds, or Go's `1h30m`, also with days.

use crate::json::Value;
use std::time::Duration;

/// More nanoseconds than these seconds have do not fit into Go's span of time.
const MOST_SECONDS: u64 = 9_223_372_036;

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
        return match seconds.unsigned_abs() > MOST_SECONDS {
            true => Err("multiplication of durations resulted in overflow, one operand may be too large".to_owned()),
            false => Ok(seconds),
        };
    }
    if let Some(days) = text.strip_suffix('d') {
        return match days.parse::<i64>() {
            Ok(days) => Ok(days.saturating_mul(24 * 3600)),
            Err(_) => Err(format!("strconv.ParseInt: parsing {days:?}: invalid syntax")),
        };
    }
    let (sign, rest) = match text.as_bytes().first() {
        Some(b'-') => (-1.0, &text[1..]),
        Some(b'+') => (1.0, &text[1..]),
        _ => (1.0, text),
    };
    go_seconds(rest, text).map(|seconds| {
        #[allow(
            clippy::cast_possible_truncation,
            reason = "whole seconds are what is wanted, and `as` saturates"
        )]
        let whole = (sign * seconds) as i64;
        whole
    })
}

fn go_seconds(mut rest: &str, original: &str) -> Result<f64, String> {
    let invalid = || format!("time: invalid duration {original:?}");
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total = 0.0;
    while !rest.is_empty() {
        let number_end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, tail) = rest.split_at(number_end);
        // Go reads the whole part into 64 bits.
        let whole = number.split('.').next().unwrap_or_default();
        if !whole.is_empty() && whole.parse::<i64>().is_err() {
            return Err(invalid());
        }
        let number: f64 = number.parse().map_err(|_| invalid())?;
        let unit_end = tail
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let seconds = match unit {
            "ns" => 1e-9,
            "us" | "µs" | "μs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "" => return Err(format!("time: missing unit in duration {original:?}")),
            other => return Err(format!("time: unknown unit {other:?} in duration {original:?}")),
        };
        total += number * seconds;
        rest = tail;
    }
    Ok(total)
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
    }

    #[test]
    fn prints_like_go() {
        for (seconds, text) in [(0, "0s"), (90, "1m30s"), (3600, "1h0m0s")] {
            assert_eq!(format_go(Duration::from_secs(seconds)), text);
        }
    }
}
