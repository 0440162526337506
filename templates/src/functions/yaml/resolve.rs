//! What a plain scalar means: YAML 1.1's booleans, nulls and numbers.

use super::super::numbers;
use super::super::time::Time;
use crate::value::Value;

pub(super) const LONG_PREFIX: &str = "tag:yaml.org,2002:";
pub(super) const BINARY: &str = "tag:yaml.org,2002:binary";
const STR: &str = "tag:yaml.org,2002:str";

/// The type of a resolved scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Str,
    Bool,
    Int,
    Float,
    Null,
    Timestamp,
    /// A tag of the document that has no meaning here.
    Other,
}

impl Tag {
    fn of(name: &str) -> Tag {
        match name.strip_prefix(LONG_PREFIX) {
            Some("str") => Tag::Str,
            Some("bool") => Tag::Bool,
            Some("int") => Tag::Int,
            Some("float") => Tag::Float,
            Some("null") => Tag::Null,
            Some("timestamp") => Tag::Timestamp,
            _ => Tag::Other,
        }
    }

    fn short(self) -> &'static str {
        match self {
            Tag::Str => "!!str",
            Tag::Bool => "!!bool",
            Tag::Int => "!!int",
            Tag::Float => "!!float",
            Tag::Null => "!!null",
            Tag::Timestamp => "!!timestamp",
            Tag::Other => "",
        }
    }
}

/// Reads a scalar that has a tag, or none (empty).
///
/// # Errors
/// The text of yaml.v2 where the scalar is not what its tag says.
pub(super) fn resolve(tag: &str, text: &str) -> Result<(Tag, Value), String> {
    let wanted = Tag::of(tag);
    if tag == STR || (!tag.is_empty() && wanted == Tag::Other) {
        return Ok((if tag == STR { Tag::Str } else { Tag::Other }, Value::string(text)));
    }
    let (found, value) = plain(text, tag.is_empty() || wanted == Tag::Timestamp);
    match (wanted, &value) {
        _ if tag.is_empty() || wanted == found => Ok((found, value)),
        (Tag::Float, Value::Int(_, number)) => Ok((Tag::Float, Value::Float(*number as f64))),
        _ => Err(format!(
            "cannot decode {} `{text}` as a {}",
            found.short(),
            wanted.short()
        )),
    }
}

/// Reads a plain scalar.
pub(super) fn plain(text: &str, timestamps: bool) -> (Tag, Value) {
    if let Some(known) = word(text) {
        return known;
    }
    let number = match text.bytes().next() {
        Some(b'.') => numbers::parse_float(text.as_bytes())
            .ok()
            .map(|number| (Tag::Float, Value::Float(number))),
        Some(b'0'..=b'9' | b'+' | b'-') if timestamps && is_timestamp(text) => {
            Some((Tag::Timestamp, Value::string(text)))
        }
        Some(b'0'..=b'9' | b'+' | b'-') => number(&text.replace('_', "")),
        _ => None,
    };
    number.unwrap_or_else(|| (Tag::Str, Value::string(text)))
}

fn word(text: &str) -> Option<(Tag, Value)> {
    Some(match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            (Tag::Bool, Value::Bool(true))
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            (Tag::Bool, Value::Bool(false))
        }
        "" | "~" | "null" | "Null" | "NULL" => (Tag::Null, Value::Nil),
        ".nan" | ".NaN" | ".NAN" => (Tag::Float, Value::Float(f64::NAN)),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => (Tag::Float, Value::Float(f64::INFINITY)),
        "-.inf" | "-.Inf" | "-.INF" => (Tag::Float, Value::Float(f64::NEG_INFINITY)),
        _ => return None,
    })
}

/// A number without underscores: integers with a base prefix, decimal floats, and binary with a sign before `0b`.
fn number(text: &str) -> Option<(Tag, Value)> {
    let bytes = text.as_bytes();
    if let Ok(number) = numbers::parse_int(bytes, 0) {
        return Some((Tag::Int, Value::int(number)));
    }
    if let Ok(number) = numbers::parse_uint(bytes, 0) {
        return Some((Tag::Int, Value::uint64(number)));
    }
    if is_decimal(text) {
        return numbers::parse_float(bytes)
            .ok()
            .map(|number| (Tag::Float, Value::Float(number)));
    }
    let binary = match text.strip_prefix("-0b") {
        Some(digits) => numbers::parse_int(format!("-{digits}").as_bytes(), 2),
        None => numbers::parse_int(text.strip_prefix("0b")?.as_bytes(), 2),
    };
    binary.ok().map(|number| (Tag::Int, Value::int(number)))
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_decimal(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (text, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let has_digits = !whole.is_empty() || (mantissa.contains('.') && !fraction.is_empty());
    has_digits
        && digits(whole)
        && digits(fraction)
        && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(exponent))
}

fn is_timestamp(text: &str) -> bool {
    let year = text.bytes().take_while(u8::is_ascii_digit).count();
    let layouts: [&[u8]; 4] = [
        b"2006-1-2T15:4:5.999999999Z07:00",
        b"2006-1-2t15:4:5.999999999Z07:00",
        b"2006-1-2 15:4:5.999999999",
        b"2006-1-2",
    ];
    year == 4
        && text.as_bytes().get(4) == Some(&b'-')
        && layouts.iter().any(|layout| Time::reads(layout, text.as_bytes()))
}

/// Whether YAML 1.1 takes the text for a number in base 60: `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`
pub(super) fn is_base60(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let free = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let mut parts = whole.split(':');
    let first = parts.next().unwrap_or("");
    let mut count = 0;
    let sixties = parts.all(|part| {
        count += 1;
        matches!(part.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9'])
    });
    first.starts_with(|first: char| first.is_ascii_digit()) && free(first) && sixties && count > 0 && free(fraction)
}
