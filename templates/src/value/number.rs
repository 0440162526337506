//! The methods of `json.Number`.

use super::{Text, Type, Value};
use crate::call::Call;
use crate::fmt::quote;
use crate::function::{Arguments, Function, FunctionError};
use crate::strconv::{NumberError, parse_float, parse_integer};

/// What templates can call on a number of a secret.
pub(crate) static NUMBER_METHODS: &[Function] = &[
    Function::new("Float64", &[], Type::Float64, float),
    Function::new("Int64", &[], Type::INT64, integer),
    Function::new("String", &[], Type::String, string),
];

fn float(_: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Value, FunctionError> {
    let text = arguments.text(0)?;
    let number = text.to_str().ok_or(NumberError::Syntax).and_then(parse_float);
    number
        .map(Value::Float)
        .map_err(|error| complaint("ParseFloat", text, error))
}

fn integer(_: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Value, FunctionError> {
    let text = arguments.text(0)?;
    let number = text
        .to_str()
        .ok_or(NumberError::Syntax)
        .and_then(|text| parse_integer(text, 10));
    number
        .map(Value::int64)
        .map_err(|error| complaint("ParseInt", text, error))
}

fn string(_: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Value, FunctionError> {
    Ok(Value::String(arguments.text(0)?.clone()))
}

/// The text of a `strconv.NumError`.
fn complaint(function: &str, text: &Text, error: NumberError) -> FunctionError {
    let parsed = quote::quoted(text.as_bytes());
    let error = error.to_string();
    FunctionError::Failed(
        [
            b"strconv.",
            function.as_bytes(),
            b": parsing ",
            &parsed,
            b": ",
            error.as_bytes(),
        ]
        .concat(),
    )
}
