//! Number literals. One literal can be usable as several kinds of number; which one it becomes depends on where it stands.

use crate::fmt::quote;
use crate::strconv::{parse_float, parse_integer, parse_unsigned};

/// A number literal with each kind of number it can be.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Number {
    pub(super) text: Vec<u8>,
    pub(super) int: Option<i64>,
    pub(super) uint: Option<u64>,
    pub(super) float: Option<f64>,
    pub(super) complex: Option<(f64, f64)>,
}

impl Number {
    /// A character constant with its quotes.
    pub(super) fn from_char(text: &[u8]) -> Result<Number, Vec<u8>> {
        let inner = text.get(1..).unwrap_or_default();
        let parsed = quote::unquote_char(inner, b'\'', &mut Vec::new());
        let (rune, tail) = parsed.ok_or_else(|| b"invalid syntax".to_vec())?;
        if tail != b"'" {
            return Err([b"malformed character constant: ", text].concat());
        }
        Ok(Number {
            text: text.to_vec(),
            int: Some(i64::from(rune)),
            uint: Some(u64::from(rune)),
            float: Some(f64::from(rune)),
            complex: None,
        })
    }

    /// A complex constant such as `1+2i`.
    pub(super) fn from_complex(text: &[u8]) -> Result<Number, Vec<u8>> {
        let invalid = || b"syntax error scanning complex number".to_vec();
        let literal = std::str::from_utf8(text).map_err(|_| invalid())?;
        let body = literal.strip_suffix('i').ok_or_else(invalid)?;
        // The sign between the parts is the last one that does not belong to an exponent.
        let hex = body.contains(['x', 'X']);
        let split = body
            .char_indices()
            .skip(1)
            .filter(|(at, sign)| {
                let before = body.as_bytes()[at - 1];
                let exponent = matches!(before, b'p' | b'P') || (!hex && matches!(before, b'e' | b'E'));
                matches!(sign, '+' | '-') && !exponent
            })
            .last();
        let (at, _) = split.ok_or_else(invalid)?;
        let real = parse_float(&body[..at]).map_err(|_| invalid())?;
        let imaginary = parse_float(&body[at..]).map_err(|_| invalid())?;
        Ok(Number::complex(text, real, imaginary))
    }

    fn complex(text: &[u8], real: f64, imaginary: f64) -> Number {
        let float = (imaginary == 0.0).then_some(real);
        Number {
            text: text.to_vec(),
            int: float.and_then(integral),
            uint: float.and_then(unsigned_integral),
            float,
            complex: Some((real, imaginary)),
        }
    }

    /// Any other number.
    pub(super) fn from_literal(text: &[u8]) -> Result<Number, Vec<u8>> {
        let literal = std::str::from_utf8(text).unwrap_or("");
        if let Some(Ok(imaginary)) = literal.strip_suffix('i').map(parse_float) {
            return Ok(Number::complex(text, 0.0, imaginary));
        }
        let int = parse_integer(literal, 0).ok();
        let uint = parse_unsigned(literal, 0)
            .ok()
            .or(int.filter(|int| *int == 0).map(|_| 0));
        #[allow(clippy::cast_precision_loss)] // The language rounds integers that it uses as floats.
        let float = int.map(|int| int as f64).or(uint.map(|uint| uint as f64));
        let mut number = Number {
            text: text.to_vec(),
            int,
            uint,
            float,
            complex: None,
        };
        if float.is_none() {
            number.use_float(literal)?;
        }
        match number {
            Number {
                int: None,
                uint: None,
                float: None,
                ..
            } => Err([b"illegal number syntax: ", &quote::quoted(text)[..]].concat()),
            number => Ok(number),
        }
    }

    fn use_float(&mut self, literal: &str) -> Result<(), Vec<u8>> {
        let Ok(float) = parse_float(literal) else { return Ok(()) };
        if !literal.contains(['.', 'e', 'E', 'p', 'P']) {
            return Err([b"integer overflow: ", &quote::quoted(literal.as_bytes())[..]].concat());
        }
        self.float = Some(float);
        self.int = integral(float);
        self.uint = unsigned_integral(float);
        Ok(())
    }

    /// Whether it is written as a float, for places that do not say what they want.
    pub(super) fn is_written_as_float(&self) -> bool {
        let is_char = self.text.first() == Some(&b'\'');
        let is_hex_integer = matches!(self.text[..], [b'0', b'x' | b'X', _, ..])
            && !self.text.iter().any(|byte| matches!(byte, b'p' | b'P'));
        let has_float_part = self.text.iter().any(|byte| b".eEpP".contains(byte));
        self.float.is_some() && !is_hex_integer && !is_char && has_float_part
    }
}

const TWO_63: f64 = 9_223_372_036_854_775_808.0;

#[allow(clippy::cast_possible_truncation)] // The range is checked, and a fraction is what this looks for.
fn integral(float: f64) -> Option<i64> {
    (float.fract() == 0.0 && (-TWO_63..TWO_63).contains(&float)).then_some(float as i64)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // As above; the range has no negative numbers.
fn unsigned_integral(float: f64) -> Option<u64> {
    (float.fract() == 0.0 && (0.0..TWO_63 * 2.0).contains(&float)).then_some(float as u64)
}
