//! Durations as Go and Vault write them.

use std::time::Duration;

const SECOND: u128 = 1_000_000_000;

/// Reads `300ms`, `1h30m`, `2d` or a bare number of seconds; an empty text is zero, as in Vault.
///
/// Negative durations, unknown units and values over 290 years (Go's limit) give `None`.
#[must_use]
pub fn parse(text: &str) -> Option<Duration> {
    let text = text.trim();
    let text = text.strip_prefix('+').unwrap_or(text);
    if text.is_empty() {
        return Some(Duration::ZERO);
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return from_nanoseconds(text.parse::<u128>().ok()?.checked_mul(SECOND)?);
    }
    let mut total = 0_u128;
    let mut rest = text;
    while !rest.is_empty() {
        let (nanoseconds, after) = leading_part(rest)?;
        total = total.checked_add(nanoseconds)?;
        rest = after;
    }
    from_nanoseconds(total)
}

/// Reads one number with its unit from the front of `text`.
fn leading_part(text: &str) -> Option<(u128, &str)> {
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (whole, rest) = text.split_at(digits(text));
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(after) => after.split_at(digits(after)),
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let end = rest
        .find(|c: char| c.is_ascii_digit() || c == '.')
        .unwrap_or(rest.len());
    let (unit, after) = rest.split_at(end);
    let unit = unit_nanoseconds(unit)?;
    let whole = if whole.is_empty() {
        0
    } else {
        whole.parse::<u128>().ok()?
    };
    Some((
        whole.checked_mul(unit)?.checked_add(fraction_of(fraction, unit)?)?,
        after,
    ))
}

/// The nanoseconds of `0.fraction` units, cut off below one.
fn fraction_of(fraction: &str, unit: u128) -> Option<u128> {
    let kept = fraction.get(..fraction.len().min(18))?;
    if kept.is_empty() {
        return Some(0);
    }
    let scale = 10_u128.pow(u32::try_from(kept.len()).ok()?);
    Some(kept.parse::<u128>().ok()?.checked_mul(unit)? / scale)
}

fn unit_nanoseconds(unit: &str) -> Option<u128> {
    Some(match unit {
        "ns" => 1,
        // U+00B5 and U+03BC both print as a small mu.
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => SECOND,
        "m" => 60 * SECOND,
        "h" => 3_600 * SECOND,
        "d" => 86_400 * SECOND,
        _ => return None,
    })
}

fn from_nanoseconds(nanoseconds: u128) -> Option<Duration> {
    let nanoseconds = u64::try_from(nanoseconds)
        .ok()
        .filter(|value| i64::try_from(*value).is_ok())?;
    Some(Duration::from_nanos(nanoseconds))
}

#[cfg(test)]
mod tests {
    use super::parse;
    use std::time::Duration;

    #[test]
    fn reads_what_go_and_vault_read() {
        for (text, nanoseconds) in [
            ("", 0),
            ("0", 0),
            ("90", 90_000_000_000),
            ("300ms", 300_000_000),
            ("1h30m", 5_400_000_000_000),
            ("1.5h", 5_400_000_000_000),
            (".5s", 500_000_000),
            ("2.s", 2_000_000_000),
            ("+5s", 5_000_000_000),
            ("2d", 172_800_000_000_000),
            ("2\u{b5}s", 2_000),
            ("2\u{3bc}s", 2_000),
            ("1ns", 1),
            ("0.1ns", 0),
        ] {
            assert_eq!(parse(text), Some(Duration::from_nanos(nanoseconds)), "{text}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        for text in [
            "-5s",
            "5x",
            "s",
            ".s",
            "5 s",
            "1h30",
            "five",
            "1e3s",
            "99999999999999999999",
            "300y",
            "106752d",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
