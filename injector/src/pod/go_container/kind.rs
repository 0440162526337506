//! Go types, as far as a container needs them.

/// A type of a field.
pub(super) enum Kind {
    /// A string, with the name of its Go type.
    Text(&'static str),
    /// `bool`
    Bool,
    /// `int32` or `int64`
    Integer {
        /// The name of the Go type.
        name: &'static str,
        /// The largest number it holds.
        most: i64,
    },
    /// A port by number or name.
    Port {
        /// The largest number it holds.
        most: i64,
    },
    /// `resource.Quantity`
    Quantity,
    /// Quantities by resource.
    Amounts,
    /// A list of one type.
    List(&'static Kind),
    /// Named fields.
    Struct(&'static Struct),
}

/// When Go writes a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// Always, empty if need be.
    Always,
    /// Unless it is empty.
    Filled,
    /// If it is there, even empty.
    Pointer,
}

/// A field of a struct.
pub(super) struct Field {
    pub name: &'static str,
    pub kind: Kind,
    pub presence: Presence,
}

/// A Go struct, with the fields of those it embeds.
pub(super) struct Struct {
    pub name: &'static str,
    pub fields: &'static [Field],
}

impl Kind {
    /// The Go type as error messages write it.
    pub fn go_name(&self) -> String {
        match self {
            Kind::Text(name) | Kind::Integer { name, .. } => (*name).to_owned(),
            Kind::Bool => "bool".to_owned(),
            Kind::Port { .. } => "int32".to_owned(),
            Kind::Quantity => "resource.Quantity".to_owned(),
            Kind::Amounts => "v1.ResourceList".to_owned(),
            Kind::List(item) => format!("[]{}", item.go_name()),
            Kind::Struct(shape) => format!("v1.{}", shape.name),
        }
    }
}
