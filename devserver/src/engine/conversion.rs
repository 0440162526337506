//! Weak conversions of field values, with the original's words for what cannot be converted.

use super::fields::Kind;
use crate::duration;
use crate::json::{Object, Value};
use std::collections::BTreeMap;

pub(super) fn check(kind: Kind, value: &Value) -> Result<(), String> {
    match kind {
        Kind::Text | Kind::LowerText => to_text(value).map(drop),
        Kind::Integer => to_int(value).map(drop),
        Kind::Float => to_float(value).map(drop),
        Kind::Boolean => to_bool(value).map(drop),
        Kind::Map => to_map(value).map(drop),
        Kind::Pairs => to_pairs(value).map(drop),
        Kind::Seconds => match duration::from_json(value)? {
            negative @ ..0 => Err(format!("cannot provide negative value '{negative}'")),
            _ => Ok(()),
        },
        Kind::SignedSeconds => duration::from_json(value).map(drop),
        Kind::List => Ok(()),
        Kind::TextList => to_list(value, false).map(drop),
        Kind::CommaList => to_list(value, true).map(drop),
    }
}

fn unconvertible(expected: &str, value: &Value) -> String {
    format!(
        "'' expected type '{expected}', got unconvertible type '{}'",
        value.go_type()
    )
}

/// A text from whatever scalar it is.
///
/// # Errors
/// What it is instead, in the original's words.
pub fn to_string(value: &Value) -> Result<String, String> {
    to_text(value)
}

/// An integer from whatever scalar it is.
///
/// # Errors
/// Why it is none, in the original's words.
pub fn to_integer(value: &Value) -> Result<i64, String> {
    to_int(value)
}

pub(super) fn to_text(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.as_str().to_owned()),
        Value::Bool(true) => Ok("1".to_owned()),
        Value::Bool(false) => Ok("0".to_owned()),
        Value::Null => Ok(String::new()),
        other => Err(unconvertible("string", other)),
    }
}

fn unparsable(kind: &str, function: &str) -> String {
    format!("'' cannot parse value as '{kind}': strconv.{function}: invalid syntax")
}

pub(super) fn to_int(value: &Value) -> Result<i64, String> {
    match value {
        Value::Number(number) => number.as_i64().ok_or_else(|| unparsable("int", "ParseInt")),
        Value::String(text) if text.is_empty() => Ok(0),
        Value::String(text) => text.parse().map_err(|_| unparsable("int", "ParseInt")),
        Value::Bool(flag) => Ok(i64::from(*flag)),
        Value::Null => Ok(0),
        other => Err(unconvertible("int", other)),
    }
}

fn to_float(value: &Value) -> Result<f64, String> {
    match value {
        Value::Number(number) => number.as_str().parse().map_err(|_| unparsable("float64", "ParseFloat")),
        Value::String(text) => text.parse().map_err(|_| unparsable("float64", "ParseFloat")),
        Value::Bool(flag) => Ok(f64::from(u8::from(*flag))),
        Value::Null => Ok(0.0),
        other => Err(unconvertible("float64", other)),
    }
}

pub(super) fn to_bool(value: &Value) -> Result<bool, String> {
    let text = match value {
        Value::Bool(flag) => return Ok(*flag),
        Value::Number(number) => number.as_str(),
        Value::String(text) => text.as_str(),
        Value::Null => "",
        other => return Err(unconvertible("bool", other)),
    };
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
        "" | "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
        _ => Err(unparsable("bool", "ParseBool")),
    }
}

/// An object; a list of objects is merged into one.
pub(super) fn to_map(value: &Value) -> Result<Object, String> {
    let expected = |place: &str, value: &Value| {
        let found = value.go_type();
        format!("'{place}' expected type 'map[string]interface {{}}', got unconvertible type '{found}'")
    };
    match value {
        Value::Object(members) => Ok(members.clone()),
        Value::Null => Ok(Object::new()),
        Value::Array(items) => {
            let mut merged = Object::new();
            for (index, item) in items.iter().enumerate() {
                let members = item.as_object().ok_or_else(|| expected(&format!("[{index}]"), item))?;
                merged.extend(members.clone());
            }
            Ok(merged)
        }
        other => Err(expected("", other)),
    }
}

pub(super) fn to_list(value: &Value, split: bool) -> Result<Vec<String>, String> {
    let trim = |text: String| text.trim().to_owned();
    let wrong = |index: usize, item: &Value| {
        let text = format!(
            "'[{index}]' expected type 'string', got unconvertible type '{}'",
            item.go_type()
        );
        match split {
            true => format!("1 error(s) decoding:\n\n* {text}, value: '{}'", go_print(item)),
            false => format!("decoding failed due to the following error(s):\n\n{text}"),
        }
    };
    let texts = |items: &[Value]| -> Result<Vec<String>, String> {
        let texts = items.iter().enumerate();
        texts
            .map(|(index, item)| scalar_text(item).map(trim).ok_or_else(|| wrong(index, item)))
            .collect()
    };
    match value {
        Value::String(text) if text.is_empty() => Ok(Vec::new()),
        Value::String(text) if split => Ok(text
            .split(',')
            .map(|part| part.trim().to_owned())
            .filter(|part| !part.is_empty())
            .collect()),
        Value::Array(items) => texts(items),
        Value::Null => Ok(Vec::new()),
        Value::Object(members) if members.is_empty() => Ok(Vec::new()),
        scalar => texts(std::slice::from_ref(scalar)),
    }
}

fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::Array(_) | Value::Object(_) => None,
        scalar => to_text(scalar).ok(),
    }
}

/// A value as Go prints it with `%v`.
fn go_print(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.as_str().to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(go_print).collect::<Vec<_>>().join(" ")),
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(key, member)| format!("{key}:{}", go_print(member)));
            format!("map[{}]", members.collect::<Vec<_>>().join(" "))
        }
    }
}

pub(super) fn to_pairs(value: &Value) -> Result<BTreeMap<String, String>, String> {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(key, member)| Ok((key.clone(), to_text(member)?)))
            .collect(),
        other => to_list(other, false)?
            .iter()
            .map(|pair| match pair.split_once('=') {
                Some((key, text)) if !key.is_empty() => Ok((key.to_owned(), text.to_owned())),
                _ => Err(format!("invalid key pair {pair:?}")),
            })
            .collect(),
    }
}
