//! The secret values of a run: what must not appear in any log, and is shown with most of it covered.

use serde_json::Value;
use zeroize::Zeroizing;

/// Shorter values (a currency, a limit) stand in any text by chance.
const SHORTEST: usize = 6;
/// How much of a value is shown.
const SHOWN: usize = 2;
const COVER: &str = "••••••••";

/// The values that were seeded, written or issued.
#[derive(Default)]
pub struct SecretValues(Vec<Zeroizing<String>>);

impl SecretValues {
    /// Adds every text and number at any depth of `value` that is long enough to be told from other text.
    pub fn add(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.add_text(text),
            Value::Number(number) => self.add_text(&number.to_string()),
            Value::Array(values) => values.iter().for_each(|value| self.add(value)),
            Value::Object(fields) => fields.values().for_each(|value| self.add(value)),
            Value::Null | Value::Bool(_) => {}
        }
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether `text` contains any of the values.
    pub fn appear_in(&self, text: &str) -> bool {
        self.0.iter().any(|value| text.contains(value.as_str()))
    }

    /// `text` with all but the first characters of every value covered.
    pub fn cover(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, value| {
            let shown: String = value.chars().take(SHOWN).collect();
            text.replace(value.as_str(), &format!("{shown}{COVER}"))
        })
    }

    fn add_text(&mut self, text: &str) {
        if text.len() >= SHORTEST && !self.0.iter().any(|value| value.as_str() == text) {
            self.0.push(Zeroizing::new(text.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_found_at_any_depth_and_covered() {
        let mut values = SecretValues::default();
        values.add(&json!({ "a": { "b": ["hunter22", true, "EUR"] }, "n": 1234567 }));
        assert_eq!(values.len(), 2);
        assert!(values.appear_in("x hunter22 y") && !values.appear_in("EUR"));
        assert_eq!(
            values.cover("p=hunter22 n=1234567 EUR"),
            format!("p=hu{COVER} n=12{COVER} EUR")
        );
    }
}
