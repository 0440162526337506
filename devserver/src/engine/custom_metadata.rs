//! The rules for keys and texts that users attach to secrets and to aliases.

use std::collections::BTreeMap;

/// The beginning of every refusal.
pub(crate) const FAILED: &str = "custom_metadata validation failed";

/// What is wrong with custom metadata, in the original's words; empty where nothing is.
pub(crate) fn faults(custom: &BTreeMap<String, String>) -> Vec<String> {
    if custom.len() > 64 {
        let text = format!(
            "{FAILED}: payload must contain at most 64 keys, provided {}",
            custom.len()
        );
        return vec![text];
    }
    let mut wrong = Vec::new();
    for (key, text) in custom {
        if key.is_empty() || key.len() > 128 {
            wrong.push(format!(
                "{FAILED}: length of key {key:?} is {} but must be 0 < len(key) <= 128",
                key.len()
            ));
        }
        if text.is_empty() || text.len() > 512 {
            let length = text.len();
            wrong.push(format!(
                "{FAILED}: length of value for key {key:?} is {length} but must be 0 < len(value) <= 512"
            ));
        }
        if key.chars().any(char::is_control) {
            wrong.push(format!("{FAILED}: key {key:?} ({key}) contains unprintable characters"));
        }
        if text.chars().any(char::is_control) {
            wrong.push(format!(
                "{FAILED}: value for key {key:?} contains unprintable characters"
            ));
        }
    }
    wrong
}
