//! consul-template's functions over lists and maps.

use super::merge::merge;
use super::{numbers, print, search};
use crate::function::{Arguments, Function, FunctionError};
use crate::{ANY_LIST, ANY_MAP, Call, Map, Named, Sequence, Text, Type, Value};

const ANY: Type = Type::Any;

type Outcome = Result<Value, FunctionError>;

/// What `mergeMap` takes after its maps in Go. No template can have one.
static MERGE_OPTION: Named = Named {
    name: "func(*mergo.Config)",
    is_struct: true,
    fields: &[],
    methods: &[],
};
const OPTION: Type = Type::Named(&MERGE_OPTION);

pub(super) static TABLE: &[Function] = &[
    Function::new("contains", &[ANY, ANY], Type::Bool, |_, arguments| {
        is_in(arguments.value(1)?, arguments.value(0)?).map(Value::Bool)
    }),
    Function::new("containsAll", &[ANY_LIST, ANY], Type::Bool, |call, arguments| {
        contains_some(call, arguments, true, true)
    }),
    Function::new("containsAny", &[ANY_LIST, ANY], Type::Bool, |call, arguments| {
        contains_some(call, arguments, false, false)
    }),
    Function::new("containsNone", &[ANY_LIST, ANY], Type::Bool, |call, arguments| {
        contains_some(call, arguments, true, false)
    }),
    Function::new("containsNotAll", &[ANY_LIST, ANY], Type::Bool, |call, arguments| {
        contains_some(call, arguments, false, true)
    }),
    Function::new("explodeMap", &[ANY_MAP], ANY_MAP, explode_map),
    Function::new("in", &[ANY, ANY], Type::Bool, |_, arguments| {
        is_in(arguments.value(0)?, arguments.value(1)?).map(Value::Bool)
    }),
    Function::variadic("loop", &[ANY], Type::Channel(&Type::INT64), sequence),
    Function::variadic("mergeMap", &[ANY_MAP, ANY_MAP, OPTION], ANY_MAP, |call, arguments| {
        merge(call, arguments.map(0)?, arguments.map(1)?, false).map(Value::Map)
    }),
    Function::new(
        "mergeMapWithOverride",
        &[ANY_MAP, ANY_MAP],
        ANY_MAP,
        |call, arguments| merge(call, arguments.map(0)?, arguments.map(1)?, true).map(Value::Map),
    ),
];

/// What Go panics with when the type of nil is asked for.
pub(super) const TYPE_OF_NIL: &str = "reflect: call of reflect.Value.Type on zero Value";

/// Whether a value is in a list or a text in a text. Numbers match within signed integers and within floats, texts
/// when they are of one type; nothing else matches.
fn is_in(list: &Value, value: &Value) -> Result<bool, FunctionError> {
    match list {
        Value::List(list) => {
            for item in list.items() {
                if is_item(item, value)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Value::String(_) | Value::Number(_) => {
            let (Some(text), Some(part)) = (list.as_text(), same_text_type(list, value)?) else {
                return Ok(false);
            };
            Ok(search::contains(text.as_bytes(), part.as_bytes()))
        }
        _ => Ok(false),
    }
}

fn same_text_type<'v>(one: &Value, two: &'v Value) -> Result<Option<&'v Text>, FunctionError> {
    if two.is_untyped_nil() {
        return Err(TYPE_OF_NIL.into());
    }
    Ok(two.as_text().filter(|_| one.type_of() == two.type_of()))
}

fn is_item(item: &Value, value: &Value) -> Result<bool, FunctionError> {
    Ok(match (item, value) {
        (Value::Int(_, one), Value::Int(_, two)) => one == two,
        (Value::Float(one), Value::Float(two)) => one == two,
        (Value::String(one) | Value::Number(one), _) => same_text_type(item, value)? == Some(one),
        _ => false,
    })
}

/// The four `contains…` functions: `found` is the result when no value decides, `invert` asks for a value that is absent.
fn contains_some(call: &mut Call<'_>, arguments: Arguments<'_>, found: bool, invert: bool) -> Outcome {
    for value in arguments.list(0)?.items() {
        call.step(1)?;
        if is_in(arguments.value(1)?, value)? != invert {
            return Ok(Value::Bool(!found));
        }
    }
    Ok(Value::Bool(found))
}

fn explode_map(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let exploded = Map::any(Vec::<(Text, Value)>::new());
    for (key, value) in arguments.map(0)?.string_entries() {
        call.step(1)?;
        explode(call, &exploded, key.as_bytes(), value)?;
    }
    Ok(Value::Map(exploded))
}

/// Puts a value at a path of maps that are made as needed.
fn explode(call: &mut Call<'_>, map: &Map, path: &[u8], value: Value) -> Result<(), FunctionError> {
    let mut map = map.clone();
    let (mut rest, mut before) = (path, path);
    for depth in 0.. {
        let Some((top, below)) = search::cut(rest, b"/") else {
            break;
        };
        if depth > call.nesting() {
            return Err(crate::Limit::Nesting(call.nesting()).into());
        }
        let nested = match map.get(top) {
            None => Map::any(Vec::<(Text, Value)>::new()),
            Some(Value::Map(nested)) if nested.key() == Type::String && nested.element() == ANY => nested,
            Some(other) => return Err(not_a_map(call, before, top, other)),
        };
        call.insert(&map, Text::new(top), Value::Map(nested.clone()));
        map = nested;
        before = rest;
        rest = below;
    }
    if !rest.is_empty() {
        call.insert(&map, Text::new(rest), value);
    }
    Ok(())
}

fn not_a_map(call: &mut Call<'_>, path: &[u8], top: &[u8], value: Value) -> FunctionError {
    let shown = [Value::string(path), Value::string(top), value];
    match print::formatted(call, b"explodeMap: not a map: %q: %q already has value %q", &shown) {
        Ok(text) => text.into(),
        Err(error) => error,
    }
}

fn sequence(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let (start, stop) = match arguments.all() {
        [stop] => (0, bound(call, stop)?),
        [start, stop] => (bound(call, start)?, bound(call, stop)?),
        all => {
            let text = format!(
                "loop: wrong number of arguments, expected 1 or 2, but got {}",
                all.len()
            );
            return Err(text.into());
        }
    };
    Ok(Value::Sequence(Sequence::new(start, stop)))
}

fn bound(_: &mut Call<'_>, value: &Value) -> Result<i64, FunctionError> {
    match value {
        Value::Int(_, number) => Ok(*number),
        Value::Uint(_, number) => Ok(*number as i64),
        Value::String(text) | Value::Number(text) if text.is_empty() => Ok(0),
        Value::String(text) | Value::Number(text) => numbers::parse_int(text.as_bytes(), 10).map_err(|problem| {
            let mut message = b"parseInt: ".to_vec();
            message.extend(numbers::error_text("ParseInt", text.as_bytes(), problem));
            message.into()
        }),
        other => match other {
            Value::Object(object) if !object.is_pointer() => match object.underlying() {
                Some(Value::Int(_, number)) => Ok(number),
                _ => Err(bad_bound(other)),
            },
            other => Err(bad_bound(other)),
        },
    }
}

fn bad_bound(value: &Value) -> FunctionError {
    format!("loop: bad argument type: {}", print::type_name(value)).into()
}
