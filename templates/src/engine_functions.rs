//! Functions that are bound to the engine: requests to the server, the scratch store, nested templates.

use std::collections::BTreeMap;

use crate::call::Call;
use crate::fmt::quote;
use crate::function::{Arguments, Function, FunctionError};
use crate::pki;
use crate::request::{self, Request};
use crate::secret::Secret;
use crate::value::{List, STRING_LIST, Type, Value};

/// The table of this module.
pub(crate) static TABLE: &[Function] = &[
    Function::variadic(
        "executeTemplate",
        &[Type::String, Type::Any],
        Type::String,
        execute_template,
    ),
    Function::variadic("pkiCert", &[Type::String], Type::Any, pki_cert),
    Function::new("scratch", &[], Type::Any, scratch),
    Function::variadic("secret", &[Type::String], Type::Any, secret),
    Function::new("secrets", &[Type::String], STRING_LIST, secrets),
];

type Outcome = Result<Value, FunctionError>;

fn scratch(call: &mut Call<'_>, _: Arguments<'_>) -> Outcome {
    Ok(call.scratch())
}

fn execute_template(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let dot = match arguments.rest(1) {
        [] => Value::Nil,
        [dot] => dot.clone(),
        more => {
            return Err(format!(
                "executeTemplate: wrong number of arguments, expected 1 or 2, but got {}",
                more.len() + 1
            )
            .into());
        }
    };
    Ok(Value::string(call.execute(arguments.text(0)?.as_bytes(), dot)?))
}

fn secret(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let request = match arguments.all() {
        [] => return Ok(Value::Nil),
        [_] => read(&arguments.str_lossy(0)?)?,
        _ => {
            let path = trimmed(&arguments.str_lossy(0)?, "vault.write")?;
            Request::Write {
                path,
                data: fields(arguments.rest(1))?,
            }
        }
    };
    match call.shares_secrets() {
        true => call.ask(request, |secret| Ok(Secret::shared_view(secret))),
        false => call.ask(request, |secret| Ok(Secret::view(secret))),
    }
}

fn secrets(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let path = arguments.str_lossy(0)?;
    if path.is_empty() {
        return Ok(Value::List(List::nil(Type::String)));
    }
    let path = trimmed(&path, "vault.list")?;
    let query = Vec::new();
    call.ask(Request::List { path, query }, |secret| Ok(Secret::keys_view(secret)))
}

fn pki_cert(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    if arguments.is_empty() {
        return Ok(Value::Nil);
    }
    let trimmed = trimmed(&arguments.str_lossy(0)?, "vault.read")?;
    let data = fields(arguments.rest(1))?;
    let (path, _) = request::parse_path(&trimmed)?;
    call.ask(Request::PkiCert { path, data }, pki::view)
}

fn read(path: &str) -> Result<Request, FunctionError> {
    let trimmed = trimmed(path, "vault.read")?;
    let (path, query) = request::parse_path(&trimmed)?;
    Ok(Request::Read { path, query })
}

/// A path without white space and slashes at its ends.
fn trimmed(path: &str, what: &str) -> Result<String, FunctionError> {
    let trimmed = path.trim().trim_matches('/');
    match trimmed.is_empty() {
        true => Err(format!("{what}: invalid format: \"\"").into()),
        false => Ok(trimmed.to_owned()),
    }
}

/// Arguments of the form `key=value`; empty ones do not count.
fn fields(arguments: &[Value]) -> Result<BTreeMap<String, String>, FunctionError> {
    let mut fields = BTreeMap::new();
    for argument in arguments
        .iter()
        .filter_map(Value::as_text)
        .filter(|text| !text.is_empty())
    {
        let text = argument.to_str_lossy();
        let Some((key, value)) = text.split_once('=') else {
            let shown = quote::quoted(argument.as_bytes());
            return Err([b"not k=v pair ", &shown[..]].concat().into());
        };
        fields.insert(key.trim().to_owned(), value.trim().to_owned());
    }
    Ok(fields)
}
