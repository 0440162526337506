//! The value grammars of annotations, with the error texts users of vault-k8s know: they are Go's.

use thiserror::Error;

/// Why a value does not fit its grammar. The texts are those of the injectors this one replaces.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GrammarError {
    /// Not one of Go's spellings of a boolean.
    #[error("cannot parse '' as bool: strconv.ParseBool: parsing {0}: invalid syntax")]
    Bool(String),
    /// Not a number.
    #[error("strconv.{function}: parsing {quoted}: invalid syntax")]
    Syntax {
        /// The Go function named in the message.
        function: &'static str,
        /// The value, quoted as Go quotes it.
        quoted: String,
    },
    /// A number that does not fit.
    #[error("strconv.{function}: parsing {quoted}: value out of range")]
    Range {
        /// The Go function named in the message.
        function: &'static str,
        /// The value, quoted as Go quotes it.
        quoted: String,
    },
    /// Not a Go duration.
    #[error("time: {problem} {quoted}")]
    Duration {
        /// What is wrong, in Go's words.
        problem: String,
        /// The value, quoted as Go quotes it.
        quoted: String,
    },
}

/// Reads a boolean; empty is false.
///
/// # Errors
/// Any spelling Go's `strconv.ParseBool` does not know.
pub fn bool(text: &str) -> Result<bool, GrammarError> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
        "" | "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
        _ => Err(GrammarError::Bool(quote(text))),
    }
}

/// Reads a signed number; empty is 0.
///
/// # Errors
/// Anything Go's `strconv.ParseInt(_, 10, 64)` refuses.
pub fn int(text: &str) -> Result<i64, GrammarError> {
    if text.is_empty() {
        return Ok(0);
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !is_digits(digits) {
        return Err(syntax("ParseInt", text));
    }
    text.parse().map_err(|_| range("ParseInt", text))
}

/// Reads an unsigned number; empty is an error.
///
/// # Errors
/// Anything Go's `strconv.ParseUint(_, 10, 64)` refuses.
pub fn uint(text: &str) -> Result<u64, GrammarError> {
    if !is_digits(text) {
        return Err(syntax("ParseUint", text));
    }
    text.parse().map_err(|_| range("ParseUint", text))
}

/// Reads a decimal number; empty is an error.
///
/// # Errors
/// Anything Go's `strconv.ParseFloat(_, 64)` refuses, and the hexadecimal forms it accepts, which no user writes.
pub fn float(text: &str) -> Result<f64, GrammarError> {
    let signed_nan = text
        .strip_prefix(['+', '-'])
        .is_some_and(|rest| rest.eq_ignore_ascii_case("nan"));
    if signed_nan || !underscores_separate_digits(text) {
        return Err(syntax("ParseFloat", text));
    }
    let plain = text.replace('_', "");
    match plain.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        Ok(_) if plain.bytes().any(|b| b.is_ascii_digit()) => Err(range("ParseFloat", text)),
        Ok(number) => Ok(number),
        Err(_) => Err(syntax("ParseFloat", text)),
    }
}

fn underscores_separate_digits(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digit = |index: Option<usize>| index.and_then(|index| bytes.get(index)).is_some_and(u8::is_ascii_digit);
    let mut underscores = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'_');
    underscores.all(|(index, _)| digit(index.checked_sub(1)) && digit(Some(index + 1)))
}

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

/// Splits at commas, without trimming; empty gives no element.
#[must_use]
pub fn csv(text: &str) -> Vec<String> {
    if text.is_empty() {
        Vec::new()
    } else {
        text.split(',').map(str::to_owned).collect()
    }
}

/// Quotes as Go's `strconv.Quote` does.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        push_quoted(&mut out, c);
    }
    out.push('"');
    out
}

/// Quotes as Go's `time` package does: byte by byte, so that no character outside ASCII stays.
fn quote_bytes(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(byte)]),
            b' '..=0x7f => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push('"');
    out
}

fn push_quoted(out: &mut String, c: char) {
    let code = u32::from(c);
    match c {
        '"' | '\\' => out.extend(['\\', c]),
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{b}' => out.push_str("\\v"),
        ' '..='~' => out.push(c),
        _ if code < 0x80 => out.push_str(&format!("\\x{code:02x}")),
        _ if c.is_alphanumeric() || c.escape_debug().count() == 1 => out.push(c),
        _ if code < 0x1_0000 => out.push_str(&format!("\\u{code:04x}")),
        _ => out.push_str(&format!("\\U{code:08x}")),
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn syntax(function: &'static str, text: &str) -> GrammarError {
    GrammarError::Syntax {
        function,
        quoted: quote(text),
    }
}

fn range(function: &'static str, text: &str) -> GrammarError {
    GrammarError::Range {
        function,
        quoted: quote(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans_are_gos() {
        for yes in ["1", "t", "T", "TRUE", "true", "True"] {
            assert_eq!(bool(yes), Ok(true), "{yes}");
        }
        for no in ["", "0", "f", "F", "FALSE", "false", "False"] {
            assert_eq!(bool(no), Ok(false), "{no}");
        }
        let error = bool("yes").unwrap_err().to_string();
        assert_eq!(
            error,
            r#"cannot parse '' as bool: strconv.ParseBool: parsing "yes": invalid syntax"#
        );
    }

    #[test]
    fn numbers_say_what_go_says() {
        assert_eq!(int(""), Ok(0));
        assert_eq!(int("-5"), Ok(-5));
        assert_eq!(
            int("9223372036854775808").unwrap_err().to_string(),
            "strconv.ParseInt: parsing \"9223372036854775808\": value out of range"
        );
        assert_eq!(
            int("root").unwrap_err().to_string(),
            r#"strconv.ParseInt: parsing "root": invalid syntax"#
        );
        assert_eq!(
            uint("").unwrap_err().to_string(),
            r#"strconv.ParseUint: parsing "": invalid syntax"#
        );
        assert_eq!(
            uint("5s").unwrap_err().to_string(),
            r#"strconv.ParseUint: parsing "5s": invalid syntax"#
        );
        assert_eq!(float("0.9"), Ok(0.9));
        assert_eq!(float("1_0.5"), Ok(10.5));
        for wrong in ["_1", "1_", "1__0", "1._5", "+nan", ".", ""] {
            assert!(float(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            float("x").unwrap_err().to_string(),
            r#"strconv.ParseFloat: parsing "x": invalid syntax"#
        );
    }

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

    #[test]
    fn quoting_is_gos() {
        assert_eq!(quote("a\"b\\\n\u{1}\u{7f}é\u{200b}"), r#""a\"b\\\n\x01\x7fé\u200b""#);
    }
}
