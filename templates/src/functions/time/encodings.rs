//! Times as bytes, which templates see as lists of numbers.

use super::methods::time;
use crate::call::Call;
use crate::function::{Arguments, FunctionError};
use crate::value::{List, Type, Value};

type Outcome = Result<Value, FunctionError>;

const RFC3339: &[u8] = b"2006-01-02T15:04:05.999999999Z07:00";

/// `Time.AppendFormat`.
pub(super) fn append_format(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let (before, layout) = (arguments.list(1)?, arguments.text(2)?.as_bytes());
    call.reserve(layout.len().saturating_mul(4).saturating_add(before.len()) * size_of::<Value>())?;
    let added = time(arguments, 0)?.format(layout);
    let added = List::bytes(&added);
    let items = before.items().iter().chain(added.items()).cloned();
    Ok(Value::List(List::of(Type::UINT8, items.collect())))
}

/// `Time.MarshalJSON`.
pub(super) fn json(_: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let text = time(arguments, 0)?.format(RFC3339);
    Ok(Value::List(List::bytes(&[b"\"", &text[..], b"\""].concat())))
}

/// `Time.MarshalText`.
pub(super) fn text(_: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::List(List::bytes(&time(arguments, 0)?.format(RFC3339))))
}
