//! Versions of engines, as callers write them.

/// A version with all its three numbers: `1` is `1.0.0`, `2-rc` is `2.0.0-rc`. `None` for what is none.
pub(super) fn full_version(text: &str) -> Option<String> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let end = text
        .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
        .unwrap_or(text.len());
    let (numbers, suffix) = text.split_at(end);
    let mut numbers: Vec<&str> = numbers.split('.').collect();
    let is_number = |part: &&str| part.parse::<u64>().is_ok();
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-.+~".contains(letter);
    let named = suffix.starts_with(['-', '~', '+']) || suffix.starts_with(|letter: char| letter.is_ascii_alphabetic());
    if !numbers.iter().all(is_number) || !(suffix.is_empty() || (named && suffix.chars().all(allowed))) {
        return None;
    }
    numbers.resize(numbers.len().max(3), "0");
    let joint = match suffix.chars().next() {
        Some(first) if first.is_ascii_alphabetic() => "-",
        _ => "",
    };
    Some(format!("{}{joint}{suffix}", numbers.join(".")))
}
