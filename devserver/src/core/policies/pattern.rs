//! Patterns with `+` and `*`: what they match, and which of several decides.

/// Orders matching patterns; the greatest decides.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Specificity<'a> {
    /// A later first wildcard is more specific.
    first_wildcard: usize,
    /// A pattern without `*` at its end is more specific.
    whole: bool,
    /// Fewer `+` are more specific.
    wildcards: std::cmp::Reverse<usize>,
    length: usize,
    text: &'a str,
}

impl<'a> Specificity<'a> {
    pub(super) fn of_prefix(text: &'a str) -> Self {
        let length = text.len();
        Self {
            first_wildcard: length,
            whole: false,
            wildcards: std::cmp::Reverse(0),
            length,
            text,
        }
    }

    pub(super) fn of_wildcard(pattern: &'a str) -> Self {
        let text = pattern.strip_suffix('*').unwrap_or(pattern);
        Self {
            first_wildcard: pattern.find('+').unwrap_or(pattern.len()),
            whole: text.len() == pattern.len(),
            wildcards: std::cmp::Reverse(text.split('/').filter(|segment| *segment == "+").count()),
            length: text.len(),
            text,
        }
    }
}

/// Whether a pattern with `+` segments matches a path.
pub(super) fn wildcard_matches(pattern: &str, path: &str) -> bool {
    let (text, prefix) = match pattern.strip_suffix('*') {
        Some(text) => (text, true),
        None => (pattern, false),
    };
    let wanted: Vec<&str> = text.split('/').collect();
    let given: Vec<&str> = path.split('/').collect();
    if given.len() < wanted.len() || (!prefix && given.len() != wanted.len()) {
        return false;
    }
    wanted.iter().zip(&given).enumerate().all(|(index, (want, have))| {
        *want == "+" || want == have || (prefix && index + 1 == wanted.len() && have.starts_with(want))
    })
}

/// Whether a pattern with `+` can match something below the mount.
pub(super) fn wildcard_below(pattern: &str, mount: &str) -> bool {
    let wanted: Vec<&str> = pattern.trim_end_matches('*').split('/').collect();
    let given: Vec<&str> = mount.trim_end_matches('/').split('/').collect();
    wanted.len() >= given.len()
        && wanted
            .iter()
            .zip(&given)
            .all(|(want, have)| *want == "+" || want == have)
}

/// Whether a text fits a pattern with `*` at its beginning, its end, or both.
pub fn glob(pattern: &str, text: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let inner = pattern.trim_start_matches('*').trim_end_matches('*');
    match (pattern.starts_with('*'), pattern.ends_with('*')) {
        (true, true) => text.contains(inner),
        (true, false) => text.ends_with(inner),
        (false, true) => text.starts_with(inner),
        (false, false) => text == pattern,
    }
}
