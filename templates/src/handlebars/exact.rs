//! Numbers of secrets that a JSON number would change: `1.50`, `1e3`, twenty digits.

use std::collections::HashSet;

use serde_json::{Number, Value as Json};

use crate::json;
use crate::value::{Text, Value};

/// Such numbers stand in the data as their texts, so that they print as they came; functions that take any value get
/// them as numbers again. A text that is also a text of its own in the data stays one.
#[derive(Default)]
pub(super) struct ExactNumbers {
    numbers: HashSet<Text>,
    texts: HashSet<Text>,
}

impl ExactNumbers {
    /// The JSON form of a number of a secret.
    pub(super) fn number(&mut self, text: &Text) -> Json {
        if let Some(number) = unchanged(text) {
            return Json::Number(number);
        }
        self.numbers.insert(text.clone());
        Json::String(text.to_str_lossy().into_owned())
    }

    /// Notes a text of the data.
    pub(super) fn see_text(&mut self, text: &Text) {
        let first = text.as_bytes().first();
        let can_be_number = first.is_some_and(|byte| *byte == b'-' || byte.is_ascii_digit());
        if can_be_number && matches!(json::read(text.as_bytes(), json::Numbers::Kept), Ok(Value::Number(_))) {
            self.texts.insert(text.clone());
        }
    }

    /// Whether a text in the data is a number.
    pub(super) fn is_number(&self, text: &str) -> bool {
        !self.numbers.is_empty() && self.numbers.contains(text.as_bytes()) && !self.texts.contains(text.as_bytes())
    }
}

/// Whether this is a whole number as it is usually written.
fn is_small(digits: &[u8]) -> bool {
    matches!(digits.len(), 1..=18) && digits.iter().all(u8::is_ascii_digit) && (digits.len() == 1 || digits[0] != b'0')
}

/// The JSON number that prints as this text, if there is one.
fn unchanged(text: &Text) -> Option<Number> {
    let shown = text.to_str()?;
    if is_small(shown.as_bytes()) {
        return shown.parse::<u64>().ok().map(Number::from);
    }
    let whole = shown.parse::<i64>().map(Number::from);
    let whole = whole.or_else(|_| shown.parse::<u64>().map(Number::from)).ok();
    let number = whole.or_else(|| shown.parse().ok().and_then(Number::from_f64))?;
    (number.to_string() == shown).then_some(number)
}
