//! The built-in functions of `text/template`, except `and` and `or`, which the engines evaluate themselves.

mod access;
mod comparison;
mod escape;

use crate::call::Call;
use crate::error::Limit;
use crate::fmt::{self, Bounds};
use crate::function::{Arguments, Function, FunctionError};
use crate::value::{Type, Value};

pub(crate) use access::call_error;

/// The built-ins.
pub(crate) static TABLE: &[Function] = &[
    Function::variadic("eq", &[Type::Reflect, Type::Reflect], Type::Bool, comparison::eq),
    Function::new("ge", &[Type::Reflect, Type::Reflect], Type::Bool, comparison::ge),
    Function::new("gt", &[Type::Reflect, Type::Reflect], Type::Bool, comparison::gt),
    Function::variadic("html", &[Type::Any], Type::String, escape::html),
    Function::variadic("index", &[Type::Reflect, Type::Reflect], Type::Reflect, access::index),
    Function::variadic("js", &[Type::Any], Type::String, escape::js),
    Function::new("le", &[Type::Reflect, Type::Reflect], Type::Bool, comparison::le),
    Function::new("len", &[Type::Reflect], Type::INT, access::len),
    Function::new("lt", &[Type::Reflect, Type::Reflect], Type::Bool, comparison::lt),
    Function::new("ne", &[Type::Reflect, Type::Reflect], Type::Bool, comparison::ne),
    Function::new("not", &[Type::Reflect], Type::Bool, not),
    Function::variadic("print", &[Type::Any], Type::String, print),
    Function::variadic("printf", &[Type::String, Type::Any], Type::String, printf),
    Function::variadic("println", &[Type::Any], Type::String, println),
    Function::variadic("slice", &[Type::Reflect, Type::Reflect], Type::Reflect, access::slice),
    Function::variadic("urlquery", &[Type::Any], Type::String, escape::urlquery),
];

/// The signature of `call`. There are no function values in a template's data, so that it can only fail.
pub(crate) static CALL: Function =
    Function::variadic("call", &[Type::Reflect, Type::Reflect], Type::Reflect, access::call);

/// What printing in this call may use up.
pub(crate) fn bounds(call: &Call<'_>) -> Bounds {
    Bounds {
        bytes: call.memory_left(),
        nesting: call.nesting(),
    }
}

fn not(_: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Value, FunctionError> {
    Ok(Value::Bool(!arguments.value(0)?.is_true()))
}

fn text(printed: Result<Vec<u8>, Limit>) -> Result<Value, FunctionError> {
    Ok(Value::string(printed?))
}

fn print(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Value, FunctionError> {
    text(fmt::print(arguments.all(), bounds(call)))
}

fn println(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Value, FunctionError> {
    text(fmt::println(arguments.all(), bounds(call)))
}

fn printf(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Value, FunctionError> {
    text(fmt::printf(
        arguments.text(0)?.as_bytes(),
        arguments.rest(1),
        bounds(call),
    ))
}
