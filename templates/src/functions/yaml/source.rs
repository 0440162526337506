//! The text of a YAML document as the parser gets it, and where yaml.v2 sees its mistakes.

use libyaml_safer::{Encoding, Error, ErrorKind, EventData, Mark, Parser};
use zeroize::Zeroizing;

use crate::call::Call;
use crate::function::FunctionError;

/// A text that libyaml's parser can read without harm: the port that is used here panics at a block scalar that the end
/// of the text cuts off, at an escape that it cuts off, and at a tag before a comma. Its tags do not have the characters
/// `,`, `[` and `]` either, which those of yaml.v2 do: they are escaped here; and a colon before a bracket or a comma, which
/// yaml.v2 takes for a part of a plain scalar, is another character for the parser.
pub(super) struct Source {
    pub(super) text: Zeroizing<Vec<u8>>,
    /// The last line, if a line break was added after it.
    unended: Option<Vec<u8>>,
    /// Line breaks in the text as it was given.
    last_line: u64,
    /// Stands for a colon in plain scalars.
    colon: char,
}

/// Characters that may have to be mended; for each the text before it is parsed once.
pub(super) const MOST_MENDED: usize = 64;

/// What is said about a text with more of them.
pub(super) const TOO_MANY: &str = "too many tags or colons before brackets and commas";

impl Source {
    pub(super) fn new(call: &mut Call<'_>, text: &[u8]) -> Result<Source, FunctionError> {
        if let Err(error) = std::str::from_utf8(text) {
            let octet = match error.error_len() {
                None => "incomplete UTF-8 octet sequence",
                Some(1) => "invalid leading UTF-8 octet",
                Some(_) => "invalid trailing UTF-8 octet",
            };
            return Err(failed(octet));
        }
        let last = text.rsplit(|byte| *byte == b'\n').next().unwrap_or(b"");
        let ended = [&b"\n"[..], b"\r", b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9"];
        let ended = ended.iter().any(|known| text.ends_with(known));
        let mut source = Source {
            unended: (!ended).then(|| last.to_vec()),
            last_line: breaks(text),
            colon: unused_letter(text),
            text: Zeroizing::new(text.to_vec()),
        };
        if !ended {
            source.text.push(b'\n');
        }
        source.escape_commas_of_tags(call)?;
        Ok(source)
    }

    fn escape_commas_of_tags(&mut self, call: &mut Call<'_>) -> Result<(), FunctionError> {
        let (mut from, mut seen) = (0, 0);
        while let Some(comma) = comma_after_tag(&self.text, from) {
            seen += 1;
            if seen > MOST_MENDED {
                return Err(failed(TOO_MANY));
            }
            // The parser's tags do not have a bracket, so that it stops there exactly if it reads a tag.
            let mut head = Zeroizing::new(self.text[..comma].to_vec());
            head.extend_from_slice(b"]\n");
            match stops(call, &head)? {
                Some(stop) => {
                    self.mend(stop);
                    from = stop;
                }
                None => from = comma + 1,
            }
        }
        Ok(())
    }

    /// Writes a character so that the parser reads on as yaml.v2 does.
    pub(super) fn mend(&mut self, at: usize) {
        let mended = match self.text[at] {
            b':' => self.colon.to_string(),
            byte => format!("%{byte:02X}"),
        };
        self.text.splice(at..=at, mended.into_bytes());
    }

    /// The byte at which the parser has stopped although yaml.v2 would read on.
    pub(super) fn odd_byte(&self, error: &Error) -> Option<usize> {
        odd_byte(error, &self.text)
    }

    /// The text of a plain scalar as it was given.
    pub(super) fn plain(&self, text: String) -> String {
        match text.contains(self.colon) {
            true => text.replace(self.colon, ":"),
            false => text,
        }
    }

    /// A block scalar that reaches the end, without the line break that was added there.
    pub(super) fn without_added_break(&self, value: &mut String, end: u64) {
        let Some(last) = &self.unended else {
            return;
        };
        let reaches_end = usize::try_from(end).is_ok_and(|end| end >= self.text.len());
        let blank = last.iter().all(|byte| *byte == b' ');
        let content = value
            .strip_suffix('\n')
            .is_some_and(|value| !blank || value.ends_with(' '));
        if reaches_end && content {
            value.pop();
        }
    }

    /// Refuses `\/` in a scalar in double quotes, which yaml.v2 does not know.
    pub(super) fn check_escapes(&self, start: Mark, end: Mark) -> Result<(), FunctionError> {
        let position = |mark: Mark| usize::try_from(mark.index).unwrap_or(usize::MAX);
        let scalar = self.text.get(position(start)..position(end)).unwrap_or_default();
        let mut at = 0;
        while let Some(next) = memchr::memchr(b'\\', &scalar[at..]) {
            if scalar.get(at + next + 1) == Some(&b'/') {
                let line = start.line + breaks(&scalar[..at + next]);
                return Err(located("found unknown escape character", line, start.line, true));
            }
            at = (at + next + 2).min(scalar.len());
        }
        Ok(())
    }

    /// yaml.v2's text of an error.
    pub(super) fn syntax_error(&self, error: &Error) -> FunctionError {
        // A quoted scalar without an end has read the line break that was added; all else takes the end for a new line
        // anyway.
        let unended = error.problem() == "found unexpected end of stream";
        let line_of = |mark: Option<Mark>| match mark.map_or(0, |mark| mark.line) {
            line if unended => line.min(self.last_line),
            line => line,
        };
        let scanner = error.kind() == ErrorKind::Scanner;
        let (problem, context) = (line_of(error.problem_mark()), line_of(error.context_mark()));
        located(error.problem(), problem, context, scanner)
    }
}

/// yaml.v2 counts lines from 0 but adds one for what the scanner finds; the first line goes without its number.
pub(super) fn located(problem: &str, line: u64, context: u64, scanner: bool) -> FunctionError {
    match (line, context) {
        (0, 0) => failed(problem),
        (0, line) => failed(&format!("line {line}: {problem}")),
        (line, _) => failed(&format!("line {}: {problem}", line + u64::from(scanner))),
    }
}

pub(super) fn failed(text: &str) -> FunctionError {
    format!("yaml: {text}").into()
}

/// How many line breaks of any sort a text has.
fn breaks(text: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(text);
    let breaks = text.matches(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']).count();
    (breaks - text.matches("\r\n").count()) as u64
}

/// A parser over a text.
pub(super) fn parser<'t>(text: &'t mut &'t [u8]) -> Parser<&'t mut &'t [u8]> {
    let mut parser = Parser::new();
    parser.set_encoding(Encoding::Utf8);
    parser.set_input_string(text);
    parser
}

/// Where the parser stops although yaml.v2 would read on.
fn stops(call: &mut Call<'_>, text: &[u8]) -> Result<Option<usize>, FunctionError> {
    let mut input = text;
    let mut parser = parser(&mut input);
    loop {
        call.step(1)?;
        match parser.parse().map(|event| event.data) {
            Ok(EventData::StreamEnd) => return Ok(None),
            Ok(_) => (),
            Err(error) => return Ok(odd_byte(&error, text)),
        }
    }
}

fn odd_byte(error: &Error, text: &[u8]) -> Option<usize> {
    let at = usize::try_from(error.problem_mark()?.index).ok()?;
    let odd: &[u8] = match (error.context(), error.problem()) {
        (Some("while scanning a tag"), _) => b",[]",
        (_, "found unexpected ':'") => b":",
        _ => return None,
    };
    text.get(at).filter(|byte| odd.contains(byte)).map(|_| at)
}

/// A letter for private use that the text does not have.
fn unused_letter(text: &[u8]) -> char {
    let text = String::from_utf8_lossy(text);
    ('\u{e000}'..='\u{f8ff}')
        .find(|letter| !text.contains(*letter))
        .unwrap_or(':')
}

/// The next comma right behind what may be a tag.
fn comma_after_tag(text: &[u8], from: usize) -> Option<usize> {
    let mut commas = memchr::memchr_iter(b',', &text[from..]).map(|at| from + at);
    commas.find(|comma| {
        let ends = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'{' | b'}' | b'"');
        let start = text[..*comma].iter().rposition(ends).map_or(0, |at| at + 1);
        let word = &text[start..*comma];
        word.first() == Some(&b'!')
            || word
                .windows(2)
                .any(|pair| b"[],:'".contains(&pair[0]) && pair[1] == b'!')
    })
}
