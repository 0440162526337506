//! The layout of a YAML document as libyaml does it: block collections, line folding, escapes.

use super::scalar::{Scalar, Style, is_break, is_printable};

/// Spaces per level.
const STEP: usize = 2;

/// A line that has got longer than this is folded at the next single space.
const WIDTH: usize = 80;

/// Writes a document piece by piece.
#[derive(Default)]
pub(super) struct Emitter {
    out: String,
    column: usize,
    /// Where each open collection stands.
    indents: Vec<usize>,
    /// Whether the last character was white space, or there was none.
    after_blank: bool,
    /// Whether the line holds nothing but indentation and indicators of block collections.
    at_indent: bool,
}

/// An indicator's effect on what follows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    Anything,
    /// `[` and `{`.
    Blank,
    /// `-`, `?` and the `:` of a key on a line of its own.
    Indent,
}

impl Emitter {
    pub(super) fn new() -> Self {
        Emitter {
            after_blank: true,
            at_indent: true,
            ..Emitter::default()
        }
    }

    /// The document.
    pub(super) fn finish(self) -> Vec<u8> {
        self.out.into_bytes()
    }

    /// Bytes so far.
    pub(super) fn len(&self) -> usize {
        self.out.len()
    }

    /// An empty collection: `[]` or `{}`.
    pub(super) fn empty(&mut self, open: char, close: char) {
        self.indicator(open, true, After::Blank);
        self.indicator(close, false, After::Anything);
    }

    /// Starts a list. As the value of a key on the same line it is not indented.
    pub(super) fn open_list(&mut self, is_in_map: bool) {
        self.open(is_in_map && !self.at_indent);
    }

    /// Starts a map.
    pub(super) fn open_map(&mut self) {
        self.open(false);
    }

    /// Ends a list or a map.
    pub(super) fn close(&mut self) {
        self.indents.pop();
    }

    /// Starts an item of a list.
    pub(super) fn item(&mut self) {
        self.indent();
        self.indicator('-', true, After::Indent);
    }

    /// Starts a key, on a line of its own unless it is simple.
    pub(super) fn key(&mut self, is_simple: bool) {
        self.indent();
        if !is_simple {
            self.indicator('?', true, After::Indent);
        }
    }

    /// Starts the value of a key.
    pub(super) fn value(&mut self, key_is_simple: bool) {
        if key_is_simple {
            return self.indicator(':', false, After::Anything);
        }
        self.indent();
        self.indicator(':', true, After::Indent);
    }

    /// Writes a scalar; a key is not folded.
    pub(super) fn scalar(&mut self, scalar: &Scalar<'_>, is_key: bool) {
        let style = scalar.settled_style(is_key);
        if let Some(tag) = scalar.tag {
            self.separate();
            tag.chars().for_each(|rune| self.put(rune));
            self.after_blank = false;
        }
        self.indents
            .push(self.indents.last().map_or(STEP, |indent| indent + STEP));
        match style {
            Style::Plain => self.plain(scalar.text, !is_key),
            Style::SingleQuoted => self.single_quoted(scalar.text, !is_key),
            Style::DoubleQuoted => self.double_quoted(scalar.text, !is_key),
            Style::Literal => self.literal(scalar.text),
        }
        self.indents.pop();
        if style != Style::Literal {
            self.after_blank = false;
            self.at_indent = false;
        }
    }

    fn open(&mut self, is_at_parent: bool) {
        let indent = match self.indents.last() {
            None => 0,
            Some(parent) if is_at_parent => *parent,
            Some(parent) => parent + STEP,
        };
        self.indents.push(indent);
    }

    fn put(&mut self, rune: char) {
        self.out.push(rune);
        self.column += 1;
    }

    fn line_break(&mut self, rune: char) {
        self.out.push(rune);
        self.column = 0;
    }

    fn separate(&mut self) {
        if !self.after_blank {
            self.put(' ');
        }
    }

    /// Goes to the indentation of the innermost collection, on a new line if need be.
    fn indent(&mut self) {
        let indent = self.indents.last().copied().unwrap_or(0);
        if !self.at_indent || self.column > indent || (self.column == indent && !self.after_blank) {
            self.line_break('\n');
        }
        while self.column < indent {
            self.put(' ');
        }
        self.after_blank = true;
        self.at_indent = true;
    }

    fn indicator(&mut self, rune: char, needs_blank: bool, after: After) {
        if needs_blank {
            self.separate();
        }
        self.put(rune);
        self.after_blank = after == After::Blank;
        self.at_indent &= after == After::Indent;
    }

    fn plain(&mut self, text: &str, folds: bool) {
        self.separate();
        self.folded_text(text, folds, false);
    }

    fn single_quoted(&mut self, text: &str, folds: bool) {
        self.indicator('\'', true, After::Anything);
        self.folded_text(text, folds, true);
        self.put('\'');
    }

    /// Text in which a line break stands for itself if a second one is written for it.
    fn folded_text(&mut self, text: &str, folds: bool, is_quoted: bool) {
        let (mut after_space, mut after_break) = (false, false);
        let mut characters = text.char_indices().peekable();
        while let Some((at, rune)) = characters.next() {
            let next = characters.peek().map(|(_, next)| *next);
            if rune == ' ' {
                let is_inside = !is_quoted || (at > 0 && next.is_some());
                let can_fold = folds && !after_space && is_inside && next != Some(' ');
                self.space(can_fold);
                after_space = true;
            } else if is_break(rune) {
                if !after_break && rune == '\n' {
                    self.line_break('\n');
                }
                self.line_break(rune);
                self.at_indent = true;
                after_break = true;
            } else {
                if after_break {
                    self.indent();
                }
                if is_quoted && rune == '\'' {
                    self.put('\'');
                }
                self.put(rune);
                self.at_indent = false;
                (after_space, after_break) = (false, false);
            }
        }
    }

    /// A space, or the new line that stands for it.
    fn space(&mut self, can_fold: bool) {
        match can_fold && self.column > WIDTH {
            true => self.indent(),
            false => self.put(' '),
        }
    }

    fn double_quoted(&mut self, text: &str, folds: bool) {
        self.indicator('"', true, After::Anything);
        let mut after_space = false;
        let mut characters = text.char_indices().peekable();
        while let Some((at, rune)) = characters.next() {
            let next = characters.peek().map(|(_, next)| *next);
            if !is_printable(rune) || is_break(rune) || matches!(rune, '"' | '\\') {
                escape(rune).chars().for_each(|rune| self.put(rune));
            } else if rune == ' ' {
                let can_fold = folds && !after_space && at > 0 && next.is_some();
                let folded = can_fold && self.column > WIDTH;
                self.space(can_fold);
                if folded && next == Some(' ') {
                    self.put('\\');
                }
            } else {
                self.put(rune);
            }
            after_space = rune == ' ';
        }
        self.put('"');
    }

    fn literal(&mut self, text: &str) {
        self.indicator('|', true, After::Anything);
        if text.starts_with(|rune| rune == ' ' || is_break(rune)) {
            STEP.to_string().chars().for_each(|digit| self.put(digit));
        }
        let mut ends = text.chars().rev().map(is_break);
        match (ends.next(), ends.next()) {
            (Some(true), Some(false)) => {}
            (Some(true), _) => self.put('+'),
            _ => self.put('-'),
        }
        self.line_break('\n');
        self.at_indent = true;
        self.after_blank = true;
        let mut after_break = true;
        for rune in text.chars() {
            if is_break(rune) {
                self.line_break(rune);
                self.at_indent = true;
            } else {
                if after_break {
                    self.indent();
                }
                self.put(rune);
                self.at_indent = false;
            }
            after_break = is_break(rune);
        }
    }
}

/// How a character is written in double quotes.
fn escape(rune: char) -> String {
    let short = match rune {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        other => {
            let code = u32::from(other);
            return match code {
                0..=0xff => format!("\\x{code:02X}"),
                0x100..=0xffff => format!("\\u{code:04X}"),
                _ => format!("\\U{code:08X}"),
            };
        }
    };
    format!("\\{short}")
}
