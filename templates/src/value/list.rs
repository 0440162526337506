//! Slices.

use std::fmt;
use std::sync::Arc;

use super::{Type, UintType, Value, drop_deep};

/// A Go slice: an element type and shared, immutable items. A nil slice and an empty one differ only where Go lets it
/// show (`toJSON` prints `null`, `%#v` prints `(nil)`).
#[derive(Clone)]
pub struct List {
    element: Type,
    items: Option<Arc<Items>>,
}

pub(super) struct Items(pub(super) Vec<Value>);

impl Drop for Items {
    fn drop(&mut self) {
        drop_deep(&mut self.0);
    }
}

impl List {
    /// `[]interface {}` of the items.
    pub fn any(items: Vec<Value>) -> Self {
        List::of(Type::Any, items)
    }

    /// `[]string` of the items.
    pub fn strings<T: Into<super::Text>>(items: impl IntoIterator<Item = T>) -> Self {
        List::of(
            Type::String,
            items.into_iter().map(|item| Value::String(item.into())).collect(),
        )
    }

    /// A slice whose items are of the element type; the caller sees to it that they are.
    pub fn of(element: Type, items: Vec<Value>) -> Self {
        List {
            element,
            items: Some(Arc::new(Items(items))),
        }
    }

    /// `[]uint8`.
    pub fn bytes(bytes: &[u8]) -> Self {
        let items = bytes.iter().map(|byte| Value::Uint(UintType::Uint8, u64::from(*byte)));
        List::of(Type::UINT8, items.collect())
    }

    /// The nil slice of an element type.
    pub fn nil(element: Type) -> Self {
        List { element, items: None }
    }

    /// Whether this is the nil slice.
    pub fn is_nil(&self) -> bool {
        self.items.is_none()
    }

    /// The static type of the items.
    pub fn element(&self) -> Type {
        self.element
    }

    /// The items. An untyped nil among them is [`Value::Nil`].
    pub fn items(&self) -> &[Value] {
        self.items.as_ref().map_or(&[], |items| &items.0)
    }

    /// Number of items.
    pub fn len(&self) -> usize {
        self.items().len()
    }

    /// Whether there are no items.
    pub fn is_empty(&self) -> bool {
        self.items().is_empty()
    }

    pub(super) fn take_unique(&mut self, into: &mut Vec<Value>) {
        if let Some(items) = self.items.as_mut().and_then(Arc::get_mut) {
            into.append(&mut items.0);
        }
    }
}

impl fmt::Debug for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[]{}({} items)", self.element, self.len())
    }
}
