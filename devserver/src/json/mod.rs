//! JSON as the original server treats it: number texts are kept as they came, object members are sorted when written,
//! and syntax errors read like Go's.

mod reader;
mod writer;

pub use reader::{SyntaxError, parse};
pub use writer::write;

use std::collections::BTreeMap;
use std::fmt;

/// An object; Go writes maps sorted by key, and so does a `BTreeMap`.
pub type Object = BTreeMap<String, Value>;

/// Any JSON value.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Value {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, by its text.
    Number(Number),
    /// A string, unescaped.
    String(String),
    /// An array.
    Array(Vec<Value>),
    /// An object.
    Object(Object),
}

/// A number kept as the text it was written with, as Go's `json.Number`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number(String);

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

impl Value {
    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The integer of a number.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::Number(number) => number.as_i64(),
            _ => None,
        }
    }

    /// The truth value.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The elements of an array.
    pub fn as_array(&self) -> Option<&[Value]> {
        match self {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The members of an object.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Value::Object(members) => Some(members),
            _ => None,
        }
    }

    /// A member of an object.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_object()?.get(key)
    }

    /// The name of its type in Go, as the original's error texts have it.
    pub(crate) fn go_type(&self) -> &'static str {
        match self {
            Value::Null => "<nil>",
            Value::Bool(_) => "bool",
            Value::Number(_) => "json.Number",
            Value::String(_) => "string",
            Value::Array(_) => "[]interface {}",
            Value::Object(_) => "map[string]interface {}",
        }
    }

    /// The kind of its type in Go.
    pub(crate) fn go_kind(&self) -> &'static str {
        match self {
            Value::Array(_) => "slice",
            Value::Object(_) => "map",
            Value::Number(_) => "string",
            other => other.go_type(),
        }
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }
}

/// The value as compact JSON, escaped as Go's encoder escapes.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        write(self, &mut text);
        f.write_str(&text)
    }
}

macro_rules! from_integer {
    ($($kind:ty),*) => {$(
        impl From<$kind> for Value {
            fn from(value: $kind) -> Self {
                Value::Number(Number(value.to_string()))
            }
        }
    )*};
}
from_integer!(i32, i64, i128, u16, u32, u64, u128, usize);

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::String(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::String(value)
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Value::String(value.clone())
    }
}

impl From<Object> for Value {
    fn from(value: Object) -> Self {
        Value::Object(value)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(value: Vec<T>) -> Self {
        Value::Array(value.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Value> + Clone> From<&[T]> for Value {
    fn from(value: &[T]) -> Self {
        Value::Array(value.iter().cloned().map(Into::into).collect())
    }
}

/// `None` is `null`.
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

/// Builds an [`Object`]: `object! { "ttl" => 3600, "name" => name }`; each value is anything that converts to [`Value`].
#[macro_export]
macro_rules! object {
    ($($key:expr => $value:expr),* $(,)?) => {{
        #[allow(unused_mut, reason = "an empty object is never changed")]
        let mut object = $crate::json::Object::new();
        $(object.insert(String::from($key), $crate::json::Value::from($value));)*
        object
    }};
}
