//! Values as text, for functions that print them.

use super::cast;
use crate::fmt::{self, Bounds};
use crate::function::FunctionError;
use crate::{Call, Text, Type, Value};

pub(super) fn bounds(call: &Call<'_>) -> Bounds {
    Bounds {
        bytes: call.limits().memory,
        nesting: call.nesting(),
    }
}

/// `fmt.Sprintf`.
pub(super) fn formatted(call: &mut Call<'_>, format: &[u8], values: &[Value]) -> Result<Vec<u8>, FunctionError> {
    let text = fmt::printf(format, values, bounds(call))?;
    call.reserve(text.len())?;
    Ok(text)
}

/// `%v`.
pub(super) fn plain(call: &mut Call<'_>, value: &Value) -> Result<Vec<u8>, FunctionError> {
    formatted(call, b"%v", std::slice::from_ref(value))
}

/// sprig's text of a value: a text itself, or what `String()` or `%v` gives.
pub(super) fn text_of(call: &mut Call<'_>, value: &Value) -> Result<Text, FunctionError> {
    match cast::text_of(value) {
        Some(text) => Ok(text),
        None => plain(call, value).map(Text::new),
    }
}

/// `%T`.
pub(super) fn type_name(value: &Value) -> String {
    match value {
        Value::Nil | Value::Null(Type::Any) => "<nil>".to_owned(),
        value => value.type_of().unwrap_or(Type::Any).to_string(),
    }
}
