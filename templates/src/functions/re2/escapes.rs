//! Escapes: characters by their codes, quoted runs, and where classes are called for.

use std::fmt::Write as _;

use super::{Parser, error};

impl Parser<'_> {
    pub(super) fn escape(&mut self) -> Result<(), Vec<u8>> {
        let start = self.rest;
        let simple = match start.get(1) {
            Some(b'A') => r"\A",
            Some(b'z') => r"\z",
            Some(b'b') => r"(?-u:\b)",
            Some(b'B') => r"(?-u:\B)",
            Some(b'C') => return Err(error("invalid escape sequence", &start[..2])),
            Some(b'Q') => return self.quoted(),
            _ => "",
        };
        if !simple.is_empty() {
            self.out.push_str(simple);
            self.rest = &start[2..];
            self.atom(1);
            return Ok(());
        }
        if let Some(class) = self.unicode_class()?.or_else(|| self.perl_class()) {
            let _ = write!(self.out, "[{class}]");
            self.atom(1);
            return Ok(());
        }
        let code = self.escaped_code()?;
        self.literal(code);
        Ok(())
    }

    /// `\Q…\E`: the characters between, each for itself.
    fn quoted(&mut self) -> Result<(), Vec<u8>> {
        let text = &self.rest[2..];
        let end = text.windows(2).position(|pair| pair == b"\\E");
        self.rest = &text[..end.unwrap_or(text.len())];
        while !self.rest.is_empty() {
            let rune = self.next_rune()?;
            self.literal(u32::from(rune));
        }
        self.rest = end.map_or(b"", |end| &text[end + 2..]);
        Ok(())
    }

    /// An escape that means one character. Surrogate codes are possible.
    pub(super) fn escaped_code(&mut self) -> Result<u32, Vec<u8>> {
        let start = self.rest;
        self.rest = &start[1..];
        if self.rest.is_empty() {
            return Err(error("trailing backslash at end of expression", b""));
        }
        let code = match self.next_rune()? {
            rune @ '0'..='7' => self.octal(rune),
            'x' => self.hexadecimal()?,
            'a' => Some(7),
            'f' => Some(12),
            'n' => Some(10),
            'r' => Some(13),
            't' => Some(9),
            'v' => Some(11),
            rune if rune.is_ascii() && !rune.is_ascii_alphanumeric() => Some(u32::from(rune)),
            _ => None,
        };
        code.ok_or_else(|| error("invalid escape sequence", &start[..start.len() - self.rest.len()]))
    }

    /// Up to three octal digits; a single one other than 0 would be a back-reference.
    fn octal(&mut self, first: char) -> Option<u32> {
        let mut code = first.to_digit(8)?;
        if first != '0' && !matches!(self.rest.first(), Some(b'0'..=b'7')) {
            return None;
        }
        for _ in 1..3 {
            let Some(digit) = self.rest.first().and_then(|byte| char::from(*byte).to_digit(8)) else {
                break;
            };
            code = code * 8 + digit;
            self.rest = &self.rest[1..];
        }
        Some(code)
    }

    fn hexadecimal(&mut self) -> Result<Option<u32>, Vec<u8>> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let first = self.next_rune()?;
        if first != '{' {
            if self.rest.is_empty() {
                return Err(error("invalid UTF-8", b"")).or(Ok(None));
            }
            let second = self.next_rune()?;
            return Ok(first
                .to_digit(16)
                .zip(second.to_digit(16))
                .map(|(high, low)| high * 16 + low));
        }
        let (mut code, mut digits) = (0, 0);
        while !self.rest.is_empty() {
            let rune = self.next_rune()?;
            match (rune, rune.to_digit(16)) {
                ('}', _) => return Ok((digits > 0).then_some(code)),
                (_, None) => return Ok(None),
                (_, Some(digit)) => code = code * 16 + digit,
            }
            digits += 1;
            if code > 0x10_ffff {
                return Ok(None);
            }
        }
        Ok(None)
    }
}

/// One character in the syntax of `regex`, by its code. No text contains a surrogate, so it matches nothing.
pub(super) fn push_code(out: &mut String, code: u32) {
    match char::from_u32(code) {
        Some(rune) if rune.is_ascii_alphanumeric() => out.push(rune),
        Some(_) => {
            let _ = write!(out, "\\x{{{code:X}}}");
        }
        None => out.push_str(r"[^\x{0}-\x{10FFFF}]"),
    }
}
