//! The syntax tree.

use crate::{Mistake, Span};

/// Which of its two spellings a document uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// HCL proper: labels follow the key, `listener "tcp" { … }`.
    Hcl,
    /// JSON: labels are nested keys, `{"listener": {"tcp": { … }}}`.
    Json,
}

/// A whole document.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The items at the top level.
    pub root: Object,
    /// Attributes that HCL's own spelling sets twice in one object with `=`; see [`crate::read`].
    pub duplicates: Vec<Mistake>,
}

/// A list of items between braces, or the whole document.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// The items in the order they were written; keys may repeat.
    pub items: Vec<Item>,
    /// From the opening to the closing brace.
    pub span: Span,
    /// The spelling of the document this object is part of.
    pub syntax: Syntax,
}

/// One attribute (`key = value`) or block (`key "label" { … }`).
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The key, then the labels of a block; never empty. In JSON there is always exactly one.
    pub keys: Vec<Key>,
    /// The value; an [`Object`] for a block.
    pub value: Value,
    /// Whether `=` (in JSON: `:`) stood between key and value.
    pub assigned: bool,
}

impl Item {
    /// The first key.
    #[must_use]
    pub fn name(&self) -> &str {
        self.keys.first().map_or("", |key| key.text.as_str())
    }

    /// From the first key to the end of the value.
    #[must_use]
    pub fn span(&self) -> Span {
        self.keys
            .first()
            .map_or(self.value.span, |key| key.span.to(self.value.span))
    }
}

/// A key or label; quotes and escapes are already taken off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The text.
    pub text: String,
    /// The place, quotes included.
    pub span: Span,
}

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// What it is.
    pub kind: ValueKind,
    /// Where it is.
    pub span: Span,
}

/// The kinds of values.
#[derive(Clone, Debug, PartialEq)]
pub enum ValueKind {
    /// JSON's `null`; HCL itself has none. Vault reads it as an empty string.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A quoted string or a heredoc.
    String(String),
    /// `[ … ]`.
    List(Vec<Value>),
    /// `{ … }`.
    Object(Object),
}

impl ValueKind {
    /// The kind in words, for messages.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            ValueKind::Null => "null",
            ValueKind::Bool(_) => "a boolean",
            ValueKind::Number(_) => "a number",
            ValueKind::String(_) => "a string",
            ValueKind::List(_) => "a list",
            ValueKind::Object(_) => "an object",
        }
    }
}

/// A number, with its text as written: where a string is wanted, `0644` means those four characters.
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    /// The text as written.
    pub text: String,
    pub(crate) integer: Option<i64>,
    pub(crate) float: f64,
}

impl Number {
    /// The value of a number written without fraction and exponent.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        self.integer
    }

    /// The nearest floating-point value.
    #[must_use]
    pub fn as_f64(&self) -> f64 {
        self.float
    }
}

impl Value {
    /// The text of a string or heredoc.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            ValueKind::String(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value of `true` or `false`.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self.kind {
            ValueKind::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The value of a number written without fraction and exponent.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match &self.kind {
            ValueKind::Number(number) => number.as_i64(),
            _ => None,
        }
    }

    /// The elements of a list.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Value]> {
        match &self.kind {
            ValueKind::List(values) => Some(values),
            _ => None,
        }
    }

    /// The object.
    #[must_use]
    pub fn as_object(&self) -> Option<&Object> {
        match &self.kind {
            ValueKind::Object(object) => Some(object),
            _ => None,
        }
    }
}

impl Object {
    /// The items with this key. Keys are compared without regard to case, as HCL 1 does.
    pub fn named<'a, 'n>(&'a self, name: &'n str) -> impl DoubleEndedIterator<Item = &'a Item> + use<'a, 'n> {
        self.items.iter().filter(move |item| same_key(item.name(), name))
    }

    /// The value last set for this key.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Value> {
        self.items
            .iter()
            .rfind(|item| same_key(item.name(), name))
            .map(|item| &item.value)
    }
}

/// Whether two keys are the same to HCL 1, which ignores case.
fn same_key(one: &str, other: &str) -> bool {
    one == other || one.to_lowercase() == other.to_lowercase()
}
