//! The value grammars of annotations, with the error texts users of vault-k8s know: they are Go's.

mod duration;
mod number;
mod quote;

use thiserror::Error;

pub use self::duration::duration;
pub use self::number::{float, int, uint};
pub use self::quote::quote;

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

/// Splits at commas, without trimming; empty gives no element.
#[must_use]
pub fn csv(text: &str) -> Vec<String> {
    if text.is_empty() {
        Vec::new()
    } else {
        text.split(',').map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::bool;

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
}
