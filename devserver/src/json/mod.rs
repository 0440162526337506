//! JSON as the original server treats it: number texts are kept as they came, object members are sorted when written,
//! and syntax errors read like Go's.

mod deep;
mod number;
mod reader;
mod scalar;
mod syntax;
mod writer;

pub use deep::Deep;
pub use number::Number;
pub use reader::{Limits, parse, parse_limited};
pub use syntax::SyntaxError;
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
    /// An array or object that is nested too deep to be looked into.
    Deep(Deep),
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
            Value::Deep(deep) if deep.is_array() => "[]interface {}",
            Value::Object(_) | Value::Deep(_) => "map[string]interface {}",
        }
    }

    /// The kind of its type in Go.
    pub(crate) fn go_kind(&self) -> &'static str {
        match self {
            Value::Array(_) => "slice",
            Value::Deep(deep) if deep.is_array() => "slice",
            Value::Object(_) | Value::Deep(_) => "map",
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
