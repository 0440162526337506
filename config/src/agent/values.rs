//! Written values as typed ones; `None` where they do not fit.

use std::time::Duration;

use coffret_hcl::{Value, ValueKind};

use super::duration;

/// A string, or the text of a number or truth value.
pub(super) fn as_text(value: &Value) -> Option<String> {
    match &value.kind {
        ValueKind::String(text) => Some(text.clone()),
        ValueKind::Number(number) => Some(number.text.clone()),
        ValueKind::Bool(value) => Some(value.to_string()),
        ValueKind::Null | ValueKind::List(_) | ValueKind::Object(_) => None,
    }
}

/// The truth values Go's `strconv.ParseBool` knows, and the numbers 0 and 1.
pub(super) fn as_bool(value: &Value) -> Option<bool> {
    match &value.kind {
        ValueKind::Bool(value) => Some(*value),
        ValueKind::String(text) => match text.as_str() {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
            "" | "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
            _ => None,
        },
        ValueKind::Number(number) => match number.as_i64() {
            Some(0) => Some(false),
            Some(1) => Some(true),
            _ => None,
        },
        ValueKind::Null | ValueKind::List(_) | ValueKind::Object(_) => None,
    }
}

pub(super) fn as_integer(value: &Value) -> Option<i64> {
    match &value.kind {
        ValueKind::Number(number) => number.as_i64(),
        ValueKind::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

pub(super) fn as_duration(value: &Value) -> Option<Duration> {
    match &value.kind {
        ValueKind::Number(number) => Duration::try_from_secs_f64(number.as_f64()).ok(),
        ValueKind::String(text) => duration::parse(text),
        _ => None,
    }
}

pub(super) fn as_list(value: &Value) -> Option<Vec<String>> {
    match &value.kind {
        ValueKind::List(values) => values.iter().map(as_text).collect(),
        ValueKind::String(text) if text.is_empty() => Some(Vec::new()),
        ValueKind::String(text) => Some(text.split(',').map(str::to_owned).collect()),
        _ => None,
    }
}
