//! The rules for keys and texts of entities and groups.

use super::Texts;
use crate::logical::Error;

const MAX_PAIRS: usize = 64;
const MAX_KEY: usize = 128;
const MAX_TEXT: usize = 512;
const RESERVED: &str = "vault-";

/// Checks the metadata of an entity or a group.
///
/// # Errors
/// What is wrong with the first key that is, in the original's words.
pub(super) fn check(kind: &str, texts: Option<&Texts>) -> Result<(), Error> {
    let texts = texts.into_iter().flatten();
    let refused = |why: String| Error::internal(format!("invalid {kind} metadata: {why}"));
    if texts.clone().count() > MAX_PAIRS {
        let why = format!("metadata cannot contain more than {MAX_PAIRS} key/value pairs");
        return Err(refused(why));
    }
    for (key, text) in texts {
        if let Some(fault) = fault(key, text) {
            let pair = format!("failed to load metadata pair ({key:?}, {text:?}): {fault}");
            return Err(refused(pair));
        }
    }
    Ok(())
}

fn fault(key: &str, text: &str) -> Option<String> {
    let known = |letter: char| letter.is_ascii_alphanumeric() || "=/+_-".contains(letter);
    if key.is_empty() {
        Some("key cannot be blank".to_owned())
    } else if !key.chars().all(known) {
        Some("key contains invalid characters".to_owned())
    } else if key.len() > MAX_KEY {
        Some(format!("key is too long (limit: {MAX_KEY} characters)"))
    } else if key.starts_with(RESERVED) {
        Some(format!("key prefix {RESERVED:?} is reserved for internal use"))
    } else if text.len() > MAX_TEXT {
        Some(format!("value is too long (limit: {MAX_TEXT} characters)"))
    } else {
        None
    }
}
