//! Typed fields of a route, with the weak conversions of the original: `"5"` is an integer, `1` is true, `"a,b"` a list.

use super::conversion::{check, to_bool, to_int, to_integers, to_list, to_map, to_pairs, to_text, to_time};
use crate::duration;
use crate::json::{Object, Value};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// A field of a route.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// What it is when it was not sent; null for the type's zero.
    pub default: Value,
    /// For the help.
    pub help: &'static str,
}

/// Types of fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    Text,
    /// A string in lower case.
    LowerText,
    /// An integer.
    Integer,
    /// A number.
    Float,
    /// A boolean.
    Boolean,
    /// An object.
    Map,
    /// An object of strings, or a list of `key=value`.
    Pairs,
    /// A span of time: seconds, or `1h30m`; not negative.
    Seconds,
    /// The same, also negative.
    SignedSeconds,
    /// A moment: RFC 3339, or seconds since 1970.
    Time,
    /// Any list.
    List,
    /// A list of strings.
    TextList,
    /// A list of strings, or one string with commas.
    CommaList,
    /// A list of integers, or one string of them with commas.
    IntegerList,
}

impl Kind {
    /// The type's name in help texts.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Text => "string",
            Kind::LowerText => "lowercase string",
            Kind::Integer => "int",
            Kind::Float => "float",
            Kind::Boolean => "bool",
            Kind::Map => "map",
            Kind::Pairs => "keypair",
            Kind::Seconds | Kind::SignedSeconds => "duration (sec)",
            Kind::Time => "time",
            Kind::List | Kind::TextList | Kind::CommaList | Kind::IntegerList => "slice",
        }
    }
}

macro_rules! constructors {
    ($($(#[$doc:meta])* $name:ident => $kind:ident;)*) => {$(
        $(#[$doc])*
        pub const fn $name(name: &'static str) -> Field {
            Field { name, kind: Kind::$kind, default: Value::Null, help: "" }
        }
    )*};
}

constructors! {
    /// A string field.
    text => Text;
    /// A string field that is lowered.
    lower_text => LowerText;
    /// An integer field.
    integer => Integer;
    /// A number field.
    float => Float;
    /// A boolean field.
    boolean => Boolean;
    /// An object field.
    map => Map;
    /// A field of keys and values.
    pairs => Pairs;
    /// A time span field.
    seconds => Seconds;
    /// A time span field that may be negative.
    signed_seconds => SignedSeconds;
    /// A field of a moment.
    time => Time;
    /// A list field.
    list => List;
    /// A field with a list of strings.
    text_list => TextList;
    /// A field with a list of strings, or a string with commas.
    comma_list => CommaList;
    /// A field with a list of integers, or a string of them with commas.
    integer_list => IntegerList;
}

impl Field {
    /// Sets what the field is when it was not sent.
    #[must_use]
    pub fn or(mut self, default: impl Into<Value>) -> Self {
        self.default = default.into();
        self
    }

    /// Sets the help text.
    #[must_use]
    pub const fn help(mut self, help: &'static str) -> Self {
        self.help = help;
        self
    }
}

/// The values of one call.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'a> {
    schema: &'a [Field],
    data: &'a Object,
    captures: BTreeMap<String, Value>,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(schema: &'a [Field], data: &'a Object, captures: &BTreeMap<String, String>) -> Self {
        let captures = captures
            .iter()
            .map(|(key, text)| (key.clone(), Value::from(text)))
            .collect();
        Self { schema, data, captures }
    }

    /// What was sent; the path wins over the body.
    pub(crate) fn raw(&self, name: &str) -> Option<&Value> {
        self.captures.get(name).or_else(|| self.data.get(name))
    }

    /// Whether it was sent. A null is the zero of its type, and counts as sent; only as a time or a span of time it does not.
    pub(crate) fn sent(&self, name: &str) -> bool {
        let span = || {
            self.field(name)
                .is_some_and(|field| matches!(field.kind, Kind::Seconds | Kind::SignedSeconds | Kind::Time))
        };
        self.raw(name).is_some_and(|value| !value.is_null() || !span())
    }

    pub(crate) fn declares(&self, name: &str) -> bool {
        self.schema.iter().any(|field| field.name == name)
    }

    fn field(&self, name: &str) -> Option<&Field> {
        let field = self.schema.iter().find(|field| field.name == name);
        debug_assert!(field.is_some(), "field {name} is not declared");
        field
    }

    /// What was sent, else the default.
    fn value(&self, name: &str) -> Option<&Value> {
        match self.sent(name) {
            true => self.raw(name),
            false => self.field(name).map(|field| &field.default),
        }
    }

    /// Checks that every declared field that was sent can be converted.
    pub(crate) fn validate(&self) -> Result<(), String> {
        for field in self.schema {
            let Some(value) = self.raw(field.name).filter(|value| !value.is_null()) else {
                continue;
            };
            check(field.kind, value)
                .map_err(|text| format!("error converting input for field {:?}: {text}", field.name))?;
        }
        Ok(())
    }

    pub(crate) fn string(&self, name: &str) -> String {
        let text = self
            .value(name)
            .and_then(|value| to_text(value).ok())
            .unwrap_or_default();
        match self.field(name).map(|field| field.kind) {
            Some(Kind::LowerText) => text.to_lowercase(),
            _ => text,
        }
    }

    pub(crate) fn int(&self, name: &str) -> i64 {
        self.value(name)
            .and_then(|value| to_int(value).ok())
            .unwrap_or_default()
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.value(name)
            .and_then(|value| to_bool(value).ok())
            .unwrap_or_default()
    }

    pub(crate) fn seconds(&self, name: &str) -> i64 {
        self.value(name)
            .and_then(|value| duration::from_json(value).ok())
            .unwrap_or_default()
    }

    pub(crate) fn time(&self, name: &str) -> Option<Timestamp> {
        self.value(name)
            .filter(|value| !value.is_null())
            .and_then(|value| to_time(value).ok())
    }

    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        let split = self.field(name).is_some_and(|field| field.kind == Kind::CommaList);
        self.value(name)
            .and_then(|value| to_list(value, split).ok())
            .unwrap_or_default()
    }

    pub(crate) fn integers(&self, name: &str) -> Vec<i64> {
        self.value(name)
            .and_then(|value| to_integers(value).ok())
            .unwrap_or_default()
    }

    pub(crate) fn map(&self, name: &str) -> Object {
        self.value(name)
            .and_then(|value| to_map(value).ok())
            .unwrap_or_default()
    }

    pub(crate) fn pairs(&self, name: &str) -> BTreeMap<String, String> {
        self.value(name)
            .and_then(|value| to_pairs(value).ok())
            .unwrap_or_default()
    }
}
