//! `eq`, `ne`, `lt`, `le`, `gt` and `ge`.

use std::borrow::Cow;

use crate::call::Call;
use crate::fmt;
use crate::function::{Arguments, FunctionError};
use crate::value::{Kind, Type, Value, same_object};

type Result<T> = std::result::Result<T, FunctionError>;

/// The kinds within which values can be compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Basic {
    None,
    Bool,
    Complex,
    Int,
    Float,
    String,
    Uint,
}

/// The value without the name of its type and without the interface around it.
fn plain(value: &Value) -> Cow<'_, Value> {
    match value {
        Value::Null(Type::Any) => Cow::Owned(Value::Nil),
        Value::Object(object) if !object.is_pointer() => object.underlying().map_or(Cow::Borrowed(value), Cow::Owned),
        _ => Cow::Borrowed(value),
    }
}

fn basic(value: &Value) -> Basic {
    match value {
        Value::Bool(_) => Basic::Bool,
        Value::Int(..) => Basic::Int,
        Value::Uint(..) => Basic::Uint,
        Value::Float(_) => Basic::Float,
        Value::Complex(..) => Basic::Complex,
        Value::String(_) | Value::Number(_) => Basic::String,
        _ => Basic::None,
    }
}

pub(super) fn eq(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Value> {
    let others = arguments.rest(1);
    if others.is_empty() {
        return Err("missing argument for comparison".into());
    }
    let one = arguments.value(0)?;
    for two in others {
        if equal(call, one, two)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

pub(super) fn ne(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Value> {
    Ok(Value::Bool(!equal(call, arguments.value(0)?, arguments.value(1)?)?))
}

pub(super) fn lt(_: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Value> {
    Ok(Value::Bool(less(arguments.value(0)?, arguments.value(1)?)?))
}

pub(super) fn le(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Value> {
    Ok(Value::Bool(less_or_equal(
        call,
        arguments.value(0)?,
        arguments.value(1)?,
    )?))
}

pub(super) fn gt(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Value> {
    Ok(Value::Bool(!less_or_equal(
        call,
        arguments.value(0)?,
        arguments.value(1)?,
    )?))
}

pub(super) fn ge(_: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Value> {
    Ok(Value::Bool(!less(arguments.value(0)?, arguments.value(1)?)?))
}

fn less_or_equal(call: &mut Call<'_>, one: &Value, two: &Value) -> Result<bool> {
    Ok(less(one, two)? || equal(call, one, two)?)
}

fn incompatible(one: &Value, two: &Value) -> FunctionError {
    match (one.type_of(), two.type_of()) {
        (Some(one), Some(two)) => format!("incompatible types for comparison: {one} and {two}").into(),
        _ => "invalid type for comparison".into(),
    }
}

fn equal(call: &mut Call<'_>, one: &Value, two: &Value) -> Result<bool> {
    let (a, b) = (plain(one), plain(two));
    let kinds = (basic(&a), basic(&b));
    if kinds.0 == kinds.1 && kinds.0 == Basic::None {
        return equal_others(call, &a, &b);
    }
    Ok(match (a.as_ref(), b.as_ref()) {
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Complex(a, i), Value::Complex(b, j)) => a == b && i == j,
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::Int(_, a), Value::Int(_, b)) => a == b,
        (Value::Uint(_, a), Value::Uint(_, b)) => a == b,
        (Value::Int(_, a), Value::Uint(_, b)) | (Value::Uint(_, b), Value::Int(_, a)) => {
            u64::try_from(*a).is_ok_and(|a| a == *b)
        }
        (Value::String(a) | Value::Number(a), Value::String(b) | Value::Number(b)) => a == b,
        (Value::Nil, _) | (_, Value::Nil) => false,
        _ => return Err(incompatible(one, two)),
    })
}

/// Nil, pointers, structs and channels; lists and maps only against nil.
fn equal_others(call: &mut Call<'_>, one: &Value, two: &Value) -> Result<bool> {
    let (a, b) = (one.kind(), two.kind());
    if a != b && a != Kind::Invalid && b != Kind::Invalid {
        let mut message = b"non-comparable types ".to_vec();
        message.extend(described(call, b"%s", one)?);
        message.extend_from_slice(b": ");
        message.extend(type_text(one));
        message.extend_from_slice(b", ");
        message.extend(type_text(two));
        message.extend_from_slice(b": ");
        message.extend(described(call, b"%v", two)?);
        return Err(message.into());
    }
    if one.is_nil() || two.is_nil() {
        return Ok(one.is_nil() == two.is_nil());
    }
    match (one, two) {
        (Value::List(_) | Value::Map(_), _) => {
            let described = described(call, b"%s", two)?;
            Err([b"non-comparable type ", &described[..], b": ", &type_text(two)]
                .concat()
                .into())
        }
        (Value::Object(a), Value::Object(b)) => Ok(one.type_of() == two.type_of() && same_object(a, b)),
        _ => Ok(false),
    }
}

fn described(call: &Call<'_>, format: &[u8], value: &Value) -> Result<Vec<u8>> {
    Ok(fmt::printf(format, std::slice::from_ref(value), super::bounds(call))?)
}

fn type_text(value: &Value) -> Vec<u8> {
    value
        .type_of()
        .map(|of| of.to_string().into_bytes())
        .unwrap_or_default()
}

fn less(one: &Value, two: &Value) -> Result<bool> {
    let (a, b) = (plain(one), plain(two));
    let kinds = (basic(&a), basic(&b));
    if kinds.0 == Basic::None || kinds.1 == Basic::None {
        return Err("invalid type for comparison".into());
    }
    Ok(match (a.as_ref(), b.as_ref()) {
        (Value::Float(a), Value::Float(b)) => a < b,
        (Value::Int(_, a), Value::Int(_, b)) => a < b,
        (Value::Uint(_, a), Value::Uint(_, b)) => a < b,
        (Value::Int(_, a), Value::Uint(_, b)) => u64::try_from(*a).is_err() || u64::try_from(*a).is_ok_and(|a| a < *b),
        (Value::Uint(_, a), Value::Int(_, b)) => u64::try_from(*b).is_ok_and(|b| *a < b),
        (Value::String(a) | Value::Number(a), Value::String(b) | Value::Number(b)) => a < b,
        _ if kinds.0 == kinds.1 => return Err("invalid type for comparison".into()),
        _ => return Err(incompatible(one, two)),
    })
}
