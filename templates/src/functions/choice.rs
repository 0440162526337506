//! sprig's defaults, tests of emptiness, and what it tells about types.

use super::deep::deep_equal;
use super::print;
use crate::function::{Arguments, Function, FunctionError};
use crate::{Call, Type, Value};

const ANY: Type = Type::Any;
const TEXT: Type = Type::String;

pub(super) static TABLE: &[Function] = &[
    Function::variadic("sprig_all", &[ANY], Type::Bool, |_, arguments| {
        Ok(Value::Bool(arguments.all().iter().all(Value::is_true)))
    }),
    Function::variadic("sprig_any", &[ANY], Type::Bool, |_, arguments| {
        Ok(Value::Bool(arguments.all().iter().any(Value::is_true)))
    }),
    Function::variadic("sprig_coalesce", &[ANY], ANY, |_, arguments| {
        Ok(arguments
            .all()
            .iter()
            .find(|value| value.is_true())
            .cloned()
            .unwrap_or(Value::Nil))
    }),
    Function::new("sprig_deepEqual", &[ANY, ANY], Type::Bool, |call, arguments| {
        deep_equal(call, arguments.value(0)?, arguments.value(1)?).map(Value::Bool)
    }),
    Function::variadic("sprig_default", &[ANY, ANY], ANY, |_, arguments| {
        let given = arguments.rest(1).first().filter(|value| value.is_true());
        Ok(given.unwrap_or(arguments.value(0)?).clone())
    }),
    Function::new("sprig_empty", &[ANY], Type::Bool, |_, arguments| {
        Ok(Value::Bool(!arguments.value(0)?.is_true()))
    }),
    Function::new("sprig_fail", &[TEXT], TEXT, |_, arguments| {
        Err(arguments.text(0)?.as_bytes().to_vec().into())
    }),
    Function::new("sprig_kindIs", &[TEXT, ANY], Type::Bool, |_, arguments| {
        Ok(Value::Bool(
            arguments.text(0)?.as_bytes() == kind(arguments, 1)?.as_bytes(),
        ))
    }),
    Function::new("sprig_kindOf", &[ANY], TEXT, |_, arguments| {
        Ok(Value::string(kind(arguments, 0)?))
    }),
    Function::new("sprig_ternary", &[ANY, ANY, Type::Bool], ANY, |_, arguments| {
        Ok(arguments.value(if arguments.bool(2)? { 0 } else { 1 })?.clone())
    }),
    Function::new("sprig_typeIs", &[TEXT, ANY], Type::Bool, |_, arguments| {
        Ok(Value::Bool(
            arguments.text(0)?.as_bytes() == print::type_name(arguments.value(1)?).as_bytes(),
        ))
    }),
    Function::new("sprig_typeIsLike", &[TEXT, ANY], Type::Bool, type_is_like),
    Function::new("sprig_typeOf", &[ANY], TEXT, |_, arguments| {
        Ok(Value::string(print::type_name(arguments.value(0)?)))
    }),
];

fn kind(arguments: Arguments<'_>, index: usize) -> Result<String, FunctionError> {
    Ok(match arguments.value(index)? {
        Value::Nil | Value::Null(ANY) => "invalid".to_owned(),
        value => value.kind().to_string(),
    })
}

fn type_is_like(_: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Value, FunctionError> {
    let (name, actual) = (arguments.text(0)?.as_bytes(), print::type_name(arguments.value(1)?));
    let pointed = actual.strip_prefix('*');
    Ok(Value::Bool(
        name == actual.as_bytes() || pointed.is_some_and(|pointed| name == pointed.as_bytes()),
    ))
}
