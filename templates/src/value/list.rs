//! Slices.

use std::fmt;
use std::sync::Arc;

use super::{Type, UintType, Value, drop_deep, growth};

/// A Go slice: an element type and shared, immutable items. A nil slice and an empty one differ only where Go lets it
/// show (`toJSON` prints `null`, `%#v` prints `(nil)`).
#[derive(Clone)]
pub struct List {
    element: Type,
    items: Option<Arc<Items>>,
}

/// The array behind a slice, from the slice's first item on.
struct Items {
    /// What the array holds as far as it was ever set.
    values: Vec<Value>,
    /// How many of them the slice has.
    length: usize,
    /// How many the array has room for; those that were never set are zero.
    capacity: usize,
}

impl Drop for Items {
    fn drop(&mut self) {
        drop_deep(&mut self.values);
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
        let capacity = items.len();
        List::with_capacity(element, items, capacity)
    }

    /// A slice as Go has it after its items were appended one by one to an empty one that had room for some.
    pub(crate) fn appended(element: Type, items: Vec<Value>, room: usize) -> Self {
        let capacity = growth::appended(room, items.len(), element);
        List::with_capacity(element, items, capacity)
    }

    /// A slice with room for more items than it has.
    pub(crate) fn with_capacity(element: Type, items: Vec<Value>, capacity: usize) -> Self {
        let items = Items {
            length: items.len(),
            values: items,
            capacity,
        };
        List {
            element,
            items: Some(Arc::new(items)),
        }
    }

    /// The part from one index to another, with room up to a third, none of which is beyond the capacity. It has the
    /// same array in Go, so that items after its end can be had back.
    pub(crate) fn part(&self, from: usize, to: usize, most: usize) -> Self {
        let Some(items) = &self.items else {
            return self.clone();
        };
        let kept = from..most.min(items.values.len()).max(from);
        let mut values = items.values.get(kept).map(<[Value]>::to_vec).unwrap_or_default();
        let length = to - from;
        if values.len() < length {
            let zero = match self.element {
                Type::Any => Value::Nil,
                element => super::zero(element),
            };
            values.resize(length, zero);
        }
        List {
            element: self.element,
            items: Some(Arc::new(Items {
                values,
                length,
                capacity: most - from,
            })),
        }
    }

    /// Go's `cap`.
    pub(crate) fn capacity(&self) -> usize {
        self.items.as_ref().map_or(0, |items| items.capacity)
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
        self.items.as_ref().map_or(&[], |items| &items.values[..items.length])
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
            items.length = 0;
            into.append(&mut items.values);
        }
    }
}

impl fmt::Debug for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[]{}({} items)", self.element, self.len())
    }
}
