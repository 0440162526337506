//! The order in which Go's `fmt` and `range` visit the keys of a map.

use std::cmp::Ordering;

use super::Value;

/// A map key, ordered as `internal/fmtsort` does. Keys of different types in one map are grouped: nil, texts,
/// integers, floats, booleans, then the rest (Go leaves the order of the groups open; this one was observed).
#[derive(Clone, Debug)]
pub(super) struct Key(pub(super) Value);

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(&self.0, &other.0)
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Key {}

fn compare(one: &Value, two: &Value) -> Ordering {
    match (one, two) {
        (Value::String(a), Value::String(b)) | (Value::Number(a), Value::Number(b)) => a.cmp(b),
        (Value::Int(a, x), Value::Int(b, y)) => (a, x).cmp(&(b, y)),
        (Value::Uint(a, x), Value::Uint(b, y)) => (a, x).cmp(&(b, y)),
        (Value::Float(a), Value::Float(b)) => compare_floats(*a, *b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (a, b) => group(a).cmp(&group(b)),
    }
}

/// NaN comes first and equals itself, so that a map holds at most one.
fn compare_floats(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| b.is_nan().cmp(&a.is_nan()))
}

fn group(value: &Value) -> u8 {
    match value {
        Value::Nil | Value::Null(_) => 0,
        Value::String(_) => 1,
        Value::Number(_) => 2,
        Value::Int(..) => 3,
        Value::Uint(..) => 4,
        Value::Float(_) => 5,
        Value::Complex(..) => 6,
        Value::Bool(_) => 7,
        Value::List(_) | Value::Map(_) | Value::Object(_) | Value::Sequence(_) => 8,
    }
}
