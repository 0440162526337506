//! Comparing and copying nested values.

use crate::function::FunctionError;
use crate::value::same_object;
use crate::{Call, Limit, List, Map, Value};

/// Go's `reflect.DeepEqual`: types must be the same, NaN equals nothing, a nil list is not an empty one.
pub(super) fn deep_equal(call: &mut Call<'_>, one: &Value, two: &Value) -> Result<bool, FunctionError> {
    equal(call, one, two, 0)
}

fn equal(call: &mut Call<'_>, one: &Value, two: &Value, depth: usize) -> Result<bool, FunctionError> {
    call.step(1)?;
    if depth > call.nesting() {
        return Err(Limit::Nesting(call.nesting()).into());
    }
    Ok(match (one, two) {
        (Value::Nil, Value::Nil) => true,
        (one, two) if one.type_of() != two.type_of() => false,
        (Value::Null(_), Value::Null(_)) => true,
        (Value::Bool(one), Value::Bool(two)) => one == two,
        (Value::Int(_, one), Value::Int(_, two)) => one == two,
        (Value::Uint(_, one), Value::Uint(_, two)) => one == two,
        (Value::Float(one), Value::Float(two)) => one == two,
        (Value::Complex(a, b), Value::Complex(c, d)) => a == c && b == d,
        (Value::String(one) | Value::Number(one), Value::String(two) | Value::Number(two)) => one == two,
        (Value::List(one), Value::List(two)) => lists_equal(call, one, two, depth)?,
        (Value::Map(one), Value::Map(two)) => maps_equal(call, one, two, depth)?,
        (Value::Object(one), Value::Object(two)) => {
            same_object(one, two) || (one.is_pointer() && one.text().is_some() && one.text() == two.text())
        }
        _ => false,
    })
}

fn lists_equal(call: &mut Call<'_>, one: &List, two: &List, depth: usize) -> Result<bool, FunctionError> {
    if one.is_nil() != two.is_nil() || one.len() != two.len() {
        return Ok(false);
    }
    for (one, two) in one.items().iter().zip(two.items()) {
        if !equal(call, one, two, depth + 1)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn maps_equal(call: &mut Call<'_>, one: &Map, two: &Map, depth: usize) -> Result<bool, FunctionError> {
    if one.is_nil() != two.is_nil() || one.len() != two.len() {
        return Ok(false);
    }
    if one.is_same(two) {
        return Ok(true);
    }
    for (key, value) in one.entries() {
        match two.get_value(&key) {
            Some(other) if equal(call, &value, &other, depth + 1)? => (),
            _ => return Ok(false),
        }
    }
    Ok(true)
}

/// A copy that shares no map with the original.
pub(super) fn deep_copy(call: &mut Call<'_>, value: &Value, depth: usize) -> Result<Value, FunctionError> {
    call.step(1)?;
    if depth > call.nesting() {
        return Err(Limit::Nesting(call.nesting()).into());
    }
    match value {
        Value::List(list) if !list.is_nil() => {
            call.reserve(list.len() * size_of::<Value>())?;
            let items: Result<Vec<Value>, _> = list
                .items()
                .iter()
                .map(|item| deep_copy(call, item, depth + 1))
                .collect();
            Ok(Value::List(List::with_capacity(
                list.element(),
                items?,
                list.capacity(),
            )))
        }
        Value::Map(map) if !map.is_nil() => copy_map(call, map, depth),
        other => Ok(other.clone()),
    }
}

fn copy_map(call: &mut Call<'_>, map: &Map, depth: usize) -> Result<Value, FunctionError> {
    call.reserve(map.len() * 2 * size_of::<Value>())?;
    let mut entries = Vec::with_capacity(map.len());
    for (key, value) in map.entries() {
        entries.push((key, deep_copy(call, &value, depth + 1)?));
    }
    let texts = entries
        .iter()
        .filter_map(|(key, value)| Some((key.as_text()?.clone(), value.clone())));
    Ok(Value::Map(match map.key() {
        crate::Type::String => Map::with_strings(map.element(), texts),
        _ => Map::mixed(entries),
    }))
}
