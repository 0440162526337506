//! Numbers as Go's `strconv` reads them.

use super::{GrammarError, quote};

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
    use super::{float, int, uint};

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
}
