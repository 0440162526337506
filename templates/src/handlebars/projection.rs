//! Values as JSON, and back.

use serde_json::{Map as JsonMap, Number, Value as Json};

use super::exact::ExactNumbers;
use crate::call::Call;
use crate::error::Limit;
use crate::function::FunctionError;
use crate::value::{Field, List, Map, Object, Sequence, Text, Type, Value};

/// The JSON form of a value. Objects become plain objects under their names on the wire; what prints as a text becomes
/// that text.
pub(super) fn to_json(
    call: &mut Call<'_>,
    exact: &mut ExactNumbers,
    value: &Value,
    depth: usize,
) -> Result<Json, FunctionError> {
    if depth > call.nesting().min(MAX_DEPTH) {
        return Err(Limit::Nesting(call.nesting().min(MAX_DEPTH)).into());
    }
    call.step(1)?;
    Ok(match value {
        Value::Nil | Value::Null(_) | Value::Complex(..) => Json::Null,
        Value::Bool(truth) => Json::Bool(*truth),
        Value::Int(_, number) => Json::from(*number),
        Value::Uint(_, number) => Json::from(*number),
        Value::Float(number) => Number::from_f64(*number).map_or(Json::Null, Json::Number),
        Value::Number(text) => exact.number(text),
        Value::String(text) => {
            exact.see_text(text);
            Json::String(utf8(text)?)
        }
        Value::List(list) => {
            let items = list.items().iter().map(|item| to_json(call, exact, item, depth + 1));
            Json::Array(items.collect::<Result<_, _>>()?)
        }
        Value::Map(map) => {
            let mut object = JsonMap::new();
            for (key, value) in map.entries() {
                object.insert(key_text(call, &key)?, to_json(call, exact, &value, depth + 1)?);
            }
            Json::Object(object)
        }
        Value::Sequence(sequence) => received(call, sequence)?,
        Value::Object(object) => match (object.text(), object.underlying()) {
            (Some(text), _) => Json::String(utf8(&text)?),
            (None, Some(plain)) => to_json(call, exact, &plain, depth)?,
            (None, None) => fields(call, exact, object.as_ref(), depth)?,
        },
    })
}

fn received(call: &mut Call<'_>, sequence: &Sequence) -> Result<Json, FunctionError> {
    let mut numbers = Vec::new();
    while let Some(number) = sequence.receive() {
        call.step(1)?;
        numbers.push(Json::from(number));
    }
    Ok(Json::Array(numbers))
}

fn fields(
    call: &mut Call<'_>,
    exact: &mut ExactNumbers,
    object: &dyn Object,
    depth: usize,
) -> Result<Json, FunctionError> {
    let mut fields = JsonMap::new();
    for (index, field) in object.named().fields.iter().enumerate() {
        fields.insert(wire_name(field), to_json(call, exact, &object.field(index), depth + 1)?);
    }
    Ok(Json::Object(fields))
}

/// Levels of nesting; the crate walks over JSON recursively.
const MAX_DEPTH: usize = 100;

/// The name of a field on the wire: `LeaseID` is `lease_id`, `CAChain` is `ca_chain`.
fn wire_name(field: &Field) -> String {
    let bytes = field.name.as_bytes();
    let mut name = String::with_capacity(bytes.len() + 2);
    for (index, byte) in bytes.iter().enumerate() {
        let after_lower = index > 0 && bytes[index - 1].is_ascii_lowercase();
        let before_lower = bytes.get(index + 1).is_some_and(u8::is_ascii_lowercase);
        if byte.is_ascii_uppercase() && index > 0 && (after_lower || before_lower) {
            name.push('_');
        }
        name.push(char::from(byte.to_ascii_lowercase()));
    }
    name
}

fn utf8(text: &Text) -> Result<String, FunctionError> {
    let text = text.to_str().map(str::to_owned);
    text.ok_or_else(|| "the result is not UTF-8, which handlebars syntax cannot carry; use the go syntax".into())
}

fn key_text(call: &mut Call<'_>, key: &Value) -> Result<String, FunctionError> {
    match key {
        Value::String(text) => utf8(text),
        other => {
            let printed = crate::fmt::print(std::slice::from_ref(other), crate::builtins::bounds(call))?;
            utf8(&Text::new(printed))
        }
    }
}

/// A value of a parameter's type from JSON. Numbers and booleans become texts where a text is wanted.
pub(super) fn from_json(exact: &ExactNumbers, json: &Json, of: Type) -> Result<Value, FunctionError> {
    let mismatch = || FunctionError::from(format!("wrong type for value; expected {of}; got {}", kind(json)));
    Ok(match (of, json) {
        (Type::Any | Type::Reflect, json) => plain(exact, json),
        (Type::String, Json::String(text)) => Value::string(text.as_str()),
        (Type::String, Json::Number(_) | Json::Bool(_)) => Value::string(json.to_string()),
        (Type::Number, Json::String(text)) => Value::Number(Text::from(text.as_str())),
        (Type::Number, Json::Number(number)) => Value::Number(Text::from(number.to_string())),
        (Type::Bool, Json::Bool(truth)) => Value::Bool(*truth),
        (Type::Int(int), Json::Number(number)) => Value::Int(int, integer(number).ok_or_else(mismatch)?),
        (Type::Uint(uint), Json::Number(number)) => {
            let number = integer(number)
                .and_then(|number| u64::try_from(number).ok())
                .or(number.as_u64());
            Value::Uint(uint, number.ok_or_else(mismatch)?)
        }
        (Type::Float64, Json::Number(number)) => Value::Float(number.as_f64().ok_or_else(mismatch)?),
        (Type::List(element), Json::Array(items)) => {
            let items = items.iter().map(|item| from_json(exact, item, *element));
            Value::List(List::of(*element, items.collect::<Result<_, _>>()?))
        }
        (Type::Map(Type::String, element), Json::Object(entries)) => {
            let entries = entries
                .iter()
                .map(|(key, value)| Ok((key.as_str(), from_json(exact, value, *element)?)));
            Value::Map(Map::with_strings(
                *element,
                entries.collect::<Result<Vec<_>, FunctionError>>()?,
            ))
        }
        (of, Json::Null) if of.can_be_nil() => crate::value::zero(of),
        (of, Json::Null) => return Err(format!("invalid value; expected {of}").into()),
        _ => return Err(mismatch()),
    })
}

fn integer(number: &Number) -> Option<i64> {
    #[allow(clippy::cast_possible_truncation)] // Only whole numbers that fit are taken.
    let whole = |float: f64| (float.fract() == 0.0 && float.abs() < 9.0e15).then_some(float as i64);
    number.as_i64().or_else(|| number.as_f64().and_then(whole))
}

fn plain(exact: &ExactNumbers, json: &Json) -> Value {
    match json {
        Json::Null => Value::Nil,
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Value::int(number),
            (None, Some(number)) => Value::uint64(number),
            (None, None) => Value::Float(number.as_f64().unwrap_or(0.0)),
        },
        Json::String(text) if exact.is_number(text) => Value::Number(Text::from(text.as_str())),
        Json::String(text) => Value::string(text.as_str()),
        Json::Array(items) => Value::List(List::any(items.iter().map(|item| plain(exact, item)).collect())),
        Json::Object(entries) => Value::Map(Map::any(
            entries.iter().map(|(key, value)| (key.as_str(), plain(exact, value))),
        )),
    }
}

fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "list",
        Json::Object(_) => "object",
    }
}
