//! Heredocs: `<<NAME` and `<<-NAME` up to a line that holds only the name.

use crate::cursor::Cursor;
use crate::{Mistake, Problem};

/// Reads the heredoc that starts at the cursor and leaves the cursor at the end of its closing line.
///
/// The closing line may be indented in both forms. With `<<` its indentation stays at the end of the text; with
/// `<<-` it is what gets removed from each line, provided that each line begins with it.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<String, Mistake> {
    let start = cursor.at();
    let (name, indented) = anchor(cursor).ok_or_else(|| Mistake::new(start, Problem::HeredocAnchor))?;
    let body = cursor.at();
    loop {
        let before = cursor.at();
        let line = cursor.take_while(|c| c != '\n');
        let marker = line.trim_end_matches('\r');
        if marker.trim_start_matches(is_space) == name {
            let indentation = marker.strip_suffix(name).unwrap_or_default();
            let text = cursor.since(body);
            let lines = text.get(..before.offset - body.offset).unwrap_or_default();
            return Ok(if indented {
                unindent(lines, indentation)
            } else {
                plain(lines, indentation)
            });
        }
        if cursor.bump().is_none() {
            return Err(Mistake::new(start, Problem::OpenHeredoc(name.to_owned())));
        }
    }
}

/// Reads `<<NAME` with the end of its line; says whether a `-` stood before the name.
fn anchor<'a>(cursor: &mut Cursor<'a>) -> Option<(&'a str, bool)> {
    if !cursor.eat("<<") {
        return None;
    }
    let indented = cursor.eat("-");
    let name = cursor.take_while(|c| super::is_letter(c) || c.is_numeric());
    cursor.eat("\r");
    (cursor.eat("\n") && !name.is_empty()).then_some((name, indented))
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\u{b}' | '\u{c}' | '\r')
}

fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

fn plain(lines: &str, indentation: &str) -> String {
    let mut text = unix_lines(lines);
    text.push_str(indentation);
    text
}

fn unindent(lines: &str, indentation: &str) -> String {
    let text = unix_lines(lines);
    if text.lines().all(|line| line.starts_with(indentation)) {
        text.split_inclusive('\n')
            .map(|line| line.strip_prefix(indentation).unwrap_or(line))
            .collect()
    } else {
        // Go cuts one character and then blanks, so that a stray carriage return stays.
        let mut text = text + indentation;
        text.pop();
        text.trim_end_matches([' ', '\t']).to_owned()
    }
}
