//! `time.Duration`: Go's text for spans of time, and what reads it.

use std::any::Any;

use super::methods::DURATION_METHODS;
use crate::fmt::quote::quoted;
use crate::value::{IntType, Named, Object, Text, Value};

/// Nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Duration(pub(super) i64);

pub(super) static DURATION: Named = Named {
    name: "time.Duration",
    is_struct: false,
    fields: &[],
    methods: DURATION_METHODS,
};

impl Object for Duration {
    fn named(&self) -> &'static Named {
        &DURATION
    }

    fn underlying(&self) -> Option<Value> {
        Some(Value::Int(IntType::Int64, self.0))
    }

    fn text(&self) -> Option<Text> {
        Some(Text::from(text(self.0)))
    }

    fn equals(&self, other: &dyn Object) -> bool {
        other.as_any().downcast_ref() == Some(self)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

pub(super) const SECOND: i64 = 1_000_000_000;

/// Go's `Duration.String`: `1h2m3.5s`.
pub(super) fn text(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let size = nanoseconds.unsigned_abs();
    let second = SECOND.unsigned_abs();
    if size < second {
        let (unit, name) = match size {
            0 => return "0s".to_owned(),
            1..1_000 => (1, "ns"),
            1_000..1_000_000 => (1_000, "µs"),
            _ => (1_000_000, "ms"),
        };
        return format!("{sign}{}{name}", decimal(size, unit));
    }
    let (hours, minutes) = (size / (3_600 * second), size / (60 * second) % 60);
    let seconds = decimal(size % (60 * second), second);
    match (hours, minutes) {
        (0, 0) => format!("{sign}{seconds}s"),
        (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
        (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
    }
}

/// A quotient of a power of ten, without trailing zeros.
fn decimal(size: u64, unit: u64) -> String {
    let digits = unit.to_string().len() - 1;
    let text = format!("{}.{:0digits$}", size / unit, size % unit);
    match digits {
        0 => (size / unit).to_string(),
        _ => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
    }
}

/// Go's `Duration.Round`: half away from zero.
pub(super) fn round(nanoseconds: i64, unit: i64) -> i64 {
    let rest = nanoseconds % unit;
    match rest.abs().checked_mul(2).is_some_and(|twice| twice < unit) {
        true => nanoseconds - rest,
        false => nanoseconds.saturating_add(if nanoseconds < 0 { -unit - rest } else { unit - rest }),
    }
}

/// Go's `time.ParseDuration`, in nanoseconds.
///
/// # Errors
/// Go's text.
pub(super) fn parse(text: &[u8]) -> Result<i64, Vec<u8>> {
    let invalid = || complaint("time: invalid duration ", text);
    let (negative, mut rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if rest == b"0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (number, after) = leading_number(rest).ok_or_else(invalid)?;
        let end = after
            .iter()
            .position(|byte| *byte == b'.' || byte.is_ascii_digit())
            .unwrap_or(after.len());
        let (name, after) = after.split_at(end);
        if name.is_empty() {
            return Err(complaint("time: missing unit in duration ", text));
        }
        let unit = unit(name).ok_or_else(|| {
            let mut message = complaint("time: unknown unit ", name);
            message.extend(b" in duration ");
            message.extend(quoted(text));
            message
        })?;
        total = number
            .in_units(unit)
            .and_then(|part| total.checked_add(part))
            .filter(|total| *total <= 1 << 63)
            .ok_or_else(invalid)?;
        rest = after;
    }
    match negative {
        true => 0_i64.checked_sub_unsigned(total),
        false => i64::try_from(total).ok(),
    }
    .ok_or_else(invalid)
}

fn complaint(what: &str, text: &[u8]) -> Vec<u8> {
    [what.as_bytes(), &quoted(text)].concat()
}

fn unit(name: &[u8]) -> Option<u64> {
    Some(match name {
        b"ns" => 1,
        b"us" | b"\xc2\xb5s" | b"\xce\xbcs" => 1_000,
        b"ms" => 1_000_000,
        b"s" => 1_000_000_000,
        b"m" => 60_000_000_000,
        b"h" => 3_600_000_000_000,
        _ => return None,
    })
}

/// A number with a fraction of `fraction / scale`.
struct Decimal {
    whole: u64,
    fraction: u64,
    scale: f64,
}

impl Decimal {
    fn in_units(&self, unit: u64) -> Option<u64> {
        let whole = self.whole.checked_mul(unit).filter(|product| *product <= 1 << 63)?;
        let part = (self.fraction as f64 * (unit as f64 / self.scale)) as u64;
        whole.checked_add(part).filter(|sum| *sum <= 1 << 63)
    }
}

fn leading_number(text: &[u8]) -> Option<(Decimal, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = match digits {
        0 => 0,
        _ => std::str::from_utf8(&text[..digits])
            .ok()?
            .parse()
            .ok()
            .filter(|whole: &u64| *whole <= 1 << 63)?,
    };
    let mut number = Decimal {
        whole,
        fraction: 0,
        scale: 1.0,
    };
    let mut rest = &text[digits..];
    let mut seen = digits > 0;
    if let [b'.', after @ ..] = rest {
        let digits = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
        seen |= digits > 0;
        for digit in &after[..digits] {
            let next = number
                .fraction
                .checked_mul(10)
                .and_then(|fraction| fraction.checked_add(u64::from(digit - b'0')));
            let Some(next) = next.filter(|next| i64::try_from(*next).is_ok()) else {
                break;
            };
            number.fraction = next;
            number.scale *= 10.0;
        }
        rest = &after[digits..];
    }
    seen.then_some((number, rest))
}
