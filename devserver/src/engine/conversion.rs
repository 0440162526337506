//! Weak conversions of field values, with the original's words for what cannot be converted.

use super::fields::Kind;
use super::go_integer;
use crate::duration;
use crate::json::{Object, Value};
use jiff::Timestamp;
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
        Kind::Time => to_time(value).map(drop),
        Kind::List => Ok(()),
        Kind::TextList => to_list(value, false).map(drop),
        Kind::CommaList => to_list(value, true).map(drop),
        Kind::IntegerList => to_integers(value).map(drop),
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
    let parse =
        |text: &str| go_integer::parse(text).map_err(|error| format!("'' cannot parse value as 'int': {error}"));
    match value {
        Value::Number(number) => parse(number.as_str()),
        Value::String(text) if text.is_empty() => Ok(0),
        Value::String(text) => parse(text),
        Value::Bool(flag) => Ok(i64::from(*flag)),
        Value::Null => Ok(0),
        other => Err(unconvertible("int", other)),
    }
}

/// A moment: a text as RFC 3339 or in seconds since 1970, or a number of such seconds.
pub(super) fn to_time(value: &Value) -> Result<Timestamp, String> {
    let of_seconds = |seconds: i64| Timestamp::from_second(seconds).map_err(|error| error.to_string());
    match value {
        Value::Number(number) => {
            let text = number.as_str();
            let wrong = |_| format!("strconv.ParseInt: parsing {text:?}: invalid syntax");
            text.parse::<i64>().map_err(wrong).and_then(of_seconds)
        }
        Value::String(text) => {
            if let Ok(moment) = text.parse::<Timestamp>() {
                return Ok(moment);
            }
            let wrong = |_| "could not parse string as date and time".to_owned();
            text.parse::<i64>().map_err(wrong).and_then(of_seconds)
        }
        _ => Err("could not parse time from input type".to_owned()),
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
    let mut merged = Object::new();
    merge_into(&mut merged, value, "")?;
    Ok(merged)
}

/// Whether Go decodes a value to no map at all, which is not the same as an empty one: null, and lists of nothing else.
pub fn is_no_map(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => !items.is_empty() && items.iter().all(is_no_map),
        _ => false,
    }
}

fn merge_into(merged: &mut Object, value: &Value, place: &str) -> Result<(), String> {
    match value {
        Value::Object(members) => merged.extend(members.clone()),
        Value::Null => {}
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                merge_into(merged, item, &format!("{place}[{index}]"))?;
            }
        }
        other => {
            let found = other.go_type();
            return Err(format!(
                "'{place}' expected type 'map[string]interface {{}}', got unconvertible type '{found}'"
            ));
        }
    }
    Ok(())
}

pub(super) fn to_list(value: &Value, split: bool) -> Result<Vec<String>, String> {
    let parts = match value {
        Value::String(text) if split => separated(text),
        other => elements(other),
    };
    let wrong = |index: usize, item: &Value| {
        let text = format!(
            "'[{index}]' expected type 'string', got unconvertible type '{}'",
            item.go_type()
        );
        match split {
            true => format!("* {text}, value: '{}'", go_print(item)),
            false => text,
        }
    };
    let mut texts = Vec::new();
    let mut errors = Vec::new();
    for (index, item) in parts.iter().enumerate() {
        match scalar_text(item) {
            Some(text) => texts.push(text.trim().to_owned()),
            None => errors.push(wrong(index, item)),
        }
    }
    match (errors.len(), split) {
        (0, _) => Ok(texts),
        (count, true) => Err(format!("{count} error(s) decoding:\n\n{}", errors.join("\n"))),
        (_, false) => Err(failed(&errors)),
    }
}

/// A list of integers, or one text of them with commas.
pub(super) fn to_integers(value: &Value) -> Result<Vec<i64>, String> {
    let parts = match value {
        Value::String(text) => separated(text),
        Value::Number(number) => separated(number.as_str()),
        other => elements(other),
    };
    let mut integers = Vec::new();
    let mut errors = Vec::new();
    for (index, item) in parts.iter().enumerate() {
        match to_int(item) {
            Ok(integer) => integers.push(integer),
            Err(text) => errors.push(text.replacen("''", &format!("'[{index}]'"), 1)),
        }
    }
    match errors.len() {
        0 => Ok(integers),
        _ => Err(failed(&errors)),
    }
}

fn failed(errors: &[String]) -> String {
    format!(
        "decoding failed due to the following error(s):\n\n{}",
        errors.join("\n")
    )
}

/// The parts of a text with commas; no text has none.
fn separated(text: &str) -> Vec<Value> {
    match text {
        "" => Vec::new(),
        _ => text.split(',').map(Value::from).collect(),
    }
}

/// What a value is as a list: anything that is none is its only element.
fn elements(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        Value::Null => Vec::new(),
        Value::Object(members) if members.is_empty() => Vec::new(),
        Value::String(text) if text.is_empty() => Vec::new(),
        scalar => vec![scalar.clone()],
    }
}

fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::Array(_) | Value::Object(_) | Value::Deep(_) => None,
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
        // No error text shows so much.
        Value::Deep(_) => "…".to_owned(),
    }
}

/// An object of texts, or else a list of `key=value`.
pub(super) fn to_pairs(value: &Value) -> Result<BTreeMap<String, String>, String> {
    let texts = |members: Object| -> Result<BTreeMap<String, String>, String> {
        let texts = members.into_iter().map(|(key, member)| Ok((key, to_text(&member)?)));
        texts.collect()
    };
    if let Ok(pairs) = to_map(value).and_then(texts) {
        return Ok(pairs);
    }
    let items = match value {
        Value::Array(items) => items.clone(),
        single => vec![single.clone()],
    };
    let wrong = items.iter().enumerate().filter(|(_, item)| scalar_text(item).is_none());
    let errors: Vec<String> = wrong
        .map(|(index, item)| {
            let found = item.go_type();
            format!("'[{index}]' expected type 'string', got unconvertible type '{found}'")
        })
        .collect();
    if !errors.is_empty() {
        return Err(failed(&errors));
    }
    let pair = |text: String| match text.split_once('=') {
        Some((key, text)) if !key.is_empty() => Ok((key.to_owned(), text.to_owned())),
        _ => Err(format!("invalid key pair {text:?}")),
    };
    items.iter().filter_map(scalar_text).map(pair).collect()
}
