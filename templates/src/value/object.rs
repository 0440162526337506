//! Structs, pointers to them, and named basic types: the things that have fields and methods.

use std::any::Any;
use std::sync::Arc;

use super::{Named, Text, Type, Value};

/// A value of a named Go type, or a pointer to one.
///
/// Implement it for each type that a function hands to templates (`time.Time`, `*semver.Version`, …); the type's
/// fields and methods are listed in its static [`Named`].
pub trait Object: Send + Sync {
    /// The type.
    fn named(&self) -> &'static Named;

    /// Whether this is a pointer to the named type.
    fn is_pointer(&self) -> bool {
        false
    }

    /// The field at a position of [`Named::fields`]. A nil pointer is [`Value::Null`] with its type.
    fn field(&self, index: usize) -> Value {
        let _ = index;
        Value::Nil
    }

    /// Unexported fields with their names, which nothing but printing shows.
    fn hidden_fields(&self) -> Vec<(&'static str, Value)> {
        Vec::new()
    }

    /// For a named basic type (`time.Month`): the value without the name.
    fn underlying(&self) -> Option<Value> {
        None
    }

    /// What `String()` or `Error()` gives, if the type has it; `fmt` prints this.
    fn text(&self) -> Option<Text> {
        None
    }

    /// What `GoString()` gives, if the type has it; `%#v` prints this.
    fn go_syntax(&self) -> Option<Text> {
        None
    }

    /// Go's `==` with another value of the same type. Pointers are compared by identity before this is asked.
    fn equals(&self, other: &dyn Object) -> bool {
        let _ = other;
        false
    }

    /// For functions that take this type: downcast here.
    fn as_any(&self) -> &dyn Any;
}

/// The Go type of an object.
pub(crate) fn type_of(object: &dyn Object) -> Type {
    match object.is_pointer() {
        true => Type::Pointer(object.named()),
        false => Type::Named(object.named()),
    }
}

/// Go's `==` between two objects of one type.
pub(crate) fn same(one: &Arc<dyn Object>, two: &Arc<dyn Object>) -> bool {
    Arc::ptr_eq(one, two) || (!one.is_pointer() && one.equals(two.as_ref()))
}
