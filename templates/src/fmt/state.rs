//! Flags, width and precision, and the formatting of single values under them: Go's `fmt/format.go`.

use super::float::format_float;
use super::quote::{self, Charset};
use crate::unicode;

/// The flags of one directive.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flags {
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
    pub(super) minus: bool,
    pub(super) plus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    /// `%+v`.
    pub(super) plus_v: bool,
    /// `%#v`.
    pub(super) sharp_v: bool,
}

/// Output with the flags in force.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) out: Vec<u8>,
    pub(super) flags: Flags,
}

impl State {
    fn padding(&mut self, count: usize) {
        let byte = if self.flags.zero && !self.flags.minus {
            b'0'
        } else {
            b' '
        };
        self.out.resize(self.out.len() + count, byte);
    }

    fn padding_without_zeros(&mut self, count: usize) {
        self.out.resize(self.out.len() + count, b' ');
    }

    pub(super) fn pad(&mut self, text: &[u8]) {
        let Some(width) = self.flags.width.filter(|width| *width > 0) else {
            self.out.extend_from_slice(text);
            return;
        };
        let missing = width.saturating_sub(unicode::count(text));
        if self.flags.minus {
            self.out.extend_from_slice(text);
            self.padding(missing);
        } else {
            self.padding(missing);
            self.out.extend_from_slice(text);
        }
    }

    fn pad_without_zeros(&mut self, text: &[u8]) {
        let zero = std::mem::replace(&mut self.flags.zero, false);
        self.pad(text);
        self.flags.zero = zero;
    }

    pub(super) fn boolean(&mut self, truth: bool) {
        self.pad(if truth { b"true" } else { b"false" });
    }

    /// `%U`.
    pub(super) fn unicode(&mut self, number: u64) {
        let precision = self.flags.precision.unwrap_or(4).max(4);
        let mut text = format!("U+{}", zero_padded(&format!("{number:X}"), precision)).into_bytes();
        let shown = u32::try_from(number)
            .ok()
            .filter(|rune| unicode::is_print(*rune) && *rune <= 0x10_ffff);
        if let Some(rune) = shown.filter(|_| self.flags.sharp) {
            text.extend_from_slice(b" '");
            unicode::push(&mut text, rune);
            text.push(b'\'');
        }
        self.pad_without_zeros(&text);
    }

    /// An integer in a base; the verb matters for `O` (prefix) and `X` (capitals).
    pub(super) fn integer(&mut self, magnitude: u64, negative: bool, base: u32, verb: u32) {
        let flags = self.flags;
        let upper = verb == u32::from(b'X');
        let signed = negative || flags.plus || flags.space;
        let digits_wanted = match flags.precision {
            Some(0) if magnitude == 0 => return self.padding_without_zeros(flags.width.unwrap_or(0)),
            Some(precision) => precision,
            None if flags.zero && !flags.minus && flags.width.is_some() => {
                flags.width.unwrap_or(0).saturating_sub(usize::from(signed))
            }
            None => 0,
        };
        let mut text = String::new();
        text.push_str(match (negative, flags.plus, flags.space) {
            (true, ..) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            (false, false, false) => "",
        });
        let digits = match base {
            2 => format!("{magnitude:b}"),
            8 => format!("{magnitude:o}"),
            16 if upper => format!("{magnitude:X}"),
            16 => format!("{magnitude:x}"),
            _ => magnitude.to_string(),
        };
        let digits = zero_padded(&digits, digits_wanted);
        if verb == u32::from(b'O') {
            text.push_str("0o");
        }
        if flags.sharp {
            text.push_str(match base {
                2 => "0b",
                8 if !digits.starts_with('0') => "0",
                16 if upper => "0X",
                16 => "0x",
                _ => "",
            });
        }
        text.push_str(&digits);
        self.pad_without_zeros(text.as_bytes());
    }

    fn truncated<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        match self.flags.precision {
            Some(precision) => {
                &text[..unicode::runes(text)
                    .take(precision)
                    .map(|(_, width)| width)
                    .sum::<usize>()]
            }
            None => text,
        }
    }

    /// `%s`.
    pub(super) fn string(&mut self, text: &[u8]) {
        let text = self.truncated(text);
        self.pad(text);
    }

    /// `%x` and `%X` of a text.
    pub(super) fn hex_string(&mut self, text: &[u8], upper: bool) {
        let flags = self.flags;
        let text = &text[..flags.precision.unwrap_or(text.len()).min(text.len())];
        if text.is_empty() {
            return self.padding(flags.width.unwrap_or(0));
        }
        let prefix = if upper { "0X" } else { "0x" };
        let mut shown = String::with_capacity(text.len() * 2);
        for (index, byte) in text.iter().enumerate() {
            if flags.space && index > 0 {
                shown.push(' ');
            }
            if flags.sharp && (flags.space || index == 0) {
                shown.push_str(prefix);
            }
            shown.push_str(&if upper {
                format!("{byte:02X}")
            } else {
                format!("{byte:02x}")
            });
        }
        self.pad(shown.as_bytes());
    }

    fn charset(&self) -> Charset {
        if self.flags.plus {
            Charset::Ascii
        } else {
            Charset::Printable
        }
    }

    /// `%q` of a text.
    pub(super) fn quoted(&mut self, text: &[u8]) {
        let text = self.truncated(text);
        if self.flags.sharp && quote::can_backquote(text) {
            return self.pad(&[b"`", text, b"`"].concat());
        }
        self.pad(&quote::quote_with(text, b'"', self.charset()));
    }

    /// `%c`: what is no character becomes U+FFFD.
    pub(super) fn character(&mut self, number: u64) {
        let mut text = Vec::new();
        unicode::push(&mut text, u32::try_from(number).unwrap_or(unicode::REPLACEMENT));
        self.pad(&text);
    }

    /// `%q` of a number.
    pub(super) fn quoted_character(&mut self, number: u64) {
        let number = i64::try_from(number).unwrap_or(-1);
        self.pad(&quote::quoted_rune(number, self.charset()));
    }

    /// Any verb of a float.
    pub(super) fn float(&mut self, number: f64, verb: u8, precision: Option<usize>) {
        let flags = self.flags;
        let precision = flags.precision.or(precision);
        let plain = format_float(number, verb, precision);
        let mut text = match plain.as_bytes().first() {
            Some(b'-' | b'+') => plain,
            _ => format!("+{plain}"),
        };
        if flags.space && text.starts_with('+') && !flags.plus {
            text.replace_range(..1, " ");
        }
        if !number.is_finite() {
            let unsigned = number.is_nan() && !flags.space && !flags.plus;
            return self.pad_without_zeros(if unsigned {
                &text.as_bytes()[1..]
            } else {
                text.as_bytes()
            });
        }
        if flags.sharp && verb != b'b' {
            text = with_point(&text, verb, precision);
        }
        if !flags.plus && text.starts_with('+') {
            return self.pad(&text.as_bytes()[1..]);
        }
        let width = flags.width.unwrap_or(0);
        if flags.zero && !flags.minus && width > text.len() {
            self.out.extend_from_slice(&text.as_bytes()[..1]);
            self.padding(width - text.len());
            self.out.extend_from_slice(&text.as_bytes()[1..]);
            return;
        }
        self.pad(text.as_bytes());
    }
}

/// The digits with zeros before them. Rust's own padding ends at 65 535.
fn zero_padded(digits: &str, width: usize) -> String {
    "0".repeat(width.saturating_sub(digits.len())) + digits
}

/// `%#g` and its kin: a decimal point always, and trailing zeros kept.
fn with_point(text: &str, verb: u8, precision: Option<usize>) -> String {
    let mut digits = match verb {
        b'v' | b'g' | b'G' | b'x' => i64::try_from(precision.unwrap_or(6)).unwrap_or(i64::MAX),
        _ => 0,
    };
    let is_hex = matches!(verb, b'x' | b'X');
    let is_tail = |c: char| matches!(c, 'p' | 'P') || (!is_hex && matches!(c, 'e' | 'E'));
    let (number, tail) = text.split_at(text.find(is_tail).unwrap_or(text.len()));
    let significant = number
        .bytes()
        .skip(1)
        .filter(|byte| *byte != b'.')
        .skip_while(|byte| *byte == b'0')
        .count();
    digits -= i64::try_from(significant).unwrap_or(0);
    let mut out = number.to_owned();
    if !number.contains('.') {
        if number.len() == 2 && number.ends_with('0') {
            digits -= 1;
        }
        out.push('.');
    }
    out.extend(std::iter::repeat_n('0', usize::try_from(digits).unwrap_or(0)));
    out + tail
}
