//! The cache of the listener: answers with a renewable lease or token are kept, renewed while they last, and given again
//! to whoever asks for the same thing with the same token.
//!
//! This is the pure part: what is kept, what an eviction takes along, and when what is due. Static secrets, answers
//! without a renewable lease, and leases of tokens that the agent did not hand out are never kept.

pub mod clear;
pub mod keeper;
mod key;
pub mod revocation;

pub use key::Key;

use std::collections::HashMap;
use std::time::Duration;

use coffret_vault::{Envelope, Token};
use hyper::{HeaderMap, StatusCode};
use zeroize::Zeroizing;

use crate::backoff::{Backoff, Class, Pace};
use crate::clock::Moment;
use crate::lease::{self, Action};

/// More answers than this are passed on without being kept: each login with another body is one.
const MOST: usize = 4096;
/// Pace of renewals that failed.
const PACE: Pace = Pace {
    base: Duration::from_secs(1),
    ceiling: Duration::from_secs(60),
};

/// An answer as it came.
#[derive(Clone)]
pub struct Kept {
    /// Its status.
    pub status: StatusCode,
    /// Its headers, without those of the connection.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Zeroizing<Vec<u8>>,
    /// When it came.
    pub since: Moment,
}

/// What a request and its answer say about keeping the answer.
#[derive(Clone, Copy)]
pub struct Exchange<'a> {
    /// What identifies the request.
    pub key: Key,
    /// The request's namespace, empty for the root namespace.
    pub namespace: &'a str,
    /// The request's path, from its first slash.
    pub path: &'a str,
    /// The token it was made with.
    pub token: Option<&'a Token>,
    /// What the answer gave.
    pub envelope: &'a Envelope,
}

/// The thing that is renewed.
#[derive(Clone, Debug, PartialEq)]
pub enum Thing {
    /// A lease, and the token that it belongs to.
    Lease {
        /// Its name at the server.
        id: String,
        /// The token that may renew it, and with which it ends.
        token: Token,
    },
    /// A token.
    Token {
        /// The token itself.
        token: Token,
        /// Its accessor.
        accessor: String,
        /// The token it ends with; none for an orphan.
        parent: Option<Token>,
    },
}

/// A renewal to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct Renewal {
    /// Which entry it is for.
    pub key: Key,
    /// What is renewed.
    pub thing: Thing,
    /// The namespace it is in.
    pub namespace: String,
}

struct Entry {
    namespace: String,
    path: String,
    thing: Thing,
    kept: Kept,
    expires: Moment,
    /// The most that was ever granted.
    longest: Duration,
    due: Moment,
    action: Action,
    /// A renewal is under way.
    busy: bool,
    failures: Backoff,
}

/// All that is kept.
#[derive(Default)]
pub struct Cache {
    entries: HashMap<Key, Entry>,
}

impl Cache {
    /// The answer kept for a request.
    #[must_use]
    pub fn find(&self, key: &Key, now: Moment) -> Option<&Kept> {
        let entry = self.entries.get(key).filter(|entry| entry.expires > now)?;
        Some(&entry.kept)
    }

    /// How many answers are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Keeps an answer, if it is one to keep; `own` is the agent's token where requests may use it, `unit` a random
    /// number in 0..1.
    pub fn offer(&mut self, exchange: Exchange<'_>, own: Option<&Token>, kept: Kept, unit: f64) -> bool {
        let Some((thing, granted)) = self.thing(&exchange, own) else {
            return false;
        };
        if self.entries.len() >= MOST {
            return false;
        }
        let now = kept.since;
        let plan = lease::renewal(granted, unit);
        let entry = Entry {
            namespace: exchange.namespace.trim_matches('/').to_owned(),
            path: exchange.path.to_owned(),
            thing,
            kept,
            expires: now.after(granted),
            longest: granted,
            due: now.after(plan.wait),
            action: plan.action,
            busy: false,
            failures: Backoff::new(PACE),
        };
        self.entries.insert(exchange.key, entry);
        true
    }

    /// The renewable thing in an answer, and how long it was granted for.
    fn thing(&self, exchange: &Exchange<'_>, own: Option<&Token>) -> Option<(Thing, Duration)> {
        let envelope = exchange.envelope;
        // What a renewal answers is about something that is kept or not kept already.
        if revocation::is_renewal(exchange.path) {
            return None;
        }
        if envelope.renewable && !envelope.lease_id.is_empty() && !envelope.lease_duration.is_zero() {
            let token = exchange.token.filter(|token| self.manages(token, own))?.clone();
            let id = envelope.lease_id.clone();
            return Some((Thing::Lease { id, token }, envelope.lease_duration));
        }
        let auth = envelope
            .auth
            .as_ref()
            .filter(|auth| auth.renewable && !auth.lease_duration.is_zero())?;
        let parent = if auth.orphan {
            None
        } else {
            Some(exchange.token.filter(|token| self.manages(token, own))?.clone())
        };
        let thing = Thing::Token {
            token: auth.client_token.clone()?,
            accessor: auth.accessor.clone(),
            parent,
        };
        Some((thing, auth.lease_duration))
    }

    /// Whether a token is the agent's own, or one that it handed out.
    fn manages(&self, token: &Token, own: Option<&Token>) -> bool {
        own == Some(token)
            || self
                .entries
                .values()
                .any(|entry| entry.thing.token_kept() == Some(token))
    }

    /// When something is due.
    #[must_use]
    pub fn next_due(&self) -> Option<Moment> {
        let due = |entry: &Entry| {
            if entry.busy {
                entry.expires
            } else {
                entry.due.min(entry.expires)
            }
        };
        self.entries.values().map(due).min()
    }

    /// Drops what has ended or has to be replaced, and answers up to `limit` renewals that are due.
    pub fn take_due(&mut self, now: Moment, limit: usize) -> Vec<Renewal> {
        let ended = |entry: &Entry| {
            let replace = entry.action == Action::Replace && entry.due <= now && !entry.busy;
            replace || entry.expires <= now
        };
        self.evict_where(|entry| ended(entry));
        let due = self
            .entries
            .iter_mut()
            .filter(|(_, entry)| !entry.busy && entry.due <= now);
        due.take(limit)
            .map(|(key, entry)| {
                entry.busy = true;
                Renewal {
                    key: *key,
                    thing: entry.thing.clone(),
                    namespace: entry.namespace.clone(),
                }
            })
            .collect()
    }

    /// A renewal was granted for so long.
    pub fn renewed(&mut self, key: &Key, granted: Duration, renewable: bool, now: Moment, unit: f64) {
        let Some(entry) = self.entries.get_mut(key) else { return };
        entry.busy = false;
        entry.failures.reset();
        entry.expires = now.after(granted);
        let plan = if renewable {
            lease::after_renewal(granted, entry.longest, unit)
        } else {
            lease::succession(granted, unit)
        };
        (entry.due, entry.action) = (now.after(plan.wait), plan.action);
        entry.longest = entry.longest.max(granted);
    }

    /// A renewal failed: what was refused is evicted, what may pass is tried again until the thing ends.
    pub fn renewal_failed(&mut self, key: &Key, class: Class, retry_after: Option<Duration>, now: Moment, unit: f64) {
        let Some(entry) = self.entries.get_mut(key) else { return };
        entry.busy = false;
        match class {
            Class::Permanent => self.evict_where_key(key),
            Class::Transient => {
                let wait = entry.failures.fail(class, retry_after, unit);
                entry.due = now.after(wait);
            }
        }
    }

    fn evict_where_key(&mut self, key: &Key) {
        if let Some(entry) = self.entries.remove(key) {
            self.evict_with(entry.thing);
        }
    }

    /// Evicts what fits, and with each token what was got with it.
    fn evict_where(&mut self, fits: impl Fn(&Entry) -> bool) {
        let keys: Vec<Key> = self
            .entries
            .iter()
            .filter(|(_, entry)| fits(entry))
            .map(|(key, _)| *key)
            .collect();
        keys.iter().for_each(|key| self.evict_where_key(key));
    }

    /// Evicts what ends with a thing.
    fn evict_with(&mut self, thing: Thing) {
        if let Thing::Token { token, .. } = thing {
            self.evict_made_with(&token);
        }
    }

    fn evict_made_with(&mut self, token: &Token) {
        self.evict_where(|entry| entry.thing.owner() == Some(token));
    }
}

impl Thing {
    fn token_kept(&self) -> Option<&Token> {
        match self {
            Self::Token { token, .. } => Some(token),
            Self::Lease { .. } => None,
        }
    }

    /// The token that this ends with.
    fn owner(&self) -> Option<&Token> {
        match self {
            Self::Lease { token, .. } => Some(token),
            Self::Token { parent, .. } => parent.as_ref(),
        }
    }
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
