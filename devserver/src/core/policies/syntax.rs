//! Mistakes of syntax in the original's words: clients print them, and people search for them.

use coffret_hcl::{Mistake, Position, Problem};

/// What the original says of a mistake in a text.
pub(super) fn said(text: &str, mistake: &Mistake) -> String {
    // The original reads JSON by other rules, and has no words of its own for its mistakes.
    if text.trim_start().starts_with('{') {
        return mistake.to_string();
    }
    let Position { line, column, .. } = mistake.at;
    let here = |what: &str| format!("At {line}:{column}: {what}");
    match &mistake.problem {
        Problem::OpenString | Problem::OpenInterpolation => {
            format!("At {}: literal not terminated", open_end(text, mistake))
        }
        Problem::OpenComment => format!("At {}: comment not terminated", place_after(text, 1)),
        Problem::OpenHeredoc(_) => format!("At {}: heredoc not terminated", place_after(text, 1)),
        Problem::Character(_) => here("illegal char"),
        Problem::Escape(_) => format!("At {line}:{}: illegal char escape", column + 1),
        Problem::Unexpected { expected, found } if found == "the end of the text" => at_end(text, expected),
        Problem::Unexpected { expected, found } => {
            let found = token(found);
            here(&match *expected {
                "',' or ']'" => format!("error parsing list, expected comma or list end, got: {found}"),
                "'{' or a label" => format!("nested object expected: LBRACE got: {found}"),
                "a key" => format!("expected: IDENT | STRING | ASSIGN | LBRACE got: {found}"),
                "a value" if found == "IDENT" => {
                    let word = word_at(text, mistake);
                    format!("Unknown token: {line}:{column} IDENT {word}")
                }
                _ => return mistake.to_string(),
            })
        }
        _ => mistake.to_string(),
    }
}

/// A text that ends where more was needed. The original's reader is one character further after a name, which it only
/// knows to have ended by what follows.
fn at_end(text: &str, expected: &str) -> String {
    let trimmed = text.trim_end();
    let quoted = trimmed.ends_with('"');
    let place = place_after(text, if quoted { 1 } else { 2 });
    let what = match expected {
        "a key or '}'" => "object expected closing RBRACE got: EOF".to_owned(),
        "',' or ']'" => "error parsing list, expected comma or list end, got: EOF".to_owned(),
        _ => {
            let key = last_word(trimmed);
            format!("key '{key}' expected start of object ('{{') or assignment ('=')")
        }
    };
    format!("At {place}: {what}")
}

/// The name where the mistake is.
fn word_at<'t>(text: &'t str, mistake: &Mistake) -> &'t str {
    let rest = text.get(mistake.at.offset..).unwrap_or_default();
    let end = rest.find(|letter: char| !(letter.is_alphanumeric() || "_-.".contains(letter)));
    &rest[..end.unwrap_or(rest.len())]
}

/// The name or quoted text that a text ends with.
fn last_word(text: &str) -> &str {
    let start = match text.strip_suffix('"') {
        Some(rest) => rest.rfind('"'),
        None => text.rfind(char::is_whitespace).map(|at| at + 1),
    };
    text.get(start.unwrap_or_default()..).unwrap_or(text)
}

/// Line and column so many columns past the last character.
fn place_after(text: &str, columns: usize) -> String {
    let line = text.matches('\n').count() + 1;
    let last = text.rsplit('\n').next().unwrap_or_default();
    format!("{line}:{}", last.chars().count() + columns)
}

/// Where an open string stops being one: at the end of its line, or past the end of the text.
fn open_end(text: &str, mistake: &Mistake) -> String {
    let line = mistake.at.line;
    let rest = text.get(mistake.at.offset..).unwrap_or_default();
    match rest.split_once('\n') {
        Some((before, _)) => format!("{line}:{}", mistake.at.column as usize + before.chars().count()),
        None => place_after(text, 1),
    }
}

/// The name of a token that stood where it could not.
fn token(found: &str) -> &'static str {
    match found.trim_matches('"') {
        "'{'" => "LBRACE",
        "'}'" => "RBRACE",
        "'['" => "LBRACK",
        "']'" => "RBRACK",
        "'='" => "ASSIGN",
        "','" => "COMMA",
        "true" | "false" => "BOOL",
        other if other.starts_with(|letter: char| letter.is_ascii_digit()) => "NUMBER",
        other if other.starts_with(|letter: char| letter.is_ascii_digit() || letter == '-') => {
            if other.contains('.') {
                "FLOAT"
            } else {
                "NUMBER"
            }
        }
        "a quoted string" => "STRING",
        _ => "IDENT",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What OpenBao 2.6 answers to these texts.
    #[test]
    fn mistakes_are_told_in_the_original_words() {
        for (text, told) in [
            ("path \"a\" {", "At 1:12: object expected closing RBRACE got: EOF"),
            (
                "path \"a\" { capabilities = [\"read\" }",
                "At 1:35: error parsing list, expected comma or list end, got: RBRACE",
            ),
            (
                "path \"a { capabilities = [\"read\"] }",
                "At 1:36: literal not terminated",
            ),
            (
                "path \"a { capabilities = [\"read\"] }\n",
                "At 1:36: literal not terminated",
            ),
            (
                "\"a\"",
                "At 1:4: key '\"a\"' expected start of object ('{') or assignment ('=')",
            ),
            (
                "x",
                "At 1:3: key 'x' expected start of object ('{') or assignment ('=')",
            ),
            ("path \"a\" = 5", "At 1:10: nested object expected: LBRACE got: ASSIGN"),
            (
                "path \"a\" {capabilities=[\"read\"]}}",
                "At 1:33: expected: IDENT | STRING | ASSIGN | LBRACE got: RBRACE",
            ),
            ("/* unterminated", "At 1:16: comment not terminated"),
            ("path 'a' {}", "At 1:6: illegal char"),
            ("path \"\\q\" {}", "At 1:8: illegal char escape"),
            ("path \"${x\" {}", "At 1:14: literal not terminated"),
            ("path \"a\" <<EOF\n", "At 2:1: heredoc not terminated"),
        ] {
            let mistake = coffret_hcl::parse("policy", text)
                .expect_err("the text is wrong")
                .mistake;
            assert_eq!(said(text, &mistake), told, "{text}");
        }
    }
}
