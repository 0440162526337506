//! sprig's changes of case and naming style.

use std::sync::LazyLock;

use regex::Regex;

use super::runes::{self, decode, runes};
use crate::Call;
use crate::function::FunctionError;

static PUNCTUATION: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\pP").ok());

/// What a run of characters is, when a name is taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Run {
    Broken,
    Number,
    Upper,
    Letters,
    Connector,
    Punctuation,
    Other,
}

fn is_connector(rune: char) -> bool {
    matches!(rune, '-' | '_') || rune.is_whitespace()
}

fn is_punctuation(rune: char) -> bool {
    match rune.is_ascii() {
        true => rune.is_ascii_punctuation() && !matches!(rune, '$' | '+' | '<' | '=' | '>' | '^' | '`' | '|' | '~'),
        false => PUNCTUATION
            .as_ref()
            .is_some_and(|class| class.is_match(rune.encode_utf8(&mut [0; 4]))),
    }
}

/// A letter of a script whose words are written with spaces.
fn is_letter(rune: char) -> bool {
    rune.is_alphabetic()
        && !rune.is_numeric()
        && !matches!(rune, '\u{3400}'..='\u{4d85}' | '\u{4e00}'..='\u{9fcc}' | '\u{20000}'..='\u{2b81d}')
}

fn is_lower_letter(rune: char) -> bool {
    is_letter(rune) && !runes::is_upper(rune)
}

/// How many bytes at the start have characters of a sort; those that are not UTF-8 belong to whatever they follow.
fn length(text: &[u8], sort: impl Fn(char) -> bool) -> usize {
    let run = runes(text).take_while(|(rune, bytes)| sort(*rune) || runes::is_broken(bytes));
    run.map(|(_, bytes)| bytes.len()).sum()
}

/// The first run of a text and what follows.
fn next_run(text: &[u8]) -> (Run, &[u8], &[u8]) {
    let Some((first, width)) = decode(text) else {
        return (Run::Broken, b"", b"");
    };
    let rest = &text[width..];
    let (run, size) = match first {
        _ if runes::is_broken(text) => (Run::Broken, 0),
        first if is_connector(first) => (Run::Connector, length(rest, is_connector)),
        first if is_punctuation(first) => (Run::Punctuation, length(rest, is_punctuation)),
        first if runes::is_upper(first) => (Run::Upper, upper_length(rest)),
        first if is_letter(first) => (Run::Letters, length(rest, is_lower_letter)),
        first if first.is_numeric() => (Run::Number, length(rest, char::is_numeric)),
        _ => (
            Run::Other,
            length(rest, |rune| {
                !is_connector(rune) && !is_letter(rune) && !rune.is_numeric() && !is_punctuation(rune)
            }),
        ),
    };
    let (run_text, tail) = text.split_at(width + size);
    (run, run_text, tail)
}

/// After an upper-case letter: its own lower-case letters, or further upper-case ones except the one that starts the
/// next word.
fn upper_length(rest: &[u8]) -> usize {
    let uppers = length(rest, runes::is_upper);
    if uppers == 0 {
        return length(rest, is_lower_letter);
    }
    match decode(&rest[uppers..]) {
        Some((next, _)) if is_letter(next) => {
            uppers - runes::decode_last(&rest[..uppers]).map_or(0, |(_, width)| width)
        }
        _ => uppers,
    }
}

/// Writes the runs of a name with a connector between them.
struct Words<'t> {
    rest: &'t [u8],
    run: Run,
    text: &'t [u8],
    connector: char,
    out: Vec<u8>,
}

impl<'t> Words<'t> {
    fn advance(&mut self) {
        let (run, text, rest) = next_run(self.rest);
        (self.run, self.text, self.rest) = (run, text, rest);
    }

    fn write(&mut self, run: Run, text: &[u8]) {
        if !matches!(run, Run::Upper | Run::Connector) {
            return self.out.extend_from_slice(text);
        }
        for (rune, _) in runes(text) {
            runes::push(
                &mut self.out,
                match rune {
                    rune if is_connector(rune) => self.connector,
                    rune if runes::is_upper(rune) => runes::to_lower(rune),
                    rune => rune,
                },
            );
        }
    }

    fn connect(&mut self) {
        runes::push(&mut self.out, self.connector);
    }

    fn connect_unless(&mut self, runs: &[Run]) {
        if !runs.contains(&self.run) {
            self.connect();
        }
    }

    /// Writes letters and numbers that belong together.
    fn write_mixed(&mut self) {
        while matches!(self.run, Run::Letters | Run::Number) {
            self.write(self.run, self.text);
            self.advance();
        }
    }

    /// Between a word and a number: `HTTP20xOK` is `http_20x_ok`, but `Floor3rd` is `floor_3rd` and `Bld4` is `bld4`.
    fn after_word(&mut self) {
        if self.run != Run::Number {
            return self.connect_unless(&[Run::Connector, Run::Punctuation]);
        }
        if self.rest.is_empty() {
            return;
        }
        let number = self.text;
        self.advance();
        if self.run != Run::Letters {
            self.write(Run::Number, number);
            return self.connect_unless(&[Run::Connector, Run::Punctuation]);
        }
        self.connect();
        self.write(Run::Number, number);
        self.write_mixed();
        self.connect_unless(&[Run::Broken, Run::Connector, Run::Punctuation]);
    }
}

/// `FirstName` as `first_name` or `first-name`.
pub(super) fn lower_words(call: &mut Call<'_>, text: &[u8], connector: char) -> Result<Vec<u8>, FunctionError> {
    call.reserve(text.len().saturating_mul(3))?;
    let (run, first, rest) = next_run(text);
    let mut words = Words {
        rest,
        run,
        text: first,
        connector,
        out: Vec::with_capacity(text.len() * 2),
    };
    while !words.rest.is_empty() {
        if words.run != Run::Connector {
            words.write(words.run, words.text);
        }
        let (before, last) = (words.run, words.text);
        words.advance();
        match before {
            Run::Number => {
                words.write_mixed();
                words.connect_unless(&[Run::Broken, Run::Punctuation, Run::Connector]);
            }
            Run::Connector => words.write(before, last),
            Run::Punctuation => (),
            _ => words.after_word(),
        }
    }
    words.write(words.run, words.text);
    Ok(words.out)
}

/// `http_server` as `HttpServer`.
pub(super) fn pascal(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = runes(text).map(|(rune, _)| rune);
    let first = loop {
        match rest.next() {
            None => return out,
            Some(rune) if is_connector(rune) => runes::push(&mut out, rune),
            Some(rune) => break rune,
        }
    };
    let mut after_upper = runes::is_upper(first);
    let mut held = runes::to_upper(first);
    for rune in rest {
        let before = std::mem::replace(&mut held, rune);
        if is_connector(before) {
            if is_connector(rune) {
                runes::push(&mut out, before);
                continue;
            }
            after_upper = runes::is_upper(rune);
            held = runes::to_upper(rune);
            continue;
        }
        if is_connector(rune) {
            runes::push(&mut out, before);
            continue;
        }
        if after_upper {
            match runes::is_upper(rune) {
                true => held = runes::to_lower(rune),
                false => after_upper = false,
            }
        }
        runes::push(&mut out, before);
    }
    runes::push(&mut out, held);
    out
}

/// The first character of each word. Every byte is taken for a character of its own.
pub(super) fn initials(text: &[u8]) -> Vec<u8> {
    let mut initials = String::new();
    let mut in_word = false;
    for rune in text.iter().map(|byte| char::from(*byte)) {
        if rune.is_whitespace() {
            in_word = false;
        } else if !in_word {
            initials.push(rune);
            in_word = true;
        }
    }
    initials.into_bytes()
}

/// Upper case becomes lower case and the other way round; a lower-case letter after a space gets its title case.
pub(super) fn swapped(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut after_space = true;
    for (rune, _) in runes(text) {
        let changed = if runes::is_upper(rune) || matches!(rune, 'ǅ' | 'ǈ' | 'ǋ' | 'ǲ') {
            after_space = false;
            runes::to_lower(rune)
        } else if runes::is_lower(rune) {
            let title = after_space;
            after_space = false;
            if title {
                runes::to_title(rune)
            } else {
                runes::to_upper(rune)
            }
        } else {
            after_space = rune.is_whitespace();
            rune
        };
        runes::push(&mut out, changed);
    }
    out
}

/// Title case for every letter that follows something else than a letter, digit or underscore.
pub(super) fn titled(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut before = ' ';
    for (rune, _) in runes(text) {
        runes::push(&mut out, if separates(before) { runes::to_title(rune) } else { rune });
        before = rune;
    }
    out
}

fn separates(rune: char) -> bool {
    match rune.is_ascii() {
        true => !rune.is_ascii_alphanumeric() && rune != '_',
        false => !rune.is_alphanumeric() && rune.is_whitespace(),
    }
}

/// The first letter of each word in lower case.
pub(super) fn untitled(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut in_word = false;
    for (rune, _) in runes(text) {
        let first = !in_word && !rune.is_whitespace();
        in_word = !rune.is_whitespace();
        runes::push(&mut out, if first { runes::to_lower(rune) } else { rune });
    }
    out
}
