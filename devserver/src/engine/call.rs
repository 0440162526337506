//! A request on its way to a handler.

use super::fields::Fields;
use crate::json::{Object, Value};
use crate::logical::Request;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// A request on its way to a handler, with its fields typed.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// The request.
    pub request: &'a Request,
    pub(crate) fields: Fields<'a>,
}

/// Getters take a declared field's name and give its default (or the type's zero) when it was not sent.
impl Call<'_> {
    /// Whether the field was sent. A null counts as the zero of its type, except for times and spans of time.
    pub fn has(&self, name: &str) -> bool {
        self.fields.sent(name)
    }

    /// Whether the route knows the field.
    pub fn declares(&self, name: &str) -> bool {
        self.fields.declares(name)
    }

    /// The value as it was sent.
    pub fn raw(&self, name: &str) -> Option<&Value> {
        self.fields.raw(name)
    }

    /// A text of a captured or string field that was sent as a string; empty otherwise. For numbers and booleans sent
    /// to a string field use [`Call::string`].
    pub fn text(&self, name: &str) -> &str {
        self.fields.raw(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A text, converted from whatever scalar was sent.
    pub fn string(&self, name: &str) -> String {
        self.fields.string(name)
    }

    /// A text, if it was sent.
    pub fn maybe_string(&self, name: &str) -> Option<String> {
        self.has(name).then(|| self.string(name))
    }

    /// An integer.
    pub fn int(&self, name: &str) -> i64 {
        self.fields.int(name)
    }

    /// A truth value.
    pub fn flag(&self, name: &str) -> bool {
        self.fields.flag(name)
    }

    /// A span of time in whole seconds; negative spans are zero (see [`Call::int`] for signed ones).
    pub fn duration(&self, name: &str) -> Duration {
        Duration::from_secs(self.fields.seconds(name).max(0).unsigned_abs())
    }

    /// A span of time, if it was sent.
    pub fn maybe_duration(&self, name: &str) -> Option<Duration> {
        self.has(name).then(|| self.duration(name))
    }

    /// Seconds, signed.
    pub fn seconds(&self, name: &str) -> i64 {
        self.fields.seconds(name)
    }

    /// A moment, if it was sent.
    pub fn time(&self, name: &str) -> Option<Timestamp> {
        self.fields.time(name)
    }

    /// A list of texts.
    pub fn list(&self, name: &str) -> Vec<String> {
        self.fields.list(name)
    }

    /// A list of texts, if it was sent.
    pub fn maybe_list(&self, name: &str) -> Option<Vec<String>> {
        self.has(name).then(|| self.list(name))
    }

    /// A list of integers.
    pub fn integers(&self, name: &str) -> Vec<i64> {
        self.fields.integers(name)
    }

    /// A map.
    pub fn map(&self, name: &str) -> Object {
        self.fields.map(name)
    }

    /// A map of texts.
    pub fn pairs(&self, name: &str) -> BTreeMap<String, String> {
        self.fields.pairs(name)
    }
}
