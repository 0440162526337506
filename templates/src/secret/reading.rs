//! The fields of an API response.

use super::SecretError;
use super::shapes::{AUTH, Record, WRAP_INFO};
use crate::functions::time::Time;
use crate::value::{List, Map, Text, Type, Value};

/// Whether a response has nothing of an envelope: each of its fields is missing, null, or zero.
pub(super) fn is_plain(body: &Map) -> bool {
    const ENVELOPE: [&str; 9] = [
        "request_id",
        "lease_id",
        "lease_duration",
        "renewable",
        "data",
        "warnings",
        "auth",
        "wrap_info",
        "mount_type",
    ];
    ENVELOPE.iter().all(|name| match body.get(name.as_bytes()) {
        None | Some(Value::Nil) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Bool(truth)) => !truth,
        Some(Value::Number(number)) => number.as_bytes() == b"0",
        Some(_) => false,
    })
}

pub(super) fn text(body: &Map, name: &'static str) -> Result<Value, SecretError> {
    match body.get(name.as_bytes()) {
        None | Some(Value::Nil) => Ok(Value::string("")),
        Some(value @ Value::String(_)) => Ok(value),
        Some(_) => Err(SecretError::Shape(name, "a text")),
    }
}

fn time(body: &Map, name: &'static str) -> Result<Value, SecretError> {
    match body.get(name.as_bytes()) {
        None | Some(Value::Nil) => Ok(Value::object(Time::zero())),
        Some(Value::String(text)) => {
            let time = text.to_str().and_then(Time::from_rfc3339);
            time.map(Value::object).ok_or(SecretError::Shape(name, "a time"))
        }
        Some(_) => Err(SecretError::Shape(name, "a time")),
    }
}

pub(super) fn integer(body: &Map, name: &'static str) -> Result<Value, SecretError> {
    match body.get(name.as_bytes()) {
        None | Some(Value::Nil) => Ok(Value::int(0)),
        Some(Value::Number(number)) => {
            let number = number.to_str().and_then(|number| number.parse().ok());
            number.map(Value::int).ok_or(SecretError::Shape(name, "a whole number"))
        }
        Some(_) => Err(SecretError::Shape(name, "a whole number")),
    }
}

pub(super) fn boolean(body: &Map, name: &'static str) -> Result<Value, SecretError> {
    match body.get(name.as_bytes()) {
        None | Some(Value::Nil) => Ok(Value::Bool(false)),
        Some(value @ Value::Bool(_)) => Ok(value),
        Some(_) => Err(SecretError::Shape(name, "a boolean")),
    }
}

pub(super) fn data(body: &Map) -> Result<Value, SecretError> {
    match body.get(b"data") {
        None | Some(Value::Nil) => Ok(Value::Map(Map::nil(Type::String, Type::Any))),
        Some(Value::Map(map)) if map.is_empty() => Ok(Value::Map(Map::nil(Type::String, Type::Any))),
        Some(value @ Value::Map(_)) => Ok(value),
        Some(_) => Err(SecretError::Shape("data", "an object")),
    }
}

pub(super) fn texts(body: &Map, name: &'static str) -> Result<Value, SecretError> {
    let list = match body.get(name.as_bytes()) {
        None | Some(Value::Nil) => return Ok(Value::List(List::nil(Type::String))),
        Some(Value::List(list)) if list.is_empty() => return Ok(Value::List(List::nil(Type::String))),
        Some(Value::List(list)) => list,
        Some(_) => return Err(SecretError::Shape(name, "a list of texts")),
    };
    let items = list
        .items()
        .iter()
        .map(|item| item.as_text().cloned().map(Value::String));
    let items: Option<Vec<Value>> = items.collect();
    items
        .map(|items| Value::List(List::appended(Type::String, items, 0)))
        .ok_or(SecretError::Shape(name, "a list of texts"))
}

fn metadata(auth: &Map) -> Result<Value, SecretError> {
    let map = match auth.get(b"metadata") {
        None | Some(Value::Nil) => return Ok(Value::Map(Map::nil(Type::String, Type::String))),
        Some(Value::Map(map)) if map.is_empty() => return Ok(Value::Map(Map::nil(Type::String, Type::String))),
        Some(Value::Map(map)) => map,
        Some(_) => return Err(SecretError::Shape("auth.metadata", "an object")),
    };
    let entries: Option<Vec<(Text, Text)>> = map
        .string_entries()
        .into_iter()
        .map(|(key, value)| Some((key, value.as_text()?.clone())))
        .collect();
    entries
        .map(|entries| Value::Map(Map::strings(entries)))
        .ok_or(SecretError::Shape("auth.metadata", "an object of texts"))
}

pub(super) fn auth(body: &Map) -> Result<Value, SecretError> {
    let auth = match body.get(b"auth") {
        None | Some(Value::Nil) => return Ok(Value::Null(Type::Pointer(&AUTH))),
        Some(Value::Map(auth)) => auth,
        Some(_) => return Err(SecretError::Shape("auth", "an object")),
    };
    let fields = vec![
        text(&auth, "client_token")?,
        text(&auth, "accessor")?,
        texts(&auth, "policies")?,
        metadata(&auth)?,
        integer(&auth, "lease_duration")?,
        boolean(&auth, "renewable")?,
    ];
    Ok(Value::object(Record { named: &AUTH, fields }))
}

pub(super) fn wrap_info(body: &Map) -> Result<Value, SecretError> {
    let info = match body.get(b"wrap_info") {
        None | Some(Value::Nil) => return Ok(Value::Null(Type::Pointer(&WRAP_INFO))),
        Some(Value::Map(info)) => info,
        Some(_) => return Err(SecretError::Shape("wrap_info", "an object")),
    };
    let fields = vec![
        text(&info, "token")?,
        integer(&info, "ttl")?,
        time(&info, "creation_time")?,
        text(&info, "wrapped_accessor")?,
    ];
    Ok(Value::object(Record {
        named: &WRAP_INFO,
        fields,
    }))
}
