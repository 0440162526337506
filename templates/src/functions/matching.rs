//! Matching compiled expressions the way Go's package `regexp` does: which matches count, and what replaces them.

use std::borrow::Cow;
use std::sync::Arc;

use regex::bytes::{Captures, Regex, RegexBuilder};

use super::re2;
use super::runes::{self, decode, runes};
use crate::function::FunctionError;
use crate::{Call, Limit};

/// A compiled expression.
pub(crate) struct Pattern {
    regex: Regex,
    names: Vec<String>,
}

/// The expressions compiled last in a pass, the latest at the end.
#[derive(Default)]
pub(crate) struct Patterns(Vec<(Vec<u8>, Arc<Pattern>)>);

impl Patterns {
    /// Each may take as much memory as the limit on expressions allows.
    const MOST: usize = 8;

    fn find(&mut self, expression: &[u8]) -> Option<Arc<Pattern>> {
        let at = self.0.iter().position(|(known, _)| known == expression)?;
        let found = self.0.remove(at);
        let pattern = Arc::clone(&found.1);
        self.0.push(found);
        Some(pattern)
    }

    fn keep(&mut self, expression: &[u8], pattern: &Arc<Pattern>) {
        if self.0.len() == Self::MOST {
            self.0.remove(0);
        }
        self.0.push((expression.to_vec(), Arc::clone(pattern)));
    }
}

impl Pattern {
    /// The compiled form of an expression, which the pass keeps for the next time.
    ///
    /// # Errors
    /// Go's text for a malformed expression, or the limit on its size.
    pub(super) fn of(call: &mut Call<'_>, expression: &[u8]) -> Result<Arc<Pattern>, FunctionError> {
        call.step(1)?;
        if let Some(known) = call.patterns().find(expression) {
            return Ok(known);
        }
        let pattern = Arc::new(Self::compile(call, expression)?);
        call.patterns().keep(expression, &pattern);
        Ok(pattern)
    }

    fn compile(call: &mut Call<'_>, expression: &[u8]) -> Result<Pattern, FunctionError> {
        call.step(1 + expression.len() as u64)?;
        let translated = re2::translate(expression)?;
        let limit = call.limits().regex;
        let regex = RegexBuilder::new(&translated.pattern)
            .size_limit(limit)
            .dfa_size_limit(limit)
            .build();
        match regex {
            Ok(regex) => Ok(Pattern {
                regex,
                names: translated.names,
            }),
            Err(regex::Error::CompiledTooBig(_)) => Err(Limit::Regex(limit).into()),
            Err(_) => {
                let text: [&[u8]; 3] = [
                    b"error parsing regexp: expression nests too deeply: `",
                    expression,
                    b"`",
                ];
                Err(text.concat().into())
            }
        }
    }

    pub(super) fn is_match(&self, text: &[u8]) -> bool {
        self.regex.is_match(&Haystack::new(text).shadow)
    }

    /// The first match.
    pub(super) fn find<'t>(&self, text: &'t [u8]) -> Option<&'t [u8]> {
        let haystack = Haystack::new(text);
        let found = self.next_match(&haystack, 0)?;
        Some(haystack.original(text, found.get(0)?.range()))
    }

    /// The first match at or after a position. An empty match inside a character does not count.
    fn next_match<'h>(&self, haystack: &'h Haystack<'_>, from: usize) -> Option<Captures<'h>> {
        let mut from = from;
        loop {
            let captures = self.regex.captures_at(&haystack.shadow, from)?;
            let whole = captures.get(0)?;
            match whole.is_empty() && !haystack.is_boundary(whole.start()) {
                true => from = whole.start() + 1,
                false => return Some(captures),
            }
        }
    }

    /// The positions of all matches, or of the first few.
    pub(super) fn ranges(
        &self,
        call: &mut Call<'_>,
        text: &[u8],
        limit: Option<usize>,
    ) -> Result<Vec<std::ops::Range<usize>>, FunctionError> {
        let haystack = Haystack::new(text);
        let mut ranges = Vec::new();
        let (mut position, mut last_end) = (0, None);
        while position <= haystack.shadow.len() && limit.is_none_or(|limit| ranges.len() < limit) {
            call.step(1)?;
            let Some(whole) = self
                .next_match(&haystack, position)
                .and_then(|captures| Some(captures.get(0)?.range()))
            else {
                break;
            };
            let mut accept = true;
            if whole.end == position {
                accept = Some(whole.start) != last_end;
                position += decode(&haystack.shadow[position..]).map_or(1, |(_, width)| width);
            } else {
                position = whole.end;
            }
            last_end = Some(whole.end);
            if accept {
                call.reserve(size_of::<std::ops::Range<usize>>())?;
                ranges.push(haystack.to_original(whole.start)..haystack.to_original(whole.end));
            }
        }
        Ok(ranges)
    }

    /// Replaces every match; `$1` and `${name}` in the replacement stand for groups, unless it is literal.
    pub(super) fn replace_all(
        &self,
        call: &mut Call<'_>,
        text: &[u8],
        replacement: &[u8],
        literal: bool,
    ) -> Result<Vec<u8>, FunctionError> {
        let haystack = Haystack::new(text);
        let mut out = Vec::new();
        let (mut position, mut last_end, mut announced) = (0, 0, 0);
        while position <= haystack.shadow.len() {
            call.step(1)?;
            call.reserve(out.len() - announced)?;
            announced = out.len();
            let Some(captures) = self.next_match(&haystack, position) else {
                break;
            };
            let Some(whole) = captures.get(0).map(|whole| whole.range()) else {
                break;
            };
            out.extend_from_slice(haystack.original(text, last_end..whole.start));
            if whole.end > last_end || whole.start == 0 {
                match literal {
                    true => out.extend_from_slice(replacement),
                    false => self.expand(&mut out, replacement, |index| {
                        Some(haystack.original(text, captures.get(index)?.range()))
                    }),
                }
            }
            last_end = whole.end;
            let width = decode(&haystack.shadow[position..]).map_or(1, |(_, width)| width);
            position = whole.end.max(position + width);
        }
        out.extend_from_slice(haystack.original(text, last_end..haystack.shadow.len()));
        Ok(out)
    }

    /// Go's `Regexp.Expand`.
    fn expand<'t>(&self, out: &mut Vec<u8>, template: &[u8], group: impl Fn(usize) -> Option<&'t [u8]>) {
        let mut rest = template;
        while let Some(dollar) = rest.iter().position(|byte| *byte == b'$') {
            out.extend_from_slice(&rest[..dollar]);
            rest = &rest[dollar + 1..];
            if let Some(after) = rest.strip_prefix(b"$") {
                out.push(b'$');
                rest = after;
                continue;
            }
            let Some((name, after)) = reference(rest) else {
                out.push(b'$');
                continue;
            };
            rest = after;
            let text = match number(name) {
                Some(index) => group(index),
                None => self
                    .names
                    .iter()
                    .enumerate()
                    .filter(|(_, known)| known.as_bytes() == name)
                    .find_map(|(at, _)| group(at + 1)),
            };
            out.extend_from_slice(text.unwrap_or(b""));
        }
        out.extend_from_slice(rest);
    }
}

/// The name after a `$`, with or without braces, and what follows.
fn reference(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (braced, inside) = match text.strip_prefix(b"{") {
        Some(inside) => (true, inside),
        None => (false, text),
    };
    let word = runes(inside).take_while(|(rune, _)| rune.is_alphanumeric() || *rune == '_');
    let size: usize = word.map(|(_, bytes)| bytes.len()).sum();
    if size == 0 {
        return None;
    }
    let (name, rest) = inside.split_at(size);
    match braced {
        true => Some((name, rest.strip_prefix(b"}")?)),
        false => Some((name, rest)),
    }
}

/// A name that is the number of a group: digits without a leading zero.
fn number(name: &[u8]) -> Option<usize> {
    match name {
        [b'0', _, ..] => None,
        name if name.len() > 9 || !name.iter().all(u8::is_ascii_digit) => None,
        name => std::str::from_utf8(name).ok()?.parse().ok(),
    }
}

/// A text to search in. Go reads each byte that is not UTF-8 as U+FFFD, so such a text is searched in a copy.
struct Haystack<'t> {
    shadow: Cow<'t, [u8]>,
    /// For a copy: where in the copy each broken byte stands; each made the copy two bytes longer.
    broken: Vec<usize>,
}

impl<'t> Haystack<'t> {
    fn new(text: &'t [u8]) -> Self {
        if std::str::from_utf8(text).is_ok() {
            return Haystack {
                shadow: Cow::Borrowed(text),
                broken: Vec::new(),
            };
        }
        let (mut shadow, mut broken) = (Vec::with_capacity(text.len() + 16), Vec::new());
        for (rune, bytes) in runes(text) {
            if runes::is_broken(bytes) {
                broken.push(shadow.len());
            }
            runes::push(&mut shadow, rune);
        }
        Haystack {
            shadow: Cow::Owned(shadow),
            broken,
        }
    }

    fn is_boundary(&self, at: usize) -> bool {
        self.shadow.get(at).is_none_or(|byte| byte & 0xc0 != 0x80)
    }

    fn to_original(&self, at: usize) -> usize {
        at - 2 * self.broken.partition_point(|broken| *broken < at)
    }

    fn original<'o>(&self, text: &'o [u8], range: std::ops::Range<usize>) -> &'o [u8] {
        text.get(self.to_original(range.start)..self.to_original(range.end))
            .unwrap_or(b"")
    }
}
