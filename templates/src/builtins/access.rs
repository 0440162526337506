//! `index`, `slice`, `len` and `call`.

use crate::call::Call;
use crate::function::{Arguments, FunctionError};
use crate::value::{IntType, Text, Type, Value, zero};

type Result<T> = std::result::Result<T, FunctionError>;

const ZERO_VALUE: &str = "reflect: call of reflect.Value.Type on zero Value";

/// The type of a value, or Go's panic when it has none.
fn type_name(value: &Value) -> Result<Type> {
    value.type_of().ok_or_else(|| ZERO_VALUE.into())
}

pub(super) fn index(_: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Value> {
    let mut item = arguments.value(0)?.clone();
    if item.is_untyped_nil() {
        return Err("index of untyped nil".into());
    }
    for index in arguments.rest(1) {
        item = match &item {
            Value::Nil | Value::Null(_) => return Err("index of nil pointer".into()),
            Value::List(list) => {
                let at = position(index, list.len())?;
                let item = list.items().get(at).cloned();
                let item = item.ok_or("reflect: slice index out of range")?;
                item.taken_from(list.element())
            }
            Value::String(text) | Value::Number(text) => {
                let at = position(index, text.len())?;
                let byte = text.as_bytes().get(at).ok_or("reflect: string index out of range")?;
                Value::Uint(crate::value::UintType::Uint8, u64::from(*byte))
            }
            Value::Map(map) => {
                let key = map_key(index, map.key())?;
                map.get_value(&key)
                    .map_or_else(|| zero(map.element()), |value| value.taken_from(map.element()))
            }
            other => return Err(format!("can't index item of type {}", pointed_type(other)?).into()),
        };
    }
    Ok(item)
}

/// The type behind a pointer.
fn pointed_type(value: &Value) -> Result<Type> {
    Ok(match type_name(value)? {
        Type::Pointer(named) => Type::Named(named),
        other => other,
    })
}

/// The key as a map of that key type wants it.
fn map_key(key: &Value, of: Type) -> Result<Value> {
    let Some(actual) = key.type_of().filter(|actual| *actual != Type::Any) else {
        return match of {
            Type::Any => Ok(Value::Nil),
            _ => Err(format!("value is nil; should be of type {of}").into()),
        };
    };
    match of == Type::Any || of == actual {
        true => Ok(key.clone()),
        false => Err(format!("value has type {actual}; should be {of}").into()),
    }
}

fn position(index: &Value, length: usize) -> Result<usize> {
    let plain = match index {
        Value::Object(object) if !object.is_pointer() => object.underlying(),
        _ => None,
    };
    let number = match plain.as_ref().unwrap_or(index) {
        Value::Int(_, number) => *number,
        #[allow(clippy::cast_possible_wrap)] // Go's conversion wraps.
        Value::Uint(_, number) => *number as i64,
        Value::Nil | Value::Null(Type::Any) => return Err("cannot index slice/array with nil".into()),
        other => return Err(format!("cannot index slice/array with type {}", type_name(other)?).into()),
    };
    let at = usize::try_from(number).ok().filter(|at| *at <= length);
    at.ok_or_else(|| format!("index out of range: {number}").into())
}

pub(super) fn slice(_: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Value> {
    let item = arguments.value(0)?;
    let indexes = arguments.rest(1);
    match item {
        Value::Nil | Value::Null(Type::Any) => return Err("slice of untyped nil".into()),
        Value::Null(_) => return Err("slice of nil pointer".into()),
        _ => {}
    }
    if indexes.len() > 3 {
        return Err(format!("too many slice indexes: {}", indexes.len()).into());
    }
    let (length, capacity) = match item {
        Value::String(_) | Value::Number(_) if indexes.len() == 3 => {
            return Err("cannot 3-index slice a string".into());
        }
        Value::String(text) | Value::Number(text) => (text.len(), text.len()),
        Value::List(list) => (list.len(), list.capacity()),
        other => return Err(format!("can't slice item of type {}", pointed_type(other)?).into()),
    };
    let mut bounds = [0, length, capacity];
    for (bound, index) in bounds.iter_mut().zip(indexes) {
        if matches!(index, Value::Null(Type::Any)) {
            return Err("cannot index slice/array with type interface {}".into());
        }
        *bound = position(index, capacity)?;
    }
    let [from, to, most] = bounds;
    if from > to {
        return Err(format!("invalid slice index: {from} > {to}").into());
    }
    if to > most {
        return Err(format!("invalid slice index: {to} > {most}").into());
    }
    Ok(match item {
        Value::List(list) => Value::List(list.part(from, to, most)),
        Value::Number(text) => Value::Number(Text::from(&text.as_bytes()[from..to])),
        Value::String(text) => Value::string(&text.as_bytes()[from..to]),
        _ => Value::Nil,
    })
}

pub(super) fn len(_: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Value> {
    let length = match arguments.value(0)? {
        Value::Null(_) => return Err("len of nil pointer".into()),
        Value::String(text) | Value::Number(text) => text.len(),
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        Value::Sequence(_) => 0,
        other => return Err(format!("len of type {}", pointed_type(other)?).into()),
    };
    Ok(Value::Int(IntType::Int, i64::try_from(length).unwrap_or(i64::MAX)))
}

pub(super) fn call(_: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Value> {
    Err(call_error(b"function", arguments.value(0)?).into())
}

/// Why a value cannot be called. The name is that of the expression.
pub(crate) fn call_error(name: &[u8], value: &Value) -> Vec<u8> {
    match value.type_of() {
        None | Some(Type::Any) => b"call of nil".to_vec(),
        Some(of) => [b"non-function ", name, b" of type ", of.to_string().as_bytes()].concat(),
    }
}
