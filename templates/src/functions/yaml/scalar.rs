//! Which style a scalar can be written in.

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
}

/// A scalar with the style that is wanted for it.
pub(super) struct Scalar<'t> {
    pub(super) text: &'t str,
    pub(super) style: Style,
    /// A tag that has to be written: `!!binary`.
    pub(super) tag: Option<&'static str>,
}

/// What the characters of a scalar allow outside of flow collections.
#[derive(Default)]
struct Traits {
    multiline: bool,
    plain: bool,
    single_quoted: bool,
    literal: bool,
}

/// A character that yaml.v2 writes as it is; it takes none beyond U+FFFF.
pub(super) fn is_printable(rune: char) -> bool {
    matches!(rune, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && rune != '\u{feff}'
}

/// A line break of YAML 1.1.
pub(super) fn is_break(rune: char) -> bool {
    matches!(rune, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Where white space and line breaks stand in a text.
#[derive(Default)]
struct Spacing {
    at_edge: bool,
    space_at_end: bool,
    space_after_break: bool,
    break_after_space: bool,
}

impl Spacing {
    fn of(text: &str) -> Spacing {
        let mut spacing = Spacing::default();
        let edge = |rune: Option<char>| rune.is_some_and(|rune| rune == ' ' || is_break(rune));
        spacing.at_edge = edge(text.chars().next()) || edge(text.chars().next_back());
        spacing.space_at_end = text.ends_with(' ');
        for (one, two) in text.chars().zip(text.chars().skip(1)) {
            spacing.space_after_break |= is_break(one) && two == ' ';
            spacing.break_after_space |= one == ' ' && is_break(two);
        }
        spacing
    }
}

impl Traits {
    fn of(text: &str) -> Traits {
        if text.is_empty() {
            return Traits {
                plain: true,
                single_quoted: true,
                ..Traits::default()
            };
        }
        let multiline = text.contains(is_break);
        let spacing = Spacing::of(text);
        let escapes = spacing.break_after_space || text.contains(|rune| !is_printable(rune));
        Traits {
            multiline,
            plain: !(escapes || multiline || spacing.at_edge || spacing.space_after_break || has_indicator(text)),
            single_quoted: !(escapes || spacing.space_after_break),
            literal: !(escapes || spacing.space_at_end),
        }
    }
}

/// Whether a text has characters that mean something else in a plain scalar.
fn has_indicator(text: &str) -> bool {
    if text.starts_with("---") || text.starts_with("...") {
        return true;
    }
    let mut after_blank = true;
    let mut characters = text.chars().peekable();
    let mut is_first = true;
    while let Some(rune) = characters.next() {
        let before_blank = characters.peek().is_none_or(|next| matches!(next, ' ' | '\t'));
        let means_something = match (rune, is_first) {
            ('#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`', true) => {
                true
            }
            ('?' | '-', true) | (':', _) => before_blank,
            ('#', false) => after_blank,
            _ => false,
        };
        if means_something {
            return true;
        }
        after_blank = matches!(rune, ' ' | '\t') || is_break(rune);
        is_first = false;
    }
    false
}

/// Whether it can be a key in front of a colon: on one line, and at most 128 bytes long.
pub(super) fn is_simple_key(scalar: &Scalar<'_>) -> bool {
    const LONGEST: usize = 128;
    !scalar.text.contains(is_break) && scalar.text.len() + scalar.tag.map_or(0, str::len) <= LONGEST
}

impl Scalar<'_> {
    /// The style it gets, which is the wanted one if the text allows that.
    pub(super) fn settled_style(&self, is_key: bool) -> Style {
        let traits = Traits::of(self.text);
        let mut style = self.style;
        if is_key && traits.multiline {
            style = Style::DoubleQuoted;
        }
        if style == Style::Plain && (!traits.plain || (self.text.is_empty() && is_key)) {
            style = Style::SingleQuoted;
        }
        match style {
            Style::SingleQuoted if !traits.single_quoted => Style::DoubleQuoted,
            Style::Literal if !traits.literal || is_key => Style::DoubleQuoted,
            style => style,
        }
    }
}
