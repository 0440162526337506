//! `toTitle`: title case by Unicode's word boundaries, as `golang.org/x/text/cases` does it without lowering the rest.

use std::sync::LazyLock;

use regex::Regex;

use super::runes::{self, runes};

/// What a character does to the word it stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Belongs to the word.
    Letter,
    /// Belongs to the word unless another one follows: `'`, `.`, `:`.
    Middle,
    /// Ends the word.
    Break,
}

static LETTER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"^[\p{wb=ALetter}\p{wb=Hebrew_Letter}\p{wb=Numeric}\p{wb=Extend}\p{wb=ExtendNumLet}\p{wb=Format}\p{wb=ZWJ}]",
    )
    .ok()
});
static MIDDLE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^[\p{wb=MidLetter}\p{wb=MidNumLet}\p{wb=Single_Quote}]").ok());

fn part(rune: char) -> Part {
    let is = |class: &LazyLock<Option<Regex>>| {
        class
            .as_ref()
            .is_some_and(|class| class.is_match(rune.encode_utf8(&mut [0; 4])))
    };
    match rune {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '_' => Part::Letter,
        '\'' | '.' | ':' => Part::Middle,
        '\0'..='\x7f' => Part::Break,
        _ if is(&LETTER) => Part::Letter,
        _ if is(&MIDDLE) => Part::Middle,
        _ => Part::Break,
    }
}

/// The first cased letter of each word in title case, all else as it stands.
pub(super) fn title_words(text: &[u8]) -> Vec<u8> {
    let mut titled = Vec::with_capacity(text.len());
    let mut in_word = false;
    let mut after_middle = false;
    for (rune, bytes) in runes(text) {
        let part = part(rune);
        if after_middle && part == Part::Middle {
            in_word = false;
        }
        after_middle = part == Part::Middle;
        if is_cased(rune) && !in_word {
            full_title(rune, &mut titled);
            in_word = true;
            continue;
        }
        titled.extend_from_slice(bytes);
        if part == Part::Break && !is_cased(rune) {
            in_word = false;
        }
    }
    titled
}

fn is_cased(rune: char) -> bool {
    rune.is_lowercase() || rune.is_uppercase() || (rune.is_alphabetic() && runes::to_lower(rune) != rune)
}

/// The full title case mapping, which may be several characters: `ﬁ` becomes `Fi`.
fn full_title(rune: char, titled: &mut Vec<u8>) {
    let mut upper = rune.to_uppercase();
    let simple = runes::to_title(rune);
    if upper.len() == 1 || rune == 'ŉ' || simple != rune {
        return match rune {
            'ŉ' => upper.for_each(|part| runes::push(titled, part)),
            _ => runes::push(titled, simple),
        };
    }
    if matches!(rune, '\u{1f88}'..='\u{1f8f}' | '\u{1f98}'..='\u{1f9f}' | '\u{1fa8}'..='\u{1faf}' | 'ᾼ' | 'ῌ' | 'ῼ')
    {
        return runes::push(titled, rune);
    }
    if let Some(first) = upper.next() {
        runes::push(titled, first);
    }
    for part in upper {
        match part {
            '\u{399}' if ('\u{1f80}'..='\u{1fff}').contains(&rune) => runes::push(titled, '\u{345}'),
            part => runes::push(titled, runes::to_lower(part)),
        }
    }
}
