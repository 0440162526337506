//! What was stripped from a container, put back without touching what is there.

use serde_json::{Map, Value};

use crate::pod::draft::{Draft, pointer};
use crate::pod::list;

/// The container with what was stripped from it: fields, and entries of the lists others add to.
pub(super) fn restored(present: &Value, expected: &Value) -> Value {
    let mut whole = present.clone();
    let Some(members) = whole.as_object_mut() else {
        return whole;
    };
    for (field, value) in expected.as_object().into_iter().flatten() {
        let there = members.get(field).filter(|there| !there.is_null());
        match (field.as_str(), there) {
            ("env" | "volumeMounts", there) => {
                let entries = value.as_array().map_or(&[][..], Vec::as_slice);
                members.insert(field.clone(), completed(there, entries, field));
            }
            (_, None) if !is_empty(value) => {
                members.insert(field.clone(), value.clone());
            }
            _ => {}
        }
    }
    whole
}

/// The API server may leave empty objects out.
fn is_empty(value: &Value) -> bool {
    value.as_object().is_some_and(Map::is_empty)
}

/// A list with the entries that are missing from it.
pub(super) fn completed(present: Option<&Value>, wanted: &[Value], field: &str) -> Value {
    let mut entries = present.and_then(Value::as_array).cloned().unwrap_or_default();
    for entry in wanted {
        if !entries.iter().any(|other| same(other, entry, field)) {
            entries.push(entry.clone());
        }
    }
    Value::Array(entries)
}

/// Whether a container's list has an entry.
pub(super) fn has(container: &Value, field: &str, entry: &Value) -> bool {
    list(container, &format!("/{field}"))
        .iter()
        .any(|other| same(other, entry, field))
}

/// Whether two entries of a list are the same thing: variables by name, mounts by volume and path.
fn same(one: &Value, other: &Value, field: &str) -> bool {
    one["name"] == other["name"] && (field == "env" || one["mountPath"] == other["mountPath"])
}

/// Sets a field of a container where it is not like that already.
pub(super) fn set_field(
    draft: &mut Draft<'_>,
    (name, at): (&str, usize),
    container: &Value,
    field: &str,
    value: &Value,
) {
    if container.get(field) != Some(value) {
        draft.set(pointer(["spec", name, &at.to_string(), field]), value.clone());
    }
}
