//! The order of keys: numbers before texts, and in texts runs of digits by their number.

use std::cmp::Ordering;

use crate::unicode;
use crate::value::{Kind, Value};

/// Sorts entries by their keys.
pub(super) fn sort(entries: &mut [(Value, Value)]) {
    entries.sort_by(|(one, _), (two, _)| match (is_less(one, two), is_less(two, one)) {
        (true, _) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => Ordering::Equal,
    });
}

fn is_less(one: &Value, two: &Value) -> bool {
    if let (Some(a), Some(b)) = (number(one), number(two)) {
        return match a == b {
            false => a < b,
            true => rank(one) < rank(two),
        };
    }
    match (one.as_text(), two.as_text()) {
        (Some(one), Some(two)) => text_is_less(one.as_bytes(), two.as_bytes()),
        _ => rank(one) < rank(two),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(_, number) => Some(*number as f64),
        Value::Uint(_, number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        Value::Bool(truth) => Some(f64::from(u8::from(*truth))),
        _ => None,
    }
}

/// Go's numbering of kinds.
fn rank(value: &Value) -> u8 {
    match value.kind() {
        Kind::Bool => 1,
        Kind::Int(_) => 2,
        Kind::Uint(_) => 7,
        Kind::Float64 => 14,
        Kind::Complex128 => 16,
        Kind::Chan => 18,
        // A nil key is the nil of an interface.
        Kind::Invalid | Kind::Interface => 20,
        Kind::Map => 21,
        Kind::Ptr => 22,
        Kind::Slice => 23,
        Kind::String => 24,
        Kind::Struct => 25,
    }
}

fn text_is_less(one: &[u8], two: &[u8]) -> bool {
    let one: Vec<u32> = unicode::runes(one).map(|(rune, _)| rune).collect();
    let two: Vec<u32> = unicode::runes(two).map(|(rune, _)| rune).collect();
    let Some(at) = one.iter().zip(&two).position(|(a, b)| a != b) else {
        return one.len() < two.len();
    };
    let (a, b) = (one[at], two[at]);
    match (unicode::is_letter(a), unicode::is_letter(b)) {
        (true, true) => return a < b,
        (false, false) => (),
        (_, letter) => return letter,
    }
    let zero = u32::from('0');
    let after_number = || {
        one[..at]
            .iter()
            .rev()
            .take_while(|rune| unicode::is_digit(**rune))
            .any(|rune| *rune != zero)
    };
    let start = i64::from((a == zero || b == zero) && after_number());
    let (a_number, a_end) = digits(&one, at, start);
    let (b_number, b_end) = digits(&two, at, start);
    (a_number, a_end, a) < (b_number, b_end, b)
}

/// The number that digits from a position on make, and where they end.
fn digits(text: &[u32], at: usize, start: i64) -> (i64, usize) {
    let digits = text[at..].iter().take_while(|rune| unicode::is_digit(**rune));
    let (mut number, mut end) = (start, at);
    for digit in digits {
        number = number
            .wrapping_mul(10)
            .wrapping_add(i64::from(*digit) - i64::from(b'0'));
        end += 1;
    }
    (number, end)
}
