//! Keeps secrets out of error texts.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use crate::fmt::quote;
use crate::secret::Secret;
use crate::value::{Text, Value};

/// Texts shorter than this are left: replacing them would garble the error, and they hide little.
const SHORTEST: usize = 4;

/// Bytes of an error text that are kept; the rest would only be data.
const LONGEST: usize = 64 << 10;

const REPLACEMENT: &[u8] = b"[redacted]";

/// Replaces every text of the secrets, at any depth, in an error text.
pub(crate) fn redact<'s>(message: Vec<u8>, secrets: impl Iterator<Item = &'s Secret>) -> Vec<u8> {
    let mut texts = BTreeSet::new();
    for secret in secrets {
        collect(secret, &mut texts);
    }
    // A long text may contain a short one, which must not break it up.
    let mut texts: Vec<Zeroizing<Vec<u8>>> = texts
        .into_iter()
        .map(|text| Zeroizing::new(text.as_bytes().to_vec()))
        .collect();
    let quoted: Vec<_> = texts.iter().map(|text| Zeroizing::new(inner_quoted(text))).collect();
    texts.extend(quoted);
    texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
    let longest = texts.first().map_or(0, |text| text.len());
    let cut = message.len() > LONGEST + longest;
    let mut message = Zeroizing::new(message);
    message.truncate(LONGEST + longest);
    for text in &texts {
        message = Zeroizing::new(replace(&message, text));
    }
    if cut {
        // The end may hold the first part of a secret.
        let kept = message.len().saturating_sub(longest);
        message.truncate(kept);
        message.extend_from_slice(b"...");
    }
    message.to_vec()
}

/// The text as it stands between quotes.
fn inner_quoted(text: &[u8]) -> Vec<u8> {
    let quoted = quote::quoted(text);
    quoted[1..quoted.len() - 1].to_vec()
}

fn replace(message: &[u8], text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len());
    let mut after = 0;
    for at in memchr::memmem::find_iter(message, text) {
        out.extend_from_slice(&message[after..at]);
        out.extend_from_slice(REPLACEMENT);
        after = at + text.len();
    }
    out.extend_from_slice(&message[after..]);
    out
}

/// The texts of a secret that are worth hiding.
fn collect(secret: &Secret, texts: &mut BTreeSet<Text>) {
    let mut queue = secret.values();
    // consul-template hides the values at the top as they print; a number further down is left, as there.
    if let Value::Map(data) = secret.data() {
        let numbers = data.entries().into_iter().filter_map(|(_, value)| match value {
            Value::Number(text) => Some(text),
            _ => None,
        });
        texts.extend(numbers.filter(|text| text.len() >= SHORTEST));
    }
    while let Some(value) = queue.pop() {
        match value {
            Value::String(text) if text.len() >= SHORTEST => {
                texts.insert(text);
            }
            Value::List(list) => queue.extend(list.items().iter().cloned()),
            Value::Map(map) => queue.extend(map.entries().into_iter().map(|(_, value)| value)),
            _ => {}
        }
    }
}
