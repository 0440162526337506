//! Character classes of Go's regular expressions.

use std::fmt::Write as _;

use super::{Parser, error};

impl<'e> Parser<'e> {
    /// `\d`, `\s`, `\w` and their negations, as the inside of a class.
    pub(super) fn perl_class(&mut self) -> Option<String> {
        let class = match self.rest {
            [b'\\', b'd', ..] => "0-9",
            [b'\\', b'D', ..] => "[^0-9]",
            [b'\\', b's', ..] => r"\t\n\f\r ",
            [b'\\', b'S', ..] => r"[^\t\n\f\r ]",
            [b'\\', b'w', ..] => "0-9A-Za-z_",
            [b'\\', b'W', ..] => "[^0-9A-Za-z_]",
            _ => return None,
        };
        self.rest = &self.rest[2..];
        // Case folding would add U+017F and U+212A to what `\w` means.
        Some(match class.starts_with('[') {
            true if self.flags.fold => folding_free(class),
            true => class.to_owned(),
            false => class.to_owned(),
        })
    }

    /// `\pL`, `\p{Greek}`, `\P…`, `\p{^…}`, as the inside of a class.
    pub(super) fn unicode_class(&mut self) -> Result<Option<String>, Vec<u8>> {
        let start = self.rest;
        let [b'\\', letter @ (b'p' | b'P'), ..] = start else {
            return Ok(None);
        };
        let bad = |part: &[u8]| Err(error("invalid character class range", part));
        self.rest = &start[2..];
        if self.rest.is_empty() {
            return bad(start);
        }
        let first = self.next_rune()?;
        let (name, end) = match first {
            '{' => match start.iter().position(|byte| *byte == b'}') {
                None => return bad(start),
                Some(end) => (&start[3..end], end + 1),
            },
            _ => (&start[2..start.len() - self.rest.len()], start.len() - self.rest.len()),
        };
        self.rest = &start[end..];
        let (negated, name) = match name {
            [b'^', name @ ..] => (*letter == b'p', name),
            name => (*letter == b'P', name),
        };
        let name = std::str::from_utf8(name).unwrap_or("");
        let plain = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b' ');
        let class = format!("\\{}{{{name}}}", if negated { 'P' } else { 'p' });
        match plain && regex::Regex::new(&class).is_ok() {
            true => Ok(Some(class)),
            false => bad(&start[..end]),
        }
    }

    /// A `[…]` class, written with every character as its code, so that nothing in it is an operator to `regex`.
    pub(super) fn class(&mut self) -> Result<(), Vec<u8>> {
        let start = self.rest;
        let mut class = "[".to_owned();
        self.rest = &start[1..];
        if self.rest.first() == Some(&b'^') {
            class.push('^');
            self.rest = &self.rest[1..];
        }
        let mut first = true;
        while first || self.rest.first() != Some(&b']') {
            first = false;
            if let Some(named) = self.posix_class()? {
                class.push_str(&named);
            } else if let Some(named) = self.unicode_class()?.or_else(|| self.perl_class()) {
                class.push_str(&named);
            } else {
                self.class_range(start, &mut class)?;
            }
        }
        self.rest = &self.rest[1..];
        class.push(']');
        self.out.push_str(&class);
        self.atom(1);
        Ok(())
    }

    fn posix_class(&mut self) -> Result<Option<String>, Vec<u8>> {
        let start = self.rest;
        let ([b'[', b':', inside @ ..], true) = (start, start.len() > 2) else {
            return Ok(None);
        };
        let Some(end) = inside.windows(2).position(|pair| pair == b":]") else {
            return Ok(None);
        };
        let (name, after) = (&inside[..end], &inside[end + 2..]);
        const NAMES: [&str; 14] = [
            "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper",
            "word", "xdigit",
        ];
        let plain = name.strip_prefix(b"^").unwrap_or(name);
        if !NAMES.iter().any(|known| known.as_bytes() == plain) {
            return Err(error(
                "invalid character class range",
                &start[..start.len() - after.len()],
            ));
        }
        self.rest = after;
        Ok(Some(format!("[:{}:]", String::from_utf8_lossy(name))))
    }

    fn class_range(&mut self, whole: &'e [u8], class: &mut String) -> Result<(), Vec<u8>> {
        let start = self.rest;
        let low = self.class_code(whole)?;
        let mut high = low;
        if let [b'-', next, ..] = self.rest
            && *next != b']'
        {
            self.rest = &self.rest[1..];
            high = self.class_code(whole)?;
            if high < low {
                let range = &start[..start.len() - self.rest.len()];
                return Err(error("invalid character class range", range));
            }
        }
        push_range(class, low, high);
        Ok(())
    }

    fn class_code(&mut self, whole: &[u8]) -> Result<u32, Vec<u8>> {
        match self.rest.first() {
            None => Err(error("missing closing ]", whole)),
            Some(b'\\') => self.escaped_code(),
            Some(_) => self.next_rune().map(u32::from),
        }
    }
}

/// A negated class that stays as it is when case is folded.
fn folding_free(class: &str) -> String {
    match class {
        "[^0-9A-Za-z_]" => r"\x{0}-/:-@\[-\^`\{-\x{10FFFF}".to_owned(),
        class => class.to_owned(),
    }
}

/// A range in the syntax of `regex`, without the surrogates in it.
fn push_range(out: &mut String, low: u32, high: u32) {
    let is_surrogate = |code: u32| (0xd800..0xe000).contains(&code);
    let low = if is_surrogate(low) { 0xe000 } else { low };
    let high = if is_surrogate(high) { 0xd7ff } else { high };
    if low <= high {
        let _ = write!(out, "\\x{{{low:X}}}-\\x{{{high:X}}}");
    } else {
        out.push_str(r"[^\x{0}-\x{10FFFF}]");
    }
}
