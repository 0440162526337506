//! Go values as templates see them.

pub(crate) mod growth;
mod list;
mod map;
mod number;
mod object;
mod order;
mod sequence;
mod text;
mod types;

use std::fmt;
use std::sync::Arc;

pub use list::List;
pub use map::Map;
pub(crate) use number::NUMBER_METHODS;
pub use object::Object;
pub(crate) use object::same as same_object;
pub use sequence::Sequence;
pub use text::Text;
pub use types::{
    ANY_LIST, ANY_MAP, Field, INT_LIST, IntType, Kind, Named, STRING_LIST, STRING_MAP, Type, UintType, YAML_MAP,
};

/// A Go value with its dynamic type. Cloning is cheap: whatever has a size is shared.
#[derive(Clone)]
pub enum Value {
    /// An untyped nil: what a template starts with as its dot, and a nil item inside a list or a map.
    Nil,
    /// A nil with a static type: `interface {}` ([`Type::Any`]) for a nil or missing item that was taken out of a
    /// list or a map, or a pointer type. Nil lists and maps are [`Value::List`] and [`Value::Map`].
    Null(Type),
    /// `bool`.
    Bool(bool),
    /// A signed integer.
    Int(IntType, i64),
    /// An unsigned integer.
    Uint(UintType, u64),
    /// `float64`.
    Float(f64),
    /// `complex128`: real and imaginary part.
    Complex(f64, f64),
    /// `string`.
    String(Text),
    /// `json.Number`: a number of a secret, kept as its text.
    Number(Text),
    /// A slice.
    List(List),
    /// A map.
    Map(Map),
    /// A struct, a pointer to one, or a named basic type.
    Object(Arc<dyn Object>),
    /// A channel of numbers.
    Sequence(Sequence),
}

impl Value {
    /// An `int`.
    pub fn int(number: i64) -> Value {
        Value::Int(IntType::Int, number)
    }

    /// An `int64`.
    pub fn int64(number: i64) -> Value {
        Value::Int(IntType::Int64, number)
    }

    /// A `uint64`.
    pub fn uint64(number: u64) -> Value {
        Value::Uint(UintType::Uint64, number)
    }

    /// A `string`.
    pub fn string(text: impl Into<Text>) -> Value {
        Value::String(text.into())
    }

    /// A struct, pointer or named basic value.
    pub fn object(object: impl Object + 'static) -> Value {
        Value::Object(Arc::new(object))
    }

    /// Whether it is nothing at all, or a null of no type: what Go prints as `<no value>`.
    pub(crate) fn is_untyped_nil(&self) -> bool {
        matches!(self, Value::Nil | Value::Null(Type::Any))
    }

    /// The dynamic type; none for an untyped nil.
    pub fn type_of(&self) -> Option<Type> {
        Some(match self {
            Value::Nil => return None,
            Value::Null(of) => *of,
            Value::Bool(_) => Type::Bool,
            Value::Int(int, _) => Type::Int(*int),
            Value::Uint(uint, _) => Type::Uint(*uint),
            Value::Float(_) => Type::Float64,
            Value::Complex(..) => Type::Complex128,
            Value::String(_) => Type::String,
            Value::Number(_) => Type::Number,
            Value::List(list) => list_type(list.element()),
            Value::Map(map) => map_type(map),
            Value::Object(object) => object::type_of(object.as_ref()),
            Value::Sequence(_) => Type::Channel(&Type::INT64),
        })
    }

    /// The kind in the sense of Go's `reflect`.
    pub fn kind(&self) -> Kind {
        match self {
            Value::Nil => Kind::Invalid,
            Value::Null(Type::Pointer(_)) => Kind::Ptr,
            Value::Null(_) => Kind::Interface,
            Value::Bool(_) => Kind::Bool,
            Value::Int(int, _) => Kind::Int(*int),
            Value::Uint(uint, _) => Kind::Uint(*uint),
            Value::Float(_) => Kind::Float64,
            Value::Complex(..) => Kind::Complex128,
            Value::String(_) | Value::Number(_) => Kind::String,
            Value::List(_) => Kind::Slice,
            Value::Map(_) => Kind::Map,
            Value::Object(object) if object.is_pointer() => Kind::Ptr,
            Value::Object(object) => object.underlying().map_or(Kind::Struct, |value| value.kind()),
            Value::Sequence(_) => Kind::Chan,
        }
    }

    /// The bytes of a value whose kind is string, `json.Number` included.
    pub fn as_text(&self) -> Option<&Text> {
        match self {
            Value::String(text) | Value::Number(text) => Some(text),
            _ => None,
        }
    }

    /// Whether this is nil of any type.
    pub fn is_nil(&self) -> bool {
        match self {
            Value::Nil | Value::Null(_) => true,
            Value::List(list) => list.is_nil(),
            Value::Map(map) => map.is_nil(),
            _ => false,
        }
    }

    /// Go's truth: false are nil, false, zero, and empty texts, lists and maps. A struct is true.
    pub fn is_true(&self) -> bool {
        match self {
            Value::Nil | Value::Null(_) => false,
            Value::Bool(truth) => *truth,
            Value::Int(_, number) => *number != 0,
            Value::Uint(_, number) => *number != 0,
            Value::Float(number) => *number != 0.0,
            Value::Complex(real, imaginary) => *real != 0.0 || *imaginary != 0.0,
            Value::String(text) | Value::Number(text) => !text.is_empty(),
            Value::List(list) => !list.is_empty(),
            Value::Map(map) => !map.is_empty(),
            Value::Object(object) if object.is_pointer() => true,
            Value::Object(object) => object.underlying().is_none_or(|value| value.is_true()),
            Value::Sequence(_) => true,
        }
    }

    /// A value taken out of a place of a static type: an untyped nil becomes the nil of that type.
    pub(crate) fn taken_from(self, place: Type) -> Value {
        match self {
            Value::Nil => zero(place),
            value => value,
        }
    }
}

/// Go's zero value of a type.
pub(crate) fn zero(of: Type) -> Value {
    match of {
        Type::Reflect => Value::Nil,
        Type::Bool => Value::Bool(false),
        Type::Int(int) => Value::Int(int, 0),
        Type::Uint(uint) => Value::Uint(uint, 0),
        Type::Float64 => Value::Float(0.0),
        Type::Complex128 => Value::Complex(0.0, 0.0),
        Type::String => Value::string(""),
        Type::Number => Value::Number(Text::from("")),
        Type::List(element) => Value::List(List::nil(*element)),
        Type::Map(key, element) => Value::Map(Map::nil(*key, *element)),
        Type::Any | Type::Channel(_) | Type::Named(_) | Type::Pointer(_) => Value::Null(of),
    }
}

/// The type of a list with these elements. Types refer to static data, so each nesting that occurs is written here.
fn list_type(element: Type) -> Type {
    match element {
        Type::String => STRING_LIST,
        Type::Int(IntType::Int) => INT_LIST,
        Type::Uint(UintType::Uint8) => Type::List(&Type::UINT8),
        Type::List(_) => Type::List(&ANY_LIST),
        Type::Map(..) => Type::List(&ANY_MAP),
        _ => ANY_LIST,
    }
}

fn map_type(map: &Map) -> Type {
    match (map.key(), map.element()) {
        (Type::String, Type::String) => STRING_MAP,
        (Type::String, _) => ANY_MAP,
        _ => YAML_MAP,
    }
}

/// Empties a list of values without recursion, so that no depth of nesting can overflow the stack.
fn drop_deep(values: &mut Vec<Value>) {
    let mut queue = std::mem::take(values);
    while let Some(mut value) = queue.pop() {
        match &mut value {
            Value::List(list) => list.take_unique(&mut queue),
            Value::Map(map) => map.take_unique(&mut queue),
            _ => {}
        }
    }
}

/// Shows the type and size only: a value may be a secret.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Nil => f.write_str("nil"),
            Value::List(list) => list.fmt(f),
            Value::Map(map) => map.fmt(f),
            Value::String(text) | Value::Number(text) => text.fmt(f),
            other => other.type_of().unwrap_or(Type::Any).fmt(f),
        }
    }
}
