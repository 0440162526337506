//! sprig's functions over maps with text keys.

use super::deep::deep_copy;
use super::merge::merge;
use super::print;
use crate::function::{Arguments, Function, FunctionError};
use crate::{ANY_LIST, ANY_MAP, Call, List, Map, STRING_LIST, Text, Type, Value};

const ANY: Type = Type::Any;
const TEXT: Type = Type::String;

type Outcome = Result<Value, FunctionError>;

pub(super) static TABLE: &[Function] = &[
    Function::new("sprig_deepCopy", &[ANY], ANY, copy),
    Function::variadic("sprig_dict", &[ANY], ANY_MAP, dict),
    Function::variadic("sprig_dig", &[ANY], ANY, dig),
    Function::new("sprig_get", &[ANY_MAP, TEXT], ANY, |_, arguments| {
        let value = arguments.map(0)?.get(arguments.text(1)?.as_bytes());
        Ok(value.unwrap_or_else(|| Value::string("")))
    }),
    Function::new("sprig_hasKey", &[ANY_MAP, TEXT], Type::Bool, |_, arguments| {
        Ok(Value::Bool(
            arguments.map(0)?.get(arguments.text(1)?.as_bytes()).is_some(),
        ))
    }),
    Function::variadic("sprig_keys", &[ANY_MAP], STRING_LIST, keys),
    Function::variadic("sprig_merge", &[ANY_MAP, ANY_MAP], ANY, |call, arguments| {
        merge_all(call, arguments, false)
    }),
    Function::variadic("sprig_mergeOverwrite", &[ANY_MAP, ANY_MAP], ANY, |call, arguments| {
        merge_all(call, arguments, true)
    }),
    Function::new("sprig_mustDeepCopy", &[ANY], ANY, copy),
    Function::variadic("sprig_mustMerge", &[ANY_MAP, ANY_MAP], ANY, |call, arguments| {
        merge_all(call, arguments, false)
    }),
    Function::variadic(
        "sprig_mustMergeOverwrite",
        &[ANY_MAP, ANY_MAP],
        ANY,
        |call, arguments| merge_all(call, arguments, true),
    ),
    Function::variadic("sprig_omit", &[ANY_MAP, TEXT], ANY_MAP, |call, arguments| {
        select(call, arguments, false)
    }),
    Function::variadic("sprig_pick", &[ANY_MAP, TEXT], ANY_MAP, |call, arguments| {
        select(call, arguments, true)
    }),
    Function::variadic("sprig_pluck", &[TEXT, ANY_MAP], ANY_LIST, pluck),
    Function::new("sprig_set", &[ANY_MAP, TEXT, ANY], ANY_MAP, set),
    Function::new("sprig_unset", &[ANY_MAP, TEXT], ANY_MAP, |_, arguments| {
        arguments.map(0)?.remove(arguments.text(1)?.as_bytes());
        Ok(arguments.value(0)?.clone())
    }),
    Function::new("sprig_values", &[ANY_MAP], ANY_LIST, |call, arguments| {
        let map = arguments.map(0)?;
        call.reserve(map.len() * size_of::<Value>())?;
        let values = map.string_entries().into_iter().map(|(_, value)| value).collect();
        Ok(Value::List(List::appended(Type::Any, values, 0)))
    }),
];

fn copy(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    match arguments.value(0)? {
        Value::Nil | Value::Null(ANY) => Err(super::collections::TYPE_OF_NIL.into()),
        value => deep_copy(call, value, 0),
    }
}

fn dict(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    call.reserve(arguments.len() * size_of::<Value>())?;
    let mut entries = Vec::new();
    for pair in arguments.all().chunks(2) {
        let (key, value) = match pair {
            [key, value] => (key, value.clone()),
            [key] => (key, Value::string("")),
            _ => break,
        };
        entries.push((print::text_of(call, key)?, value));
    }
    Ok(Value::Map(Map::any(entries)))
}

/// Follows keys through maps; the last two arguments are the value for a missing key, and the map.
fn dig(_: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let [keys @ .., default, map] = arguments.all() else {
        return Err("dig needs at least three arguments".into());
    };
    if keys.is_empty() {
        return Err("dig needs at least three arguments".into());
    }
    let mut map = as_dict(map)?.clone();
    for key in keys {
        if !matches!(key, Value::String(_)) {
            return Err(conversion(key, "string"));
        }
    }
    let mut found = default.clone();
    for (at, key) in keys.iter().enumerate() {
        let key = key.as_text().map_or(&b""[..], Text::as_bytes);
        match map.get(key) {
            None => return Ok(default.clone()),
            Some(value) => found = value,
        }
        if at + 1 < keys.len() {
            map = as_dict(&found)?.clone();
        }
    }
    Ok(found)
}

fn as_dict(value: &Value) -> Result<&Map, FunctionError> {
    match value {
        Value::Map(map) if value.type_of() == Some(ANY_MAP) => Ok(map),
        other => Err(conversion(other, "map[string]interface {}")),
    }
}

/// Go's panic of a type assertion that does not hold.
fn conversion(value: &Value, wanted: &str) -> FunctionError {
    let found = match value {
        Value::Nil | Value::Null(ANY) => "nil".to_owned(),
        other => print::type_name(other),
    };
    format!("interface conversion: interface {{}} is {found}, not {wanted}").into()
}

fn keys(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let mut keys: Vec<Text> = Vec::new();
    for at in 0..arguments.len() {
        let map = arguments.map(at)?;
        call.reserve(map.len() * size_of::<Text>())?;
        keys.extend(map.string_entries().into_iter().map(|(key, _)| key));
    }
    let keys = keys.into_iter().map(Value::String).collect();
    Ok(Value::List(List::appended(Type::String, keys, 0)))
}

fn merge_all(call: &mut Call<'_>, arguments: Arguments<'_>, overwrite: bool) -> Outcome {
    let mut merged = arguments.map(0)?.clone();
    for at in 1..arguments.len() {
        merged = merge(call, &merged, arguments.map(at)?, overwrite)?;
    }
    Ok(Value::Map(merged))
}

fn select(call: &mut Call<'_>, arguments: Arguments<'_>, named: bool) -> Outcome {
    let map = arguments.map(0)?;
    let keys: Vec<&Text> = (1..arguments.len())
        .map(|at| arguments.text(at))
        .collect::<Result<_, _>>()?;
    call.reserve(map.len() * size_of::<Value>())?;
    call.step((map.len() as u64).saturating_mul(keys.len() as u64))?;
    let entries = map
        .string_entries()
        .into_iter()
        .filter(|(key, _)| keys.contains(&key) == named);
    Ok(Value::Map(Map::any(entries)))
}

fn pluck(_: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let key = arguments.text(0)?.as_bytes();
    let mut values = Vec::new();
    for at in 1..arguments.len() {
        values.extend(arguments.map(at)?.get(key));
    }
    Ok(Value::List(List::appended(Type::Any, values, 0)))
}

fn set(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let (map, key) = (arguments.map(0)?, arguments.text(1)?);
    call.reserve(key.len() + 2 * size_of::<Value>())?;
    match call.insert(map, key.clone(), arguments.value(2)?.clone()) {
        true => Ok(arguments.value(0)?.clone()),
        false => Err("assignment to entry in nil map".into()),
    }
}
