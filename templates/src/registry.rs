//! All functions by name, for both syntaxes.

use std::sync::LazyLock;

use crate::function::Function;
use crate::{builtins, engine_functions, functions};

static LIBRARY: LazyLock<Vec<&'static Function>> = LazyLock::new(|| {
    let tables = functions::TABLES.iter().chain([&engine_functions::TABLE]);
    let mut all: Vec<&'static Function> = tables.flat_map(|table| table.iter()).collect();
    all.sort_by_key(|function| function.name);
    all
});

/// The functions of consul-template and sprig, sorted by name.
pub(crate) fn all() -> &'static [&'static Function] {
    &LIBRARY
}

/// A function of consul-template or sprig.
pub(crate) fn library(name: &str) -> Option<&'static Function> {
    let found = LIBRARY.binary_search_by_key(&name, |function| function.name);
    found.ok().map(|index| LIBRARY[index])
}

/// A built-in function of `text/template`, except those that the engine evaluates itself.
pub(crate) fn builtin(name: &str) -> Option<&'static Function> {
    builtins::TABLE.iter().find(|function| function.name == name)
}

/// Whether an entry of the deny list matches; `*` in one stands for any characters.
pub(crate) fn is_denied(name: &str, denylist: &[String]) -> bool {
    denylist.iter().any(|pattern| glob_matches(pattern, name))
}

fn glob_matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// What to say about a name that is no function, if anything is known.
pub(crate) fn hint(name: &str) -> Option<String> {
    if let Some((_, product)) = functions::UNAVAILABLE
        .iter()
        .find(|(unavailable, _)| *unavailable == name)
    {
        return Some(format!("it needs {product}, which templates cannot reach here"));
    }
    let names = LIBRARY.iter().map(|function| function.name);
    let names = names
        .chain(builtins::TABLE.iter().map(|function| function.name))
        .chain(["and", "or", "call"]);
    let allowed = (name.len() / 3).clamp(1, 3);
    let measured = names.filter_map(|known| Some((distance(name, known, allowed)?, known)));
    let (_, known) = measured.min()?;
    Some(format!("did you mean {known:?}?"))
}

/// Edits between two names, if there are no more than allowed; a difference in case counts as little.
fn distance(one: &str, two: &str, allowed: usize) -> Option<usize> {
    if one.eq_ignore_ascii_case(two) || two.strip_prefix("sprig_") == Some(one) {
        return Some(1);
    }
    // A template's names may be as long as the template: what cannot be near is not measured.
    let near = one.len().abs_diff(two.len()) <= 4 * allowed;
    near.then(|| strsim::osa_distance(one, two))
        .filter(|edits| *edits <= allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_match_any_characters() {
        let denied = |pattern: &str, name| is_denied(name, &[pattern.to_owned()]);
        assert!(denied("sprig_*", "sprig_env") && !denied("sprig_*", "env"));
        assert!(denied("*", "file") && denied("file", "file") && !denied("file", "files"));
        assert!(denied("*env*", "sprig_expandenv") && denied("a*b*c", "aXbYbZc") && !denied("a*b", "a"));
        assert!(!denied("ab*ba", "aba"));
    }
}
