//! Durations as Go's `time` package reads them.

use super::GrammarError;
use super::quote::quote_bytes;

/// Checks a Go duration; empty is allowed and means *not set*.
///
/// # Errors
/// Anything Go's `time.ParseDuration` refuses, in its words.
pub fn duration(text: &str) -> Result<(), GrammarError> {
    let refuse = |problem: String| GrammarError::Duration {
        problem,
        quoted: quote_bytes(text),
    };
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest == "0" || text.is_empty() {
        return Ok(());
    }
    if rest.is_empty() {
        return Err(refuse(invalid_duration()));
    }
    let mut total = 0_u64;
    while !rest.is_empty() {
        let (nanos, next) = duration_part(rest).map_err(refuse)?;
        total = total.saturating_add(nanos);
        rest = next;
    }
    if total > MOST_NANOS || (total == MOST_NANOS && !negative) {
        return Err(refuse(invalid_duration()));
    }
    Ok(())
}

/// The most nanoseconds of a negative duration; a positive one has one less.
const MOST_NANOS: u64 = 1 << 63;

fn invalid_duration() -> String {
    "invalid duration".to_owned()
}

/// The first number of a duration with its unit, in nanoseconds, and what follows it.
fn duration_part(text: &str) -> Result<(u64, &str), String> {
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (whole, rest) = text.split_at(digits(text));
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(behind) => behind.split_at(digits(behind)),
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return Err(invalid_duration());
    }
    let whole: u64 = match whole {
        "" => 0,
        digits => digits
            .parse()
            .ok()
            .filter(|whole| *whole <= MOST_NANOS)
            .ok_or_else(invalid_duration)?,
    };
    let end = rest
        .find(|c: char| c == '.' || c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (unit, next) = rest.split_at(end);
    if unit.is_empty() {
        return Err("missing unit in duration".to_owned());
    }
    let nanos = unit_nanos(unit).ok_or_else(|| format!("unknown unit {} in duration", quote_bytes(unit)))?;
    let part = whole
        .checked_mul(nanos)
        .and_then(|part| part.checked_add(share(fraction, nanos)));
    let part = part.filter(|part| *part <= MOST_NANOS).ok_or_else(invalid_duration)?;
    Ok((part, next))
}

/// The decimal fraction of a unit, in nanoseconds; digits beyond the eighteenth change nothing.
fn share(fraction: &str, nanos: u64) -> u64 {
    let digits = &fraction[..fraction.len().min(18)];
    let scale = 10_u128.pow(u32::try_from(digits.len()).unwrap_or_default());
    let value = digits.parse::<u128>().unwrap_or_default() * u128::from(nanos) / scale;
    u64::try_from(value).unwrap_or(u64::MAX)
}

fn unit_nanos(unit: &str) -> Option<u64> {
    match unit {
        "ns" => Some(1),
        "us" | "µs" | "μs" => Some(1_000),
        "ms" => Some(1_000_000),
        "s" => Some(1_000_000_000),
        "m" => Some(60_000_000_000),
        "h" => Some(3_600_000_000_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_say_what_go_says() {
        for fine in [
            "",
            "0",
            "1s",
            "1m30s",
            "-1.5h",
            "100ms",
            ".5s",
            "1us",
            "1µs",
            "-9223372036854775808ns",
            "9223372036.854775807s",
        ] {
            assert_eq!(duration(fine), Ok(()), "{fine}");
        }
        for (text, message) in [
            ("5", r#"time: missing unit in duration "5""#),
            ("5d", r#"time: unknown unit "d" in duration "5d""#),
            ("banana", r#"time: invalid duration "banana""#),
            ("-", r#"time: invalid duration "-""#),
            (".s", r#"time: invalid duration ".s""#),
            ("9999999999999h", r#"time: invalid duration "9999999999999h""#),
            (
                "9223372036.854775808s",
                r#"time: invalid duration "9223372036.854775808s""#,
            ),
            (
                "99999999999999999999",
                r#"time: invalid duration "99999999999999999999""#,
            ),
            ("1.5.2s", r#"time: missing unit in duration "1.5.2s""#),
            ("1µ", r#"time: unknown unit "\xc2\xb5" in duration "1\xc2\xb5""#),
        ] {
            assert_eq!(duration(text).unwrap_err().to_string(), message);
        }
    }
}
