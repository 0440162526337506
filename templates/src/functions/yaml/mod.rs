//! `toYAML` and `parseYAML`, as `gopkg.in/yaml.v2` does them.

mod emitter;
mod nodes;
mod order;
mod reading;
mod resolve;
mod scalar;
mod source;
mod writing;

use crate::call::Call;
use crate::function::{Arguments, Function, FunctionError};
use crate::value::{Map, Text, Type, Value};

use super::runes;

pub(super) static TABLE: &[Function] = &[
    Function::new("parseYAML", &[Type::String], Type::Any, parse),
    Function::new("toYAML", &[Type::Any], Type::String, write),
];

fn parse(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Value, FunctionError> {
    let text = arguments.text(0)?.as_bytes();
    match text.is_empty() {
        true => Ok(Value::Map(Map::any(Vec::<(Text, Value)>::new()))),
        false => reading::read(call, text),
    }
}

fn write(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Value, FunctionError> {
    let text = writing::write(call, arguments.value(0)?)?;
    Ok(Value::string(runes::trim_space(&text)))
}
