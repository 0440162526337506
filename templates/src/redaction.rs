//! Keeps secrets out of error texts.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use crate::fmt::{self, Bounds, quote};
use crate::request::Request;
use crate::secret::Secret;
use crate::value::{Text, Value};

/// Texts shorter than this are left: replacing them would garble the error, and they hide little.
const SHORTEST: usize = 4;

/// Bytes of an error text that are kept; the rest would only be data.
const LONGEST: usize = 64 << 10;

const REPLACEMENT: &[u8] = b"[redacted]";

type Bytes = Zeroizing<Vec<u8>>;

/// From which byte of an error text on secrets are looked for.
#[derive(Clone, Copy)]
pub(crate) struct Reach {
    /// The entries of `data` as `%v` prints them; from the start on also short ones, as consul-template does.
    pub(crate) entries: usize,
    /// The texts inside of them, such as the password of a KV version 2 secret, which consul-template would show.
    pub(crate) nested: usize,
}

/// Replaces what is secret in an error text.
pub(crate) fn redact<'s>(
    message: Vec<u8>,
    reach: Reach,
    answers: impl Iterator<Item = (&'s Request, &'s Secret)>,
    bounds: Bounds,
) -> Vec<u8> {
    let mut texts = Texts::new(reach);
    for (request, secret) in answers {
        if matches!(request, Request::Read { .. } | Request::Write { .. }) {
            texts.add_printed(secret, bounds);
        }
        if !matches!(request, Request::List { .. }) {
            texts.add_nested(secret);
        }
    }
    let longest = texts.longest;
    let cut = message.len() > LONGEST + longest;
    let mut message = Zeroizing::new(message);
    message.truncate(LONGEST + longest);
    let mut message = texts.replaced_in(&message);
    if cut {
        // The end may hold the first part of a secret.
        let kept = message.len().saturating_sub(longest);
        message.truncate(kept);
        message.extend_from_slice(b"...");
    }
    message.to_vec()
}

/// What to replace.
struct Texts {
    /// By the first byte, the longest first, each with where the earliest match may be.
    by_first: Vec<Vec<(Bytes, usize)>>,
    /// Whether an entry prints as nothing, which consul-template finds between all characters.
    has_empty: bool,
    longest: usize,
    reach: Reach,
}

impl Texts {
    fn new(reach: Reach) -> Self {
        Texts {
            by_first: vec![Vec::new(); 256],
            has_empty: false,
            longest: 0,
            reach,
        }
    }

    fn add(&mut self, text: Bytes, from: usize) {
        let Some(first) = text.first() else {
            self.has_empty = true;
            return;
        };
        self.longest = self.longest.max(text.len());
        self.by_first[usize::from(*first)].push((text, from));
    }

    /// The entries of the data of a secret, as `%v` prints them.
    fn add_printed(&mut self, secret: &Secret, bounds: Bounds) {
        let Value::Map(data) = secret.data() else { return };
        for (_, value) in data.entries() {
            if let Ok(printed) = fmt::print(&[value], bounds) {
                let printed = Zeroizing::new(printed);
                if self.reach.entries == 0 || printed.len() >= SHORTEST {
                    self.add(printed, self.reach.entries);
                }
            }
        }
    }

    /// Every text of a secret that is worth hiding, as it is and as it stands between quotes.
    fn add_nested(&mut self, secret: &Secret) {
        let mut texts = BTreeSet::new();
        collect(secret, &mut texts);
        for text in texts {
            let quoted = Zeroizing::new(quote::quoted(text.as_bytes()));
            self.add(Zeroizing::new(quoted[1..quoted.len() - 1].to_vec()), self.reach.nested);
            self.add(Zeroizing::new(text.as_bytes().to_vec()), self.reach.nested);
        }
    }

    /// The length of the longest text that the message has at a position. A long text may contain a short one, which
    /// must not break it up.
    fn match_at(&self, message: &[u8], at: usize) -> Option<usize> {
        let rest = &message[at..];
        let known = &self.by_first[usize::from(*rest.first()?)];
        let found = known.iter().find(|(text, from)| *from <= at && rest.starts_with(text));
        found.map(|(text, _)| text.len())
    }

    fn replaced_in(mut self, message: &[u8]) -> Bytes {
        for texts in &mut self.by_first {
            texts.sort_by_key(|(text, from)| (std::cmp::Reverse(text.len()), *from));
        }
        let mut out = Zeroizing::new(Vec::with_capacity(message.len()));
        let nothing: &[u8] = if self.has_empty { REPLACEMENT } else { b"" };
        let mut at = 0;
        while at < message.len() {
            if let Some(length) = self.match_at(message, at) {
                out.extend_from_slice(REPLACEMENT);
                at += length;
            } else {
                out.extend_from_slice(nothing);
                out.push(message[at]);
                at += 1;
            }
        }
        out.extend_from_slice(nothing);
        out
    }
}

/// The texts of a secret that are worth hiding.
fn collect(secret: &Secret, texts: &mut BTreeSet<Text>) {
    let mut queue = secret.values();
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
