//! What is wrong with a seed, in words for who wrote it.

/// What the YAML reader says, without the place, which is told once, and without advice to programmers.
pub(super) fn unreadable(text: &str) -> String {
    let text = text.rfind(" at line ").map_or(text, |at| &text[..at]);
    let text = text.split(", set DuplicateKeyPolicy").next().unwrap_or(text);
    text.replace("expected mapping start", "expected a mapping (key: value)")
        .replace("expected sequence start", "expected a list (- item)")
        .replace("expected string scalar", "expected a text")
}

/// What a refused write to this path says, in one line, with the likely fix where one is known.
pub(super) fn refusal(status: u16, errors: &[String], path: &str) -> String {
    if errors.is_empty() {
        return format!("refused with status {status}");
    }
    let text = errors.iter().map(|text| plain(text)).collect::<Vec<_>>().join("; ");
    if text.starts_with("plugin not found in the catalog") {
        return format!("{text} (there are: {})", kinds_for(path));
    }
    if text.starts_with("no handler for route") {
        return "nothing is mounted there (add it to mounts or auth)".to_owned();
    }
    match misspelt(&text) {
        Some(known) => format!("{text} (did you mean {known}?)"),
        None => text,
    }
}

/// The engines that can be mounted there.
fn kinds_for(path: &str) -> String {
    match path.starts_with("sys/auth/") {
        true => crate::auth::kinds().join(", "),
        false => crate::engines::kinds().join(", "),
    }
}

/// The key of a policy's path that is most like the invalid one that a text names.
fn misspelt(text: &str) -> Option<&'static str> {
    let (_, rest) = text.split_once("invalid key \"")?;
    let (found, _) = rest.split_once('"')?;
    let likeness = |known: &&str| strsim::jaro_winkler(known, found);
    let keys = crate::core::policies::PATH_KEYS.iter().copied();
    let nearest = keys.max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(&nearest) > 0.8).then_some(nearest)
}

/// An error without the list around it.
fn plain(text: &str) -> String {
    text.replace("1 error occurred:\n\t* ", "").trim().to_owned()
}
