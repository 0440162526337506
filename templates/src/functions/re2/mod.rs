//! Go's regular expression syntax (RE2), checked with the error texts of Go's parser and rewritten for the crate
//! `regex`, whose syntax differs in details: what `\d`, `\w`, `\s` and `\b` mean, `\Q…\E`, `{,2}`, set operators.

mod classes;

use std::fmt::Write as _;

use super::runes::decode;

/// A checked expression.
pub(super) struct Translated {
    /// The pattern in the syntax of the crate `regex`; every group is there, without a name.
    pub(super) pattern: String,
    /// Names of the groups, from 1 on; empty where a group has none.
    pub(super) names: Vec<String>,
}

/// Checks an expression and rewrites it.
///
/// # Errors
/// Go's text, from `error parsing regexp: ` on.
pub(super) fn translate(expression: &[u8]) -> Result<Translated, Vec<u8>> {
    let mut parser = Parser {
        whole: expression,
        rest: expression,
        out: String::with_capacity(expression.len() + 8),
        flags: Flags::default(),
        groups: vec![Group::default()],
        names: Vec::new(),
    };
    parser.parse()?;
    Ok(Translated {
        pattern: parser.out,
        names: parser.names,
    })
}

const MAX_REPEAT: u64 = 1000;
/// Levels of groups. Go takes 1000; the matcher is built by recursion, which has to fit a small stack.
const MAX_NESTING: usize = 200;

#[derive(Clone, Copy, Default)]
struct Flags {
    fold: bool,
    multi_line: bool,
    dot_all: bool,
    swap_greed: bool,
}

/// The part of the expression between two parentheses.
#[derive(Default)]
struct Group {
    /// What a repetition operator would apply to: where its text ends, and how often it repeats what is in it.
    atom: Option<Atom>,
    /// The largest weight in the group.
    weight: u64,
    flags_before: Flags,
}

#[derive(Clone, Copy)]
struct Atom {
    end: usize,
    weight: u64,
}

struct Parser<'e> {
    whole: &'e [u8],
    rest: &'e [u8],
    out: String,
    flags: Flags,
    groups: Vec<Group>,
    names: Vec<String>,
}

/// Go's text of an error.
fn error(code: &str, part: &[u8]) -> Vec<u8> {
    [b"error parsing regexp: ", code.as_bytes(), b": `", part, b"`"].concat()
}

impl<'e> Parser<'e> {
    fn parse(&mut self) -> Result<(), Vec<u8>> {
        let mut last_repeat: Option<&'e [u8]> = None;
        while let Some(byte) = self.rest.first() {
            let before = self.rest;
            let mut repeat = None;
            match byte {
                b'(' if before.get(1) == Some(&b'?') => self.flag_group()?,
                b'(' => {
                    self.names.push(String::new());
                    self.open("(")?;
                    self.rest = &before[1..];
                }
                b'|' => {
                    self.out.push('|');
                    self.rest = &before[1..];
                    self.group().atom = None;
                }
                b')' => self.close()?,
                b'^' => self.one("^"),
                b'$' => self.one("$"),
                b'.' => self.one("."),
                b'[' => self.class()?,
                b'*' | b'+' | b'?' => {
                    self.rest = &before[1..];
                    self.repeat(before, last_repeat, None)?;
                    repeat = Some(last_repeat.unwrap_or(before));
                }
                b'{' => match counts(before) {
                    Some((min, max, after)) => {
                        if min
                            .is_none_or(|min| min > MAX_REPEAT || max.is_some_and(|max| max > MAX_REPEAT || min > max))
                        {
                            return Err(error("invalid repeat count", &before[..before.len() - after.len()]));
                        }
                        self.rest = after;
                        self.repeat(before, last_repeat, Some((min.unwrap_or(0), max)))?;
                        repeat = Some(last_repeat.unwrap_or(before));
                    }
                    None => {
                        self.rest = &before[1..];
                        self.literal(u32::from('{'));
                    }
                },
                b'\\' => self.escape()?,
                _ => {
                    let rune = self.next_rune()?;
                    self.literal(u32::from(rune));
                }
            }
            last_repeat = repeat;
        }
        match self.groups.len() {
            1 => Ok(()),
            _ => Err(error("missing closing )", self.whole)),
        }
    }

    fn group(&mut self) -> &mut Group {
        if self.groups.is_empty() {
            self.groups.push(Group::default());
        }
        let last = self.groups.len() - 1;
        &mut self.groups[last]
    }

    fn open(&mut self, text: &str) -> Result<(), Vec<u8>> {
        if self.groups.len() > MAX_NESTING {
            return Err(error("expression nests too deeply", self.whole));
        }
        self.out.push_str(text);
        let flags_before = self.flags;
        self.groups.push(Group {
            flags_before,
            ..Group::default()
        });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Vec<u8>> {
        if self.groups.len() < 2 {
            return Err(error("unexpected )", self.whole));
        }
        if let Some(group) = self.groups.pop() {
            self.flags = group.flags_before;
            self.out.push(')');
            self.rest = &self.rest[1..];
            self.atom(group.weight.max(1));
        }
        Ok(())
    }

    /// Notes that what was just written can be repeated.
    fn atom(&mut self, weight: u64) {
        let end = self.out.len();
        let group = self.group();
        group.atom = Some(Atom { end, weight });
        group.weight = group.weight.max(weight);
    }

    fn one(&mut self, text: &str) {
        self.out.push_str(text);
        self.rest = &self.rest[1..];
        self.atom(1);
    }

    fn literal(&mut self, code: u32) {
        push_code(&mut self.out, code);
        self.atom(1);
    }

    fn next_rune(&mut self) -> Result<char, Vec<u8>> {
        match decode(self.rest) {
            Some((char::REPLACEMENT_CHARACTER, 1)) | None => Err(error("invalid UTF-8", self.rest)),
            Some((rune, width)) => {
                self.rest = &self.rest[width..];
                Ok(rune)
            }
        }
    }

    /// Applies `*`, `+`, `?` or counts to what comes before it. `rest` is already behind the operator.
    fn repeat(
        &mut self,
        before: &'e [u8],
        last_repeat: Option<&'e [u8]>,
        counts: Option<(u64, Option<u64>)>,
    ) -> Result<(), Vec<u8>> {
        if self.rest.first() == Some(&b'?') {
            self.rest = &self.rest[1..];
        }
        let operator = &before[..before.len() - self.rest.len()];
        if let Some(last) = last_repeat {
            return Err(error(
                "invalid nested repetition operator",
                &last[..last.len() - self.rest.len()],
            ));
        }
        let Some(atom) = self.group().atom else {
            return Err(error("missing argument to repetition operator", operator));
        };
        let factor = match counts {
            None | Some((_, Some(0))) => 1,
            Some((min, None)) => min.max(1),
            Some((_, Some(max))) => max,
        };
        let weight = match counts {
            Some((_, Some(0))) => 1,
            _ => atom.weight.saturating_mul(factor),
        };
        if weight > MAX_REPEAT && factor >= 2 {
            return Err(error("invalid repeat count", operator));
        }
        self.out.insert_str(atom.end, &String::from_utf8_lossy(operator));
        let group = self.group();
        group.atom = Some(Atom {
            end: atom.end + operator.len(),
            weight,
        });
        group.weight = group.weight.max(weight);
        Ok(())
    }

    /// `(?P<name>`, `(?<name>`, `(?flags)` or `(?flags:`.
    fn flag_group(&mut self) -> Result<(), Vec<u8>> {
        let start = self.rest;
        let name_at = match start {
            [b'(', b'?', b'P', b'<', _, ..] => Some(4),
            [b'(', b'?', b'<', _, ..] => Some(3),
            _ => None,
        };
        match name_at {
            Some(at) => self.named_group(start, at),
            None => self.flags_group(start),
        }
    }

    fn named_group(&mut self, start: &'e [u8], name_at: usize) -> Result<(), Vec<u8>> {
        let Some(end) = start.iter().position(|byte| *byte == b'>') else {
            return Err(error("invalid named capture", start));
        };
        let name = &start[name_at..end];
        if name.is_empty() || !name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
            return Err(error("invalid named capture", &start[..=end]));
        }
        let name = String::from_utf8_lossy(name).into_owned();
        self.names.push(name);
        self.rest = &start[end + 1..];
        self.open("(")
    }

    fn flags_group(&mut self, start: &'e [u8]) -> Result<(), Vec<u8>> {
        self.rest = &start[2..];
        let mut flags = self.flags;
        let (mut on, mut seen) = (true, false);
        while !self.rest.is_empty() {
            match self.next_rune()? {
                'i' => flags.fold = on,
                'm' => flags.multi_line = on,
                's' => flags.dot_all = on,
                'U' => flags.swap_greed = on,
                '-' if on => {
                    on = false;
                    seen = false;
                    continue;
                }
                end @ (':' | ')') if on || seen => return self.apply_flags(flags, end == ':'),
                _ => break,
            }
            seen = true;
        }
        let bad = &start[..start.len() - self.rest.len()];
        Err(error("invalid or unsupported Perl syntax", bad))
    }

    fn apply_flags(&mut self, flags: Flags, opens: bool) -> Result<(), Vec<u8>> {
        let mut text = "(?".to_owned();
        let all = [
            (flags.fold, 'i'),
            (flags.multi_line, 'm'),
            (flags.dot_all, 's'),
            (flags.swap_greed, 'U'),
        ];
        text.extend(all.iter().filter(|(set, _)| *set).map(|(_, letter)| *letter));
        if all.iter().any(|(set, _)| !set) {
            text.push('-');
            text.extend(all.iter().filter(|(set, _)| !set).map(|(_, letter)| *letter));
        }
        match opens {
            true => {
                text.push(':');
                self.open(&text)?;
            }
            false => {
                text.push(')');
                self.out.push_str(&text);
            }
        }
        self.flags = flags;
        Ok(())
    }

    fn escape(&mut self) -> Result<(), Vec<u8>> {
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
    fn escaped_code(&mut self) -> Result<u32, Vec<u8>> {
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

/// `{n}`, `{n,}` or `{n,m}` and what follows; none if it is not of that form. A count that is far too large is none.
type Counts<'e> = (Option<u64>, Option<u64>, &'e [u8]);

fn counts(text: &[u8]) -> Option<Counts<'_>> {
    let (min, rest) = count(&text[1..])?;
    let (min, max, rest) = match rest.split_first()? {
        (b',', [b'}', ..]) => (min, None, &rest[1..]),
        (b',', after) => {
            let (max, rest) = count(after)?;
            (max.and(min), max, rest)
        }
        _ => (min, min, rest),
    };
    match rest.split_first()? {
        (b'}', after) => Some((min, max, after)),
        _ => None,
    }
}

fn count(text: &[u8]) -> Option<(Option<u64>, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 || (digits > 1 && text[0] == b'0') {
        return None;
    }
    let number = std::str::from_utf8(&text[..digits])
        .ok()?
        .parse()
        .ok()
        .filter(|number| *number < 1_000_000_000);
    Some((number, &text[digits..]))
}

/// One character in the syntax of `regex`, by its code. No text contains a surrogate, so it matches nothing.
fn push_code(out: &mut String, code: u32) {
    match char::from_u32(code) {
        Some(rune) if rune.is_ascii_alphanumeric() => out.push(rune),
        Some(_) => {
            let _ = write!(out, "\\x{{{code:X}}}");
        }
        None => out.push_str(r"[^\x{0}-\x{10FFFF}]"),
    }
}
