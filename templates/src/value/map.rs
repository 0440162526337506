//! Maps.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::order::Key;
use super::{Text, Type, Value, drop_deep};

/// A Go map: a reference to entries that every copy shares, iterated in the order Go sorts keys for printing.
#[derive(Clone)]
pub struct Map {
    key: Type,
    element: Type,
    entries: Option<Arc<Shared>>,
}

struct Shared(RwLock<Entries>);

enum Entries {
    Strings(BTreeMap<Text, Value>),
    Mixed(BTreeMap<Key, Value>),
}

impl Drop for Shared {
    fn drop(&mut self) {
        let mut values = Vec::new();
        self.0
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .take_values(&mut values);
        drop_deep(&mut values);
    }
}

impl Entries {
    fn take_values(&mut self, into: &mut Vec<Value>) {
        match self {
            Entries::Strings(entries) => into.extend(std::mem::take(entries).into_values()),
            Entries::Mixed(entries) => {
                for (key, value) in std::mem::take(entries) {
                    into.push(key.0);
                    into.push(value);
                }
            }
        }
    }
}

impl Map {
    /// `map[string]interface {}` of the entries; the last of equal keys wins.
    pub fn any<K: Into<Text>>(entries: impl IntoIterator<Item = (K, Value)>) -> Self {
        Map::with_strings(Type::Any, entries)
    }

    /// `map[string]string` of the entries; the last of equal keys wins.
    pub fn strings<K: Into<Text>, V: Into<Text>>(entries: impl IntoIterator<Item = (K, V)>) -> Self {
        Map::with_strings(
            Type::String,
            entries
                .into_iter()
                .map(|(key, value)| (key, Value::String(value.into()))),
        )
    }

    /// A map with string keys and a given element type; the caller sees to it that the values are of that type.
    pub fn with_strings<K: Into<Text>>(element: Type, entries: impl IntoIterator<Item = (K, Value)>) -> Self {
        let entries = entries.into_iter().map(|(key, value)| (key.into(), value)).collect();
        Map::of(Type::String, element, Entries::Strings(entries))
    }

    /// `map[interface {}]interface {}` of the entries; the last of equal keys wins.
    #[allow(clippy::mutable_key_type)] // A key is compared by its scalar value only, never by what it could hold.
    pub fn mixed(entries: impl IntoIterator<Item = (Value, Value)>) -> Self {
        let entries = entries.into_iter().map(|(key, value)| (Key(key), value)).collect();
        Map::of(Type::Any, Type::Any, Entries::Mixed(entries))
    }

    /// The nil map of the given key and element types: reads find nothing, inserting is refused.
    pub fn nil(key: Type, element: Type) -> Self {
        Map {
            key,
            element,
            entries: None,
        }
    }

    fn of(key: Type, element: Type, entries: Entries) -> Self {
        Map {
            key,
            element,
            entries: Some(Arc::new(Shared(RwLock::new(entries)))),
        }
    }

    /// Whether this is the nil map.
    pub fn is_nil(&self) -> bool {
        self.entries.is_none()
    }

    /// The static type of the keys.
    pub fn key(&self) -> Type {
        self.key
    }

    /// The static type of the values.
    pub fn element(&self) -> Type {
        self.element
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        match self.read().as_deref() {
            None => 0,
            Some(Entries::Strings(entries)) => entries.len(),
            Some(Entries::Mixed(entries)) => entries.len(),
        }
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value at a string key. A nil in the map is [`Value::Nil`].
    pub fn get(&self, key: &[u8]) -> Option<Value> {
        match self.read().as_deref()? {
            Entries::Strings(entries) => entries.get(key).cloned(),
            Entries::Mixed(entries) => entries.get(&Key(Value::String(Text::new(key)))).cloned(),
        }
    }

    /// The value at a key of any type; keys of different types are different.
    pub fn get_value(&self, key: &Value) -> Option<Value> {
        match (self.read().as_deref()?, key) {
            (Entries::Strings(entries), Value::String(key)) => entries.get(key.as_bytes()).cloned(),
            (Entries::Strings(_), _) => None,
            (Entries::Mixed(entries), key) => entries.get(&Key(key.clone())).cloned(),
        }
    }

    /// The entries in Go's printing order. A copy: the map may change while a template walks over it.
    pub fn entries(&self) -> Vec<(Value, Value)> {
        match self.read().as_deref() {
            None => Vec::new(),
            Some(Entries::Strings(entries)) => entries
                .iter()
                .map(|(key, value)| (Value::String(key.clone()), value.clone()))
                .collect(),
            Some(Entries::Mixed(entries)) => entries
                .iter()
                .map(|(key, value)| (key.0.clone(), value.clone()))
                .collect(),
        }
    }

    /// The entries of a map with string keys, sorted bytewise; nothing for a map with other keys.
    pub fn string_entries(&self) -> Vec<(Text, Value)> {
        match self.read().as_deref() {
            Some(Entries::Strings(entries)) => entries
                .iter()
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
            Some(Entries::Mixed(_)) | None => Vec::new(),
        }
    }

    /// Sets a string key and tells whether it could: a nil map takes nothing. For a map that a template can already
    /// reach, use [`crate::Call::insert`], which keeps a map that contains itself from being leaked.
    pub fn insert(&self, key: Text, value: Value) -> bool {
        match self.write().as_deref_mut() {
            None => return false,
            Some(Entries::Strings(entries)) => entries.insert(key, value),
            Some(Entries::Mixed(entries)) => entries.insert(Key(Value::String(key)), value),
        };
        true
    }

    /// Sets a key of any type in a map that nothing else can reach yet, and tells whether it could.
    pub(crate) fn insert_value(&self, key: Value, value: Value) -> bool {
        match (self.write().as_deref_mut(), key) {
            (Some(Entries::Strings(entries)), Value::String(key)) => entries.insert(key, value),
            (Some(Entries::Mixed(entries)), key) => entries.insert(Key(key), value),
            (Some(Entries::Strings(_)) | None, _) => return false,
        };
        true
    }

    /// Removes a string key.
    pub fn remove(&self, key: &[u8]) -> Option<Value> {
        match self.write().as_deref_mut()? {
            Entries::Strings(entries) => entries.remove(key),
            Entries::Mixed(entries) => entries.remove(&Key(Value::String(Text::new(key)))),
        }
    }

    /// Removes everything.
    pub fn clear(&self) {
        let mut values = Vec::new();
        if let Some(mut entries) = self.write() {
            entries.take_values(&mut values);
        }
        drop_deep(&mut values);
    }

    /// Whether both are the same map, not only equal ones.
    pub fn is_same(&self, other: &Map) -> bool {
        match (&self.entries, &other.entries) {
            (Some(one), Some(two)) => Arc::ptr_eq(one, two),
            _ => false,
        }
    }

    fn read(&self) -> Option<RwLockReadGuard<'_, Entries>> {
        let shared = self.entries.as_ref()?;
        Some(shared.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self) -> Option<RwLockWriteGuard<'_, Entries>> {
        let shared = self.entries.as_ref()?;
        Some(shared.0.write().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn take_unique(&mut self, into: &mut Vec<Value>) {
        if let Some(shared) = self.entries.as_mut().and_then(Arc::get_mut) {
            shared
                .0
                .get_mut()
                .unwrap_or_else(PoisonError::into_inner)
                .take_values(into);
        }
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "map[{}]{}({} entries)", self.key, self.element, self.len())
    }
}
