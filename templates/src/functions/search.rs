//! Finding, splitting and replacing in byte strings as Go's package `strings` does.

use memchr::memmem;

use super::runes::runes;
use crate::Call;
use crate::function::FunctionError;

/// Whether one text is in another.
pub(super) fn contains(text: &[u8], part: &[u8]) -> bool {
    memmem::find(text, part).is_some()
}

/// The parts before and after the first separator.
pub(super) fn cut<'t>(text: &'t [u8], separator: &[u8]) -> Option<(&'t [u8], &'t [u8])> {
    let at = memmem::find(text, separator)?;
    Some((&text[..at], &text[at + separator.len()..]))
}

/// Go's `strings.SplitN`: at most `limit` parts, or all of them; an empty separator splits into characters.
pub(super) fn split<'t>(
    call: &mut Call<'_>,
    text: &'t [u8],
    separator: &[u8],
    limit: Option<usize>,
) -> Result<Vec<&'t [u8]>, FunctionError> {
    let limit = limit.unwrap_or(usize::MAX);
    if limit == 0 {
        return Ok(Vec::new());
    }
    if separator.is_empty() {
        call.reserve(text.len() * size_of::<&[u8]>())?;
        return Ok(characters(text, limit));
    }
    let mut parts = Vec::new();
    let mut start = 0;
    for at in memmem::find_iter(text, separator).take(limit - 1) {
        call.reserve(size_of::<&[u8]>())?;
        parts.push(&text[start..at]);
        start = at + separator.len();
    }
    parts.push(&text[start..]);
    Ok(parts)
}

fn characters(text: &[u8], limit: usize) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (_, bytes) in runes(text) {
        if parts.len() + 1 == limit {
            parts.push(&text[start..]);
            break;
        }
        parts.push(bytes);
        start += bytes.len();
    }
    parts
}

/// Replaces every occurrence; an empty text is found before, between and after all characters.
pub(super) fn replace(call: &mut Call<'_>, text: &[u8], from: &[u8], to: &[u8]) -> Result<Vec<u8>, FunctionError> {
    if from.is_empty() {
        call.reserve((text.len() + 1).saturating_mul(to.len()).saturating_add(text.len()))?;
        let mut replaced = to.to_vec();
        for (_, bytes) in runes(text) {
            replaced.extend_from_slice(bytes);
            replaced.extend_from_slice(to);
        }
        return Ok(replaced);
    }
    let count = memmem::find_iter(text, from).count();
    call.reserve(count.saturating_mul(to.len()).saturating_add(text.len()))?;
    let mut replaced = Vec::with_capacity(text.len());
    let mut start = 0;
    for at in memmem::find_iter(text, from) {
        replaced.extend_from_slice(&text[start..at]);
        replaced.extend_from_slice(to);
        start = at + from.len();
    }
    replaced.extend_from_slice(&text[start..]);
    Ok(replaced)
}
