//! Numbers by their text.

use std::fmt;

/// A number kept as the text it was written with, as Go's `json.Number`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number(pub(super) String);

impl Number {
    /// The text, as it came.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value as an integer; `None` for fractions, exponents and what does not fit.
    pub fn as_i64(&self) -> Option<i64> {
        self.0.parse().ok()
    }
}

impl Number {
    /// The shortest text of a number; `None` for what JSON has no text for.
    pub fn from_f64(value: f64) -> Option<Self> {
        value.is_finite().then(|| Self(value.to_string()).as_go_float())
    }

    /// The number as Go writes it after reading it as a 64-bit float: `1.0` is `1`, large ones lose digits.
    #[must_use]
    pub fn as_go_float(&self) -> Self {
        let Ok(value) = self.0.parse::<f64>() else {
            return self.clone();
        };
        let size = value.abs();
        if size == 0.0 || (1e-6..1e21).contains(&size) {
            return Self(if value == 0.0 && value.is_sign_negative() {
                "-0".to_owned()
            } else {
                value.to_string()
            });
        }
        let text = format!("{value:e}");
        Self(if text.contains("e-") {
            text
        } else {
            text.replace('e', "e+")
        })
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
