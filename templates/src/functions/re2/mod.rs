//! Go's regular expression syntax (RE2), checked with the error texts of Go's parser and rewritten for the crate
//! `regex`, whose syntax differs in details: what `\d`, `\w`, `\s` and `\b` mean, `\Q…\E`, `{,2}`, set operators.

mod classes;
mod escapes;
mod groups;
mod repeats;

use super::runes::decode;
use escapes::push_code;

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
                b'{' => {
                    if self.counted(before, last_repeat)? {
                        repeat = Some(last_repeat.unwrap_or(before));
                    }
                }
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
}
