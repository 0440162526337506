//! Floats as `strconv.FormatFloat` writes them.

use std::fmt::Write as _;

/// Significant decimal digits without trailing zeros, and where the point stands: 0.DIGITS × 10^point.
struct Digits {
    digits: Vec<u8>,
    point: i32,
}

impl Digits {
    /// From `d.ddde±x`, as Rust writes it.
    fn from_scientific(text: &str) -> Digits {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let mut digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        let exponent: i32 = exponent.parse().unwrap_or(0);
        let point = if digits.is_empty() { 0 } else { exponent + 1 };
        Digits { digits, point }
    }

    fn count(&self) -> i32 {
        i32::try_from(self.digits.len()).unwrap_or(i32::MAX)
    }

    fn at(&self, index: usize) -> char {
        char::from(self.digits.get(index).copied().unwrap_or(b'0'))
    }

    fn scientific(&self, precision: usize, letter: char) -> String {
        let mut out = String::from(self.at(0));
        if precision > 0 {
            out.push('.');
            out.extend((1..=precision).map(|index| self.at(index)));
        }
        let exponent = if self.digits.is_empty() { 0 } else { self.point - 1 };
        push_exponent(&mut out, letter, exponent);
        out
    }

    fn positional(&self) -> String {
        let mut out = String::new();
        let whole = usize::try_from(self.point).unwrap_or(0);
        match whole {
            0 => out.push('0'),
            _ => out.extend((0..whole).map(|index| self.at(index))),
        }
        let fraction = usize::try_from(self.count() - self.point).unwrap_or(0);
        if fraction > 0 {
            out.push('.');
            for offset in 0..fraction {
                let index = i64::from(self.point) + i64::try_from(offset).unwrap_or(0);
                out.push(usize::try_from(index).map_or('0', |index| self.at(index)));
            }
        }
        out
    }
}

fn push_exponent(out: &mut String, letter: char, exponent: i32) {
    let sign = if exponent < 0 { '-' } else { '+' };
    let _infallible = write!(out, "{letter}{sign}{:02}", exponent.unsigned_abs());
}

/// No float has more decimal digits than this; what a larger precision asks for are zeros. Rust's own ends at 65 535.
const MOST_DIGITS: usize = 1_100;

/// `strconv.FormatFloat(number, verb, precision, 64)`; no precision means the fewest digits that read back the same.
pub(crate) fn format_float(number: f64, verb: u8, precision: Option<usize>) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    let sign = if number.is_sign_negative() { "-" } else { "" };
    if number.is_infinite() {
        return if number > 0.0 {
            "+Inf".to_owned()
        } else {
            "-Inf".to_owned()
        };
    }
    let magnitude = number.abs();
    let unsigned = match verb {
        b'b' => binary(magnitude),
        b'x' | b'X' => hexadecimal(magnitude, precision, verb),
        b'e' | b'E' => scientific(magnitude, precision, char::from(verb)),
        b'g' | b'G' => general(magnitude, precision, if verb == b'g' { 'e' } else { 'E' }),
        _ => match precision {
            Some(precision) => {
                let exact = precision.min(MOST_DIGITS);
                format!("{magnitude:.exact$}") + &"0".repeat(precision - exact)
            }
            None => Digits::from_scientific(&shortest(magnitude)).positional(),
        },
    };
    format!("{sign}{unsigned}")
}

/// The fewest digits that read back the same, as `d.ddde±x`. Of two such numbers that are equally near Go takes the one
/// with the even last digit, Rust the larger one.
pub(crate) fn shortest(magnitude: f64) -> String {
    let text = format!("{magnitude:e}");
    let digits = text
        .bytes()
        .take_while(|byte| *byte != b'e')
        .filter(u8::is_ascii_digit)
        .count();
    let nearest = format!("{magnitude:.*e}", digits.saturating_sub(1));
    match nearest.parse() == Ok(magnitude) {
        true => nearest,
        false => text,
    }
}

fn scientific(magnitude: f64, precision: Option<usize>, letter: char) -> String {
    match precision {
        Some(precision) => {
            let exact = precision.min(MOST_DIGITS);
            Digits::from_scientific(&format!("{magnitude:.exact$e}")).scientific(precision, letter)
        }
        None => {
            let digits = Digits::from_scientific(&shortest(magnitude));
            let precision = digits.digits.len().saturating_sub(1);
            digits.scientific(precision, letter)
        }
    }
}

/// The form with an exponent when the exponent is below -4 or not below the precision, which counts as 6 where there is
/// none.
fn general(magnitude: f64, precision: Option<usize>, letter: char) -> String {
    let (digits, precision, limit) = match precision {
        None => {
            let digits = Digits::from_scientific(&shortest(magnitude));
            let count = digits.count();
            (digits, count, 6)
        }
        Some(precision) => {
            let precision = precision.max(1);
            let digits = Digits::from_scientific(&format!("{magnitude:.*e}", (precision - 1).min(MOST_DIGITS)));
            let precision = i32::try_from(precision).unwrap_or(i32::MAX);
            let few = precision > digits.count() && digits.count() >= digits.point;
            let limit = if few { digits.count() } else { precision };
            (digits, precision, limit)
        }
    };
    let exponent = digits.point - 1;
    if exponent < -4 || exponent >= limit {
        let precision = precision.min(digits.count()) - 1;
        return digits.scientific(usize::try_from(precision).unwrap_or(0), letter);
    }
    digits.positional()
}

/// Mantissa and binary exponent: `6755399441055744p-52`.
fn binary(magnitude: f64) -> String {
    let (mantissa, exponent) = parts(magnitude);
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}p{sign}{}", exponent.unsigned_abs())
}

/// Mantissa as an integer, and the power of two it is multiplied by.
fn parts(magnitude: f64) -> (u64, i32) {
    let bits = magnitude.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let exponent = i32::try_from(bits >> 52).unwrap_or(0);
    match exponent {
        0 => (fraction, -1074),
        _ => (fraction | 1 << 52, exponent - 1075),
    }
}

fn hexadecimal(magnitude: f64, precision: Option<usize>, verb: u8) -> String {
    let (mut mantissa, mut exponent) = parts(magnitude);
    if mantissa == 0 {
        exponent = 0;
    } else {
        // One digit before the point, 60 bits after it.
        let shift = mantissa.leading_zeros() - 3;
        mantissa <<= shift;
        exponent += 60 - i32::try_from(shift).unwrap_or(0);
    }
    if let Some(precision) = precision.filter(|precision| *precision < 15) {
        let drop = 60 - 4 * u32::try_from(precision).unwrap_or(0);
        let rest = mantissa & ((1 << drop) - 1);
        let half = 1_u64 << (drop - 1);
        let mut kept = mantissa >> drop;
        kept += u64::from(rest > half || (rest == half && kept & 1 == 1));
        mantissa = kept << drop;
        if mantissa >> 61 != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let mut digits = format!("{:015x}", mantissa & ((1 << 60) - 1));
    match precision {
        Some(precision) if precision < 15 => digits.truncate(precision),
        Some(precision) => digits.extend(std::iter::repeat_n('0', precision - 15)),
        None => digits.truncate(digits.trim_end_matches('0').len()),
    }
    let mut out = format!("0x{}", mantissa >> 60);
    if !digits.is_empty() {
        out.push('.');
        out.push_str(&digits);
    }
    push_exponent(&mut out, 'p', exponent);
    if verb == b'X' { out.to_uppercase() } else { out }
}
