//! Integers as Go's `strconv.ParseInt` reads them when it is left to find the base.

/// The integer of a text: `5`, `+5`, `0x10`, `0b11`, `0o17`, `017`, `1_000`.
///
/// # Errors
/// Why it is none, in Go's words.
pub(super) fn parse(text: &str) -> Result<i64, &'static str> {
    const SYNTAX: &str = "strconv.ParseInt: invalid syntax";
    const RANGE: &str = "strconv.ParseInt: value out of range";
    let (negative, rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let lowered = rest.to_ascii_lowercase();
    let (base, digits) = [("0x", 16), ("0b", 2), ("0o", 8), ("0", 8)]
        .into_iter()
        .find_map(|(prefix, base)| Some((base, lowered.strip_prefix(prefix)?)))
        .filter(|(_, digits)| !digits.is_empty())
        .unwrap_or((10, &lowered));
    if digits.is_empty() || !underscores_between_digits(digits, base != 10) {
        return Err(SYNTAX);
    }
    let digits = digits.replace('_', "");
    if !digits.chars().all(|digit| digit.is_digit(base)) {
        return Err(SYNTAX);
    }
    let size = i128::from_str_radix(&digits, base).map_err(|_| RANGE)?;
    i64::try_from(if negative { -size } else { size }).map_err(|_| RANGE)
}

/// Whether each underscore stands between two digits; a base prefix counts as a digit.
fn underscores_between_digits(digits: &str, prefixed: bool) -> bool {
    !digits.contains("__") && !digits.ends_with('_') && (prefixed || !digits.starts_with('_'))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn finds_the_base() {
        for (text, value) in [
            ("0", 0),
            ("-5", -5),
            ("+5", 5),
            ("0x1F", 31),
            ("0b11", 3),
            ("0o17", 15),
            ("007", 7),
            ("1_000", 1000),
            ("0_7", 7),
            ("0x_f", 15),
            ("-9223372036854775808", i64::MIN),
        ] {
            assert_eq!(parse(text), Ok(value), "{text}");
        }
    }

    #[test]
    fn refuses_what_go_refuses() {
        for text in ["x", "1.5", "09", "0x", "1__0", "_1", "1_", " 1", "--1", "1e3", "0b2"] {
            assert_eq!(parse(text), Err("strconv.ParseInt: invalid syntax"), "{text}");
        }
        assert_eq!(
            parse("9223372036854775808"),
            Err("strconv.ParseInt: value out of range")
        );
    }
}
