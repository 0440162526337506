//! `html`, `js` and `urlquery`.

use crate::call::Call;
use crate::fmt;
use crate::function::{Arguments, FunctionError};
use crate::unicode;
use crate::value::{Type, Value};

type Result<T> = std::result::Result<T, FunctionError>;

/// The operands as one text: printed like an action prints, joined like `print` joins.
fn joined(call: &Call<'_>, arguments: Arguments<'_>) -> Result<Vec<u8>> {
    if let [Value::String(text)] = arguments.all() {
        return Ok(text.as_bytes().to_vec());
    }
    let bounds = super::bounds(call);
    let mut values = Vec::with_capacity(arguments.len());
    for value in arguments.all() {
        values.push(match value {
            Value::Nil | Value::Null(Type::Any) => Value::string("<no value>"),
            Value::Object(object) if object.is_pointer() => followed(value, bounds)?,
            value => value.clone(),
        });
    }
    Ok(fmt::print(&values, bounds)?)
}

/// What a pointer prints as when it is followed. It stands for a struct, which is no text to the rules of spacing.
fn followed(value: &Value, bounds: fmt::Bounds) -> Result<Value> {
    let text = fmt::display(value, bounds)?.unwrap_or_default();
    Ok(Value::object(fmt::Printed::new(text)))
}

pub(super) fn html(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Value> {
    let text = joined(call, arguments)?;
    call.reserve(text.len().saturating_mul(2))?;
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            0 => out.extend_from_slice("\u{fffd}".as_bytes()),
            b'"' => out.extend_from_slice(b"&#34;"),
            b'\'' => out.extend_from_slice(b"&#39;"),
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            byte => out.push(byte),
        }
    }
    Ok(Value::string(out))
}

pub(super) fn js(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Value> {
    let text = joined(call, arguments)?;
    call.reserve(text.len().saturating_mul(2))?;
    let mut out = Vec::with_capacity(text.len());
    let mut rest = &text[..];
    while let Some(&byte) = rest.first() {
        let (rune, width) = unicode::decode(rest);
        match byte {
            b'\\' | b'\'' | b'"' => out.extend_from_slice(&[b'\\', byte]),
            b'<' | b'>' | b'&' | b'=' | 0..0x20 => out.extend_from_slice(format!("\\u{byte:04X}").as_bytes()),
            0x20..0x80 => out.push(byte),
            _ if unicode::is_print(rune) => out.extend_from_slice(&rest[..width]),
            _ => out.extend_from_slice(format!("\\u{rune:04X}").as_bytes()),
        }
        rest = &rest[width..];
    }
    Ok(Value::string(out))
}

pub(super) fn urlquery(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Value> {
    let text = joined(call, arguments)?;
    call.reserve(text.len().saturating_mul(2))?;
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte),
            b' ' => out.push(b'+'),
            byte => out.extend_from_slice(format!("%{byte:02X}").as_bytes()),
        }
    }
    Ok(Value::string(out))
}
