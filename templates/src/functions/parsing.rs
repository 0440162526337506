//! `parseBool`, `parseInt`, `parseUint`, `parseFloat`: an empty text is the zero value.

use super::numbers::{self, error_text};
use crate::function::{Arguments, Function, FunctionError};
use crate::strconv::NumberError;
use crate::{Type, Value};

const TEXT: Type = Type::String;

pub(super) static TABLE: &[Function] = &[
    Function::new("parseBool", &[TEXT], Type::Bool, |_, arguments| {
        parse("parseBool", arguments, Value::Bool(false), |text| {
            numbers::parse_bool(text).map(Value::Bool).ok_or(NumberError::Syntax)
        })
    }),
    Function::new("parseFloat", &[TEXT], Type::Float64, |_, arguments| {
        parse("parseFloat", arguments, Value::Float(0.0), |text| {
            numbers::parse_float(text).map(Value::Float)
        })
    }),
    Function::new("parseInt", &[TEXT], Type::INT64, |_, arguments| {
        parse("parseInt", arguments, Value::int64(0), |text| {
            numbers::parse_int(text, 10).map(Value::int64)
        })
    }),
    Function::new("parseUint", &[TEXT], Type::UINT64, |_, arguments| {
        parse("parseUint", arguments, Value::uint64(0), |text| {
            numbers::parse_uint(text, 10).map(Value::uint64)
        })
    }),
];

fn parse(
    name: &str,
    arguments: Arguments<'_>,
    empty: Value,
    read: fn(&[u8]) -> Result<Value, NumberError>,
) -> Result<Value, FunctionError> {
    let text = arguments.text(0)?.as_bytes();
    if text.is_empty() {
        return Ok(empty);
    }
    read(text).map_err(|problem| {
        let (_, capital) = name.split_at(1);
        let mut message = format!("{name}: ").into_bytes();
        message.extend(error_text(&format!("P{capital}"), text, problem));
        message.into()
    })
}
