//! Go types as far as templates can see them.
//!
//! A template never names a type, but almost every error text does, and the rules for arguments, comparison and
//! field access depend on them. Types are `Copy` and refer to static data, so that function tables are constants.

use std::fmt;

use crate::function::Function;

/// A Go type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `interface {}`: takes every value, nil included.
    Any,
    /// `reflect.Value`: as [`Type::Any`], but the function sees an untyped nil as it is. Only built-ins use it.
    Reflect,
    /// `bool`.
    Bool,
    /// A signed integer type.
    Int(IntType),
    /// An unsigned integer type.
    Uint(UintType),
    /// `float64`.
    Float64,
    /// `complex128`.
    Complex128,
    /// `string`.
    String,
    /// `json.Number`, whose underlying kind is string.
    Number,
    /// A slice of the given element type.
    List(&'static Type),
    /// A map of the given key and element types.
    Map(&'static Type, &'static Type),
    /// A receive-only channel, which `loop` makes.
    Channel(&'static Type),
    /// A named type that is used by value: a struct, or a named basic type such as `time.Month`.
    Named(&'static Named),
    /// A pointer to a named type.
    Pointer(&'static Named),
}

/// A signed integer type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IntType {
    /// `int`, 64 bits wide.
    Int,
    /// `int8`.
    Int8,
    /// `int16`.
    Int16,
    /// `int32`.
    Int32,
    /// `int64`.
    Int64,
}

/// An unsigned integer type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UintType {
    /// `uint`, 64 bits wide.
    Uint,
    /// `uint8`.
    Uint8,
    /// `uint16`.
    Uint16,
    /// `uint32`.
    Uint32,
    /// `uint64`.
    Uint64,
}

/// A named Go type. Two are the same type when their names are.
pub struct Named {
    /// The name as Go prints it, with the package: `dependency.Secret`.
    pub name: &'static str,
    /// Whether the underlying kind is a struct; otherwise [`super::Object::underlying`] tells the kind.
    pub is_struct: bool,
    /// Exported fields of a struct, in order.
    pub fields: &'static [Field],
    /// Exported methods. Each takes the receiver as its first argument, which its parameters do not list.
    pub methods: &'static [Function],
}

/// An exported field of a struct.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The name in Go: `LeaseID`.
    pub name: &'static str,
    /// The static type, which decides what a nil in it is.
    pub of: Type,
}

impl Named {
    /// Position of the field of that name.
    pub fn field(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// The method of that name.
    pub fn method(&self, name: &str) -> Option<&'static Function> {
        self.methods.iter().find(|method| method.name == name)
    }
}

impl fmt::Debug for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for Named {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Named {}

/// Go's `reflect.Kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The zero `reflect.Value`: an untyped nil.
    Invalid,
    /// `bool`.
    Bool,
    /// Any signed integer.
    Int(IntType),
    /// Any unsigned integer.
    Uint(UintType),
    /// `float64`.
    Float64,
    /// `complex128`.
    Complex128,
    /// `string` and types made from it.
    String,
    /// A slice.
    Slice,
    /// A map.
    Map,
    /// A channel.
    Chan,
    /// A struct.
    Struct,
    /// A pointer.
    Ptr,
    /// An interface, which is nil whenever a [`super::Value`] shows it.
    Interface,
}

/// `[]interface {}`.
pub const ANY_LIST: Type = Type::List(&Type::Any);
/// `[]string`.
pub const STRING_LIST: Type = Type::List(&Type::String);
/// `[]int`.
pub const INT_LIST: Type = Type::List(&Type::Int(IntType::Int));
/// `map[string]interface {}`.
pub const ANY_MAP: Type = Type::Map(&Type::String, &Type::Any);
/// `map[string]string`.
pub const STRING_MAP: Type = Type::Map(&Type::String, &Type::String);
/// `map[interface {}]interface {}`, which `parseYAML` makes.
pub const YAML_MAP: Type = Type::Map(&Type::Any, &Type::Any);

impl Type {
    /// `int`.
    pub const INT: Type = Type::Int(IntType::Int);
    /// `int64`.
    pub const INT64: Type = Type::Int(IntType::Int64);
    /// `uint8`.
    pub const UINT8: Type = Type::Uint(UintType::Uint8);
    /// `uint32`.
    pub const UINT32: Type = Type::Uint(UintType::Uint32);
    /// `uint64`.
    pub const UINT64: Type = Type::Uint(UintType::Uint64);

    /// Whether nil is a value of this type.
    pub fn can_be_nil(self) -> bool {
        matches!(
            self,
            Type::Any | Type::Reflect | Type::List(_) | Type::Map(..) | Type::Channel(_) | Type::Pointer(_)
        )
    }

    /// Whether values of this type can be compared with `==`. An interface is judged by what it holds.
    pub fn is_comparable(self) -> bool {
        !matches!(self, Type::List(_) | Type::Map(..))
    }
}

impl IntType {
    /// The name in Go.
    pub fn name(self) -> &'static str {
        match self {
            IntType::Int => "int",
            IntType::Int8 => "int8",
            IntType::Int16 => "int16",
            IntType::Int32 => "int32",
            IntType::Int64 => "int64",
        }
    }
}

impl UintType {
    /// The name in Go.
    pub fn name(self) -> &'static str {
        match self {
            UintType::Uint => "uint",
            UintType::Uint8 => "uint8",
            UintType::Uint16 => "uint16",
            UintType::Uint32 => "uint32",
            UintType::Uint64 => "uint64",
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Any => f.write_str("interface {}"),
            Type::Reflect => f.write_str("reflect.Value"),
            Type::Bool => f.write_str("bool"),
            Type::Int(int) => f.write_str(int.name()),
            Type::Uint(uint) => f.write_str(uint.name()),
            Type::Float64 => f.write_str("float64"),
            Type::Complex128 => f.write_str("complex128"),
            Type::String => f.write_str("string"),
            Type::Number => f.write_str("json.Number"),
            Type::List(element) => write!(f, "[]{element}"),
            Type::Map(key, element) => write!(f, "map[{key}]{element}"),
            Type::Channel(element) => write!(f, "<-chan {element}"),
            Type::Named(named) => f.write_str(named.name),
            Type::Pointer(named) => write!(f, "*{}", named.name),
        }
    }
}

/// Go's name of the kind, as `reflect.Kind.String` gives it.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Invalid => "invalid",
            Kind::Bool => "bool",
            Kind::Int(int) => int.name(),
            Kind::Uint(uint) => uint.name(),
            Kind::Float64 => "float64",
            Kind::Complex128 => "complex128",
            Kind::String => "string",
            Kind::Slice => "slice",
            Kind::Map => "map",
            Kind::Chan => "chan",
            Kind::Struct => "struct",
            Kind::Ptr => "ptr",
            Kind::Interface => "interface",
        })
    }
}
