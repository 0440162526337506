//! Decimal arithmetic of any size, for sprig's `addf` and its kin: `0.1 + 0.2` is `0.3` there.

use std::cmp::Ordering;

/// Digits after the point of a quotient.
const DIVISION_PRECISION: i64 = 16;

/// `±digits * 10^exponent`. Digits are little-endian, without leading zeros; zero has none.
#[derive(Clone, Debug)]
pub(super) struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    exponent: i64,
}

impl Decimal {
    /// The shortest decimal that reads back as the float; none for infinities and NaN.
    pub(super) fn from_float(number: f64) -> Option<Decimal> {
        if !number.is_finite() {
            return None;
        }
        let text = crate::fmt::float::shortest(number.abs());
        let (mantissa, exponent) = text.split_once('e')?;
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = whole.bytes().chain(fraction.bytes()).rev().map(|byte| byte - b'0');
        let exponent: i64 = exponent.parse().ok()?;
        Some(Decimal {
            negative: number < 0.0,
            digits: trimmed(digits.collect()),
            exponent: exponent - i64::try_from(fraction.len()).ok()?,
        })
    }

    /// The nearest float.
    pub(super) fn to_float(&self) -> f64 {
        let mut text = String::with_capacity(self.digits.len() + 8);
        if self.negative {
            text.push('-');
        }
        text.extend(self.digits.iter().rev().map(|digit| char::from(digit + b'0')));
        if self.digits.is_empty() {
            return 0.0;
        }
        format!("{text}e{}", self.exponent).parse().unwrap_or(f64::NAN)
    }

    pub(super) fn add(&self, other: &Decimal) -> Decimal {
        let (one, two, exponent) = self.aligned(other);
        let (negative, digits) = match (self.negative == other.negative, compare(&one, &two)) {
            (true, _) => (self.negative, sum(&one, &two)),
            (false, Ordering::Less) => (other.negative, difference(&two, &one)),
            (false, _) => (self.negative, difference(&one, &two)),
        };
        Decimal {
            negative,
            digits,
            exponent,
        }
    }

    pub(super) fn subtract(&self, other: &Decimal) -> Decimal {
        let mut other = other.clone();
        other.negative = !other.negative;
        self.add(&other)
    }

    pub(super) fn multiply(&self, other: &Decimal) -> Decimal {
        let mut product = vec![0_u32; self.digits.len() + other.digits.len() + 1];
        for (at, one) in self.digits.iter().enumerate() {
            for (offset, two) in other.digits.iter().enumerate() {
                product[at + offset] += u32::from(*one) * u32::from(*two);
            }
        }
        let mut carry = 0;
        let digits = product.into_iter().map(|digit| {
            let digit = digit + carry;
            carry = digit / 10;
            (digit % 10) as u8
        });
        Decimal {
            negative: self.negative != other.negative,
            digits: trimmed(digits.collect()),
            exponent: self.exponent + other.exponent,
        }
    }

    /// The quotient, rounded half away from zero; none when the divisor is zero.
    pub(super) fn divide(&self, other: &Decimal) -> Option<Decimal> {
        if other.digits.is_empty() {
            return None;
        }
        let shift = self.exponent - other.exponent + DIVISION_PRECISION;
        let (dividend, divisor) = match usize::try_from(shift) {
            Ok(shift) => (shifted(&self.digits, shift), other.digits.clone()),
            Err(_) => (
                self.digits.clone(),
                shifted(&other.digits, usize::try_from(-shift).ok()?),
            ),
        };
        let (mut quotient, rest) = quotient(&dividend, &divisor);
        if compare(&sum(&rest, &rest), &divisor) != Ordering::Less {
            quotient = sum(&quotient, &[1]);
        }
        Some(Decimal {
            negative: self.negative != other.negative,
            digits: quotient,
            exponent: -DIVISION_PRECISION,
        })
    }

    /// The digits of both with the smaller exponent of the two.
    fn aligned(&self, other: &Decimal) -> (Vec<u8>, Vec<u8>, i64) {
        let exponent = self.exponent.min(other.exponent);
        let shift = |number: &Decimal| {
            let zeros = usize::try_from(number.exponent - exponent).unwrap_or(0);
            shifted(&number.digits, zeros)
        };
        (shift(self), shift(other), exponent)
    }
}

fn trimmed(mut digits: Vec<u8>) -> Vec<u8> {
    while digits.last() == Some(&0) {
        digits.pop();
    }
    digits
}

fn shifted(digits: &[u8], zeros: usize) -> Vec<u8> {
    if digits.is_empty() {
        return Vec::new();
    }
    let mut shifted = vec![0; zeros];
    shifted.extend_from_slice(digits);
    shifted
}

fn compare(one: &[u8], two: &[u8]) -> Ordering {
    one.len()
        .cmp(&two.len())
        .then_with(|| one.iter().rev().cmp(two.iter().rev()))
}

fn sum(one: &[u8], two: &[u8]) -> Vec<u8> {
    let mut carry = 0;
    let mut digits = Vec::with_capacity(one.len().max(two.len()) + 1);
    for at in 0..=one.len().max(two.len()) {
        let digit = one.get(at).unwrap_or(&0) + two.get(at).unwrap_or(&0) + carry;
        digits.push(digit % 10);
        carry = digit / 10;
    }
    trimmed(digits)
}

/// `one - two`, where `one` is not smaller.
fn difference(one: &[u8], two: &[u8]) -> Vec<u8> {
    let mut borrow = 0;
    let mut digits = Vec::with_capacity(one.len());
    for (at, digit) in one.iter().enumerate() {
        let taken = two.get(at).unwrap_or(&0) + borrow;
        borrow = u8::from(*digit < taken);
        digits.push(digit + 10 * borrow - taken);
    }
    trimmed(digits)
}

fn quotient(dividend: &[u8], divisor: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut rest: Vec<u8> = Vec::new();
    let mut digits = vec![0; dividend.len()];
    for (at, digit) in dividend.iter().enumerate().rev() {
        rest.insert(0, *digit);
        rest = trimmed(rest);
        while compare(&rest, divisor) != Ordering::Less {
            rest = difference(&rest, divisor);
            digits[at] += 1;
        }
    }
    (trimmed(digits), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(number: f64) -> Decimal {
        Decimal::from_float(number).unwrap()
    }

    #[test]
    fn is_exact_where_floats_are_not() {
        assert_eq!(decimal(0.1).add(&decimal(0.2)).to_float(), 0.3);
        assert_eq!(decimal(0.3).subtract(&decimal(0.1)).to_float(), 0.2);
        assert_eq!(decimal(0.1).multiply(&decimal(0.2)).to_float(), 0.02);
        assert_eq!(decimal(-7.5).add(&decimal(7.5)).to_float(), 0.0);
        assert_eq!(decimal(1e300).add(&decimal(-1.0)).to_float(), 1e300);
    }

    #[test]
    fn quotients_have_sixteen_digits_and_are_rounded() {
        assert_eq!(
            decimal(1.0).divide(&decimal(3.0)).unwrap().to_float(),
            0.333_333_333_333_333_3
        );
        assert_eq!(
            decimal(2.0).divide(&decimal(-3.0)).unwrap().to_float(),
            -0.666_666_666_666_666_7
        );
        assert_eq!(decimal(1e-20).divide(&decimal(1.0)).unwrap().to_float(), 0.0);
        assert!(decimal(1.0).divide(&decimal(0.0)).is_none());
    }
}
