//! Members of a body, each with one type; what nobody asked for is refused.

use crate::duration;
use crate::json::{Object, Value};
use std::time::Duration;

/// The members of a body that have not been read yet, and the names that were asked for.
#[derive(Debug)]
pub(super) struct Members {
    left: Object,
    known: Vec<&'static str>,
}

/// Reads one member by its name: `None` if it is missing or null, and the reason if it cannot be read.
impl Members {
    pub(super) fn new(left: Object) -> Self {
        Self {
            left,
            known: Vec::new(),
        }
    }

    fn take(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.left.remove(name).filter(|value| !value.is_null())
    }

    fn read<T>(
        &mut self,
        name: &'static str,
        wanted: &str,
        convert: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>, String> {
        self.take(name)
            .map(|value| convert(&value).ok_or_else(|| format!("{name}: expected {wanted}")))
            .transpose()
    }

    pub(super) fn text(&mut self, name: &'static str) -> Result<Option<String>, String> {
        self.read(name, "a text", |value| value.as_str().map(str::to_owned))
    }

    pub(super) fn texts(&mut self, name: &'static str) -> Result<Option<Vec<String>>, String> {
        self.read(name, "a list of texts", |value| {
            let texts = value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned));
            texts.collect()
        })
    }

    pub(super) fn flag(&mut self, name: &'static str) -> Result<bool, String> {
        let flag = self.read(name, "true or false", Value::as_bool)?;
        Ok(flag.unwrap_or_default())
    }

    pub(super) fn number(&mut self, name: &'static str) -> Result<Option<u64>, String> {
        self.read(name, "a whole number of at least 0", |value| {
            value.as_i64().and_then(|number| u64::try_from(number).ok())
        })
    }

    /// A factor of at least 0.
    pub(super) fn speed(&mut self, name: &'static str) -> Result<Option<f64>, String> {
        self.read(name, "a number of at least 0", |value| {
            let speed: Option<f64> = match value {
                Value::Number(number) => number.as_str().parse().ok(),
                Value::String(text) => text.parse().ok(),
                _ => None,
            };
            speed.filter(|speed| speed.is_finite() && *speed >= 0.0)
        })
    }

    /// Whole seconds, also negative ones.
    pub(super) fn seconds(&mut self, name: &'static str) -> Result<Option<i64>, String> {
        let value = self.take(name);
        let seconds = value.map(|value| duration::from_json(&value).map_err(|text| format!("{name}: {text}")));
        seconds.transpose()
    }

    pub(super) fn span(&mut self, name: &'static str) -> Result<Option<Duration>, String> {
        let value = self.take(name);
        let span = value.map(|value| duration::span_from_json(&value).map_err(|text| format!("{name}: {text}")));
        span.transpose()
    }

    /// Refuses what is left, after all else has been read.
    pub(super) fn end(&self) -> Result<(), String> {
        let Some(name) = self.left.keys().next() else {
            return Ok(());
        };
        let likeness = |known: &&&str| strsim::jaro_winkler(known, name);
        let nearest = self.known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        Err(match nearest.filter(|known| likeness(known) > 0.8) {
            Some(known) => format!("{name}: unknown (did you mean {known}?)"),
            None => format!("{name}: unknown; there are: {}", self.known.join(", ")),
        })
    }
}
