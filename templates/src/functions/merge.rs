//! Merging maps as `dario.cat/mergo` does it for `mergeMap` and sprig's `merge`.

use crate::function::FunctionError;
use crate::{Call, Limit, List, Map, Text, Type, Value};

/// Merges a source into a destination, which is changed and returned: keys that are missing or empty there are set;
/// with `overwrite` all are. Maps inside are merged, lists replaced.
pub(super) fn merge(
    call: &mut Call<'_>,
    destination: &Map,
    source: &Map,
    overwrite: bool,
) -> Result<Map, FunctionError> {
    let destination = match destination.is_nil() && !source.is_nil() {
        true => Map::any(Vec::<(Text, Value)>::new()),
        false => destination.clone(),
    };
    merge_into(call, &destination, source, overwrite, 0)?;
    Ok(destination)
}

fn merge_into(
    call: &mut Call<'_>,
    destination: &Map,
    source: &Map,
    overwrite: bool,
    depth: usize,
) -> Result<(), FunctionError> {
    if depth > call.nesting() {
        return Err(Limit::Nesting(call.nesting()).into());
    }
    for (key, value) in source.string_entries() {
        call.step(1)?;
        let known = destination.get(key.as_bytes()).unwrap_or(Value::Nil);
        match (&known, &value) {
            (_, Value::Nil | Value::Null(Type::Any)) => {
                if overwrite {
                    call.insert(destination, key, Value::Nil);
                }
                continue;
            }
            (Value::Map(known), Value::Map(value)) if !known.is_nil() => {
                merge_into(call, known, value, overwrite, depth + 1)?;
            }
            (_, Value::List(_)) => merge_list(call, destination, &key, &known, &value, overwrite),
            _ => (),
        }
        if !is_empty(&known) && (matches!(value, Value::List(_)) || both_maps(&known, &value)) {
            continue;
        }
        if overwrite || is_empty(&known) {
            call.insert(destination, key, value);
        }
    }
    Ok(())
}

/// A list takes the place of what is there when it overwrites or the whole destination is empty.
fn merge_list(call: &mut Call<'_>, destination: &Map, key: &Text, known: &Value, value: &Value, overwrite: bool) {
    let merged = match known {
        _ if overwrite || destination.is_empty() => value.clone(),
        Value::Nil | Value::Null(_) => Value::List(List::any(Vec::new())),
        known => known.clone(),
    };
    call.insert(destination, key.clone(), merged);
}

fn both_maps(one: &Value, two: &Value) -> bool {
    matches!((one, two), (Value::Map(_), Value::Map(_)))
}

/// Zero values of all kinds, nil included. A struct is never empty.
fn is_empty(value: &Value) -> bool {
    !value.is_true()
}
