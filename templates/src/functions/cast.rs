//! Conversions to numbers that never fail: what cannot be converted is 0, as in sprig.

use super::numbers;
use crate::{Text, Value};

/// Go's `int64(float)` on amd64: what does not fit is the smallest integer.
fn truncate(number: f64) -> i64 {
    match (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&number) {
        true => number as i64,
        false => i64::MIN,
    }
}

/// An integer: texts may have a base prefix, and a fraction of zeros.
pub(super) fn int(value: &Value) -> i64 {
    match value {
        Value::Int(_, number) => *number,
        Value::Uint(_, number) => *number as i64,
        Value::Float(number) => truncate(*number),
        Value::Bool(truth) => i64::from(*truth),
        Value::String(text) | Value::Number(text) => {
            numbers::parse_int(without_zero_fraction(text.as_bytes()), 0).unwrap_or(0)
        }
        Value::Object(object) if matches!(object.named().name, "time.Month" | "time.Weekday") => {
            object.underlying().map_or(0, |value| int(&value))
        }
        _ => 0,
    }
}

/// A float.
pub(super) fn float(value: &Value) -> f64 {
    match value {
        Value::Int(_, number) => *number as f64,
        Value::Uint(_, number) => *number as f64,
        Value::Float(number) => *number,
        Value::Bool(truth) => f64::from(u8::from(*truth)),
        Value::String(text) | Value::Number(text) => numbers::parse_float(text.as_bytes()).unwrap_or(0.0),
        Value::Object(object) if matches!(object.named().name, "time.Month" | "time.Weekday") => {
            object.underlying().map_or(0.0, |value| float(&value))
        }
        _ => 0.0,
    }
}

/// `12.00` is `12`; `1.5` stays.
fn without_zero_fraction(text: &[u8]) -> &[u8] {
    let digits = text.len() - text.iter().rev().take_while(|byte| **byte == b'0').count();
    match text[..digits].last() {
        Some(b'.') if digits < text.len() => &text[..digits - 1],
        _ => text,
    }
}

/// What sprig takes for the text of a value: a text itself, or what `String()` or `%v` gives.
pub(super) fn text_of(value: &Value) -> Option<Text> {
    match value {
        Value::String(text) | Value::Number(text) => Some(text.clone()),
        Value::Object(object) => object.text(),
        _ => None,
    }
}
