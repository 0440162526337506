//! The shape of a patched pod: volumes, mounts, containers and their places. All of it works on raw JSON, so
//! that fields this program does not know survive.

mod aws;
mod container;
mod container_patch;
mod draft;
mod env;
mod go_container;
mod lifecycle;
mod operations;
mod position;
mod recipients;
mod repair;
mod shape;
mod volumes;

pub use container::Part;
pub use repair::repair;
pub use shape::patch;

use serde_json::Value;

/// The list at a JSON pointer; absent, null and anything else is empty.
fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The text at a JSON pointer; absent is empty.
fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
