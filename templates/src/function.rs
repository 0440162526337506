//! How functions are described, checked and called.
//!
//! A function is an entry of a static table: its name, its parameter types as Go declares them, its result type and a
//! Rust function. The engine does everything that Go's `text/template` does before the call (number of arguments,
//! assignability, literals that adapt to the parameter, the texts of all those errors), so a function may rely on
//! getting what it declared.
//!
//! ```
//! use coffret_templates::{Arguments, Call, Function, FunctionError, Type, Value};
//!
//! static TABLE: &[Function] = &[
//!     Function::new("trimPrefix", &[Type::String, Type::String], Type::String, trim_prefix),
//!     Function::variadic("sprig_list", &[Type::Any], coffret_templates::ANY_LIST, list),
//! ];
//!
//! fn trim_prefix(_: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Value, FunctionError> {
//!     let (prefix, text) = (arguments.text(0)?, arguments.text(1)?);
//!     let rest = text.as_bytes().strip_prefix(prefix.as_bytes()).unwrap_or(text.as_bytes());
//!     Ok(Value::string(rest))
//! }
//!
//! fn list(_: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Value, FunctionError> {
//!     Ok(Value::List(coffret_templates::List::any(arguments.all().to_vec())))
//! }
//! ```
//!
//! Rules for those who write functions:
//! * Return `Err("text".into())` where Go returns an error *or panics*; the template sees
//!   `error calling NAME: text` either way.
//! * A result that can be larger than the arguments (`repeat`, `until`, `indent`, …) is announced by
//!   [`Call::reserve`] **before** it is built; a walk over nested data calls [`Call::step`] per item and goes no deeper
//!   than [`Call::nesting`] levels. Then nothing can exhaust the process.
//! * A map that a template can reach is changed only by [`Call::insert`].
//! * Clock, randomness, environment, files: only through [`Call::source`].

use std::fmt;

use crate::call::Call;
use crate::error::Limit;
use crate::value::{List, Map, Text, Type, Value};

/// The Rust function behind a [`Function`].
pub type Body = fn(&mut Call<'_>, Arguments<'_>) -> Result<Value, FunctionError>;

/// A function or method that templates can call.
#[derive(Clone, Copy)]
pub struct Function {
    /// The name in templates.
    pub name: &'static str,
    /// Parameter types, in order. Of a variadic function the last is the type of one further argument.
    pub parameters: &'static [Type],
    /// Whether the last parameter takes any number of arguments, none included.
    pub variadic: bool,
    /// The static result type, which decides what a returned [`Value::Nil`] is.
    pub result: Type,
    /// What it does.
    pub body: Body,
}

impl Function {
    /// A function with a fixed number of arguments.
    pub const fn new(name: &'static str, parameters: &'static [Type], result: Type, body: Body) -> Self {
        Function {
            name,
            parameters,
            variadic: false,
            result,
            body,
        }
    }

    /// A function whose last parameter takes any number of arguments.
    pub const fn variadic(name: &'static str, parameters: &'static [Type], result: Type, body: Body) -> Self {
        Function {
            name,
            parameters,
            variadic: true,
            result,
            body,
        }
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({:?}) {}", self.name, self.parameters, self.result)
    }
}

/// Why a function failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FunctionError {
    /// Go's error text, which may be any bytes.
    Failed(Vec<u8>),
    /// Go refuses to call a function with results like these; its text stands for itself.
    Signature(&'static str),
    /// One of the engine's limits was exceeded.
    Limit(Limit),
}

impl From<&str> for FunctionError {
    fn from(text: &str) -> Self {
        FunctionError::Failed(text.into())
    }
}

impl From<String> for FunctionError {
    fn from(text: String) -> Self {
        FunctionError::Failed(text.into())
    }
}

impl From<Vec<u8>> for FunctionError {
    fn from(text: Vec<u8>) -> Self {
        FunctionError::Failed(text)
    }
}

impl From<Limit> for FunctionError {
    fn from(limit: Limit) -> Self {
        FunctionError::Limit(limit)
    }
}

/// The checked arguments of a call. For a method, argument 0 is the receiver.
///
/// The typed getters fail only when the table entry does not declare what the function asks for.
#[derive(Clone, Copy)]
pub struct Arguments<'a>(&'a [Value]);

impl<'a> Arguments<'a> {
    /// Wraps values that have been checked against the parameters.
    pub fn new(values: &'a [Value]) -> Self {
        Arguments(values)
    }

    /// Number of arguments.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no arguments.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub fn all(&self) -> &'a [Value] {
        self.0
    }

    /// Those from a position on: the variadic ones.
    pub fn rest(&self, from: usize) -> &'a [Value] {
        self.0.get(from..).unwrap_or(&[])
    }

    /// Any argument.
    pub fn value(&self, index: usize) -> Result<&'a Value, FunctionError> {
        self.0.get(index).ok_or_else(|| mismatch(index, "value"))
    }

    /// A `string` or `json.Number`.
    pub fn text(&self, index: usize) -> Result<&'a Text, FunctionError> {
        self.value(index)?.as_text().ok_or_else(|| mismatch(index, "string"))
    }

    /// A `string` as UTF-8, with U+FFFD in place of what is not.
    pub fn str_lossy(&self, index: usize) -> Result<std::borrow::Cow<'a, str>, FunctionError> {
        Ok(self.text(index)?.to_str_lossy())
    }

    /// A signed integer.
    pub fn int(&self, index: usize) -> Result<i64, FunctionError> {
        match self.value(index)? {
            Value::Int(_, number) => Ok(*number),
            _ => Err(mismatch(index, "int")),
        }
    }

    /// An unsigned integer.
    pub fn uint(&self, index: usize) -> Result<u64, FunctionError> {
        match self.value(index)? {
            Value::Uint(_, number) => Ok(*number),
            _ => Err(mismatch(index, "uint")),
        }
    }

    /// A `float64`.
    pub fn float(&self, index: usize) -> Result<f64, FunctionError> {
        match self.value(index)? {
            Value::Float(number) => Ok(*number),
            _ => Err(mismatch(index, "float64")),
        }
    }

    /// A `bool`.
    pub fn bool(&self, index: usize) -> Result<bool, FunctionError> {
        match self.value(index)? {
            Value::Bool(truth) => Ok(*truth),
            _ => Err(mismatch(index, "bool")),
        }
    }

    /// A slice.
    pub fn list(&self, index: usize) -> Result<&'a List, FunctionError> {
        match self.value(index)? {
            Value::List(list) => Ok(list),
            _ => Err(mismatch(index, "slice")),
        }
    }

    /// A map.
    pub fn map(&self, index: usize) -> Result<&'a Map, FunctionError> {
        match self.value(index)? {
            Value::Map(map) => Ok(map),
            _ => Err(mismatch(index, "map")),
        }
    }

    /// An object of a Rust type: a receiver, or a parameter of a named type.
    pub fn object<T: 'static>(&self, index: usize) -> Result<&'a T, FunctionError> {
        match self.value(index)? {
            Value::Object(object) => object.as_any().downcast_ref().ok_or_else(|| mismatch(index, "object")),
            _ => Err(mismatch(index, "object")),
        }
    }
}

fn mismatch(index: usize, wanted: &str) -> FunctionError {
    format!("argument {index} is not declared as {wanted}").into()
}
