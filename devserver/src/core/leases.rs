//! The lease table: what has been issued, until when, and for whom.

use crate::json::Object;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

/// A lease, of a secret or of a token.
#[derive(Clone, Debug)]
pub struct Lease {
    /// Its id: the path and a random part.
    pub id: String,
    /// Namespace: empty for root, else with a trailing `/`.
    pub namespace: String,
    /// Path whose request made it.
    pub path: String,
    /// When it was made.
    pub issued: Timestamp,
    /// When it ends; `None` for tokens without end.
    pub expires: Option<Timestamp>,
    /// When it was last renewed.
    pub renewed: Option<Timestamp>,
    /// Whether it can be renewed.
    pub renewable: bool,
    /// Token with which it ends; empty for the leases of tokens.
    pub(crate) token: String,
    /// Whether that token is a batch token, which no lease outlives.
    pub(crate) batch: bool,
    /// What ends with it.
    pub(crate) holds: Holds,
    /// Why revoking failed.
    pub revoke_error: Option<String>,
}

/// What a lease stands for.
#[derive(Clone, Debug)]
pub(crate) enum Holds {
    /// A credential made by an engine.
    Secret {
        internal: Object,
        ttl: Option<Duration>,
        max_ttl: Option<Duration>,
    },
    /// A token.
    Token(String),
}

/// All leases, found by id, by end and by token.
#[derive(Default)]
pub struct Leases {
    by_id: BTreeMap<String, Lease>,
    by_end: BTreeSet<(Timestamp, String)>,
    by_token: HashMap<String, BTreeSet<String>>,
}

impl Leases {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// All leases, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Lease> {
        self.by_id.values()
    }

    /// A lease.
    pub fn get(&self, id: &str) -> Option<&Lease> {
        self.by_id.get(id)
    }

    /// Ids that begin like this.
    pub fn ids_below(&self, prefix: &str) -> Vec<String> {
        let from = self.by_id.range(prefix.to_owned()..);
        from.take_while(|(id, _)| id.starts_with(prefix))
            .map(|(id, _)| id.clone())
            .collect()
    }

    pub(crate) fn insert(&mut self, lease: Lease) {
        if let Some(end) = lease.expires {
            self.by_end.insert((end, lease.id.clone()));
        }
        if !lease.token.is_empty() {
            self.by_token
                .entry(lease.token.clone())
                .or_default()
                .insert(lease.id.clone());
        }
        self.by_id.insert(lease.id.clone(), lease);
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<Lease> {
        let lease = self.by_id.remove(id)?;
        if let Some(end) = lease.expires {
            self.by_end.remove(&(end, lease.id.clone()));
        }
        if let Some(ids) = self.by_token.get_mut(&lease.token) {
            ids.remove(id);
            if ids.is_empty() {
                self.by_token.remove(&lease.token);
            }
        }
        Some(lease)
    }

    /// Sets a new end, as of now.
    pub(crate) fn renew(&mut self, id: &str, now: Timestamp, end: Timestamp) {
        if let Some(lease) = self.by_id.get_mut(id) {
            if let Some(old) = lease.expires.replace(end) {
                self.by_end.remove(&(old, id.to_owned()));
            }
            lease.renewed = Some(now);
            self.by_end.insert((end, id.to_owned()));
        }
    }

    /// Keeps a lease that could not be revoked out of the expiry.
    pub(crate) fn mark_irrevocable(&mut self, id: &str, why: &str) {
        if let Some(lease) = self.by_id.get_mut(id) {
            if let Some(end) = lease.expires {
                self.by_end.remove(&(end, id.to_owned()));
            }
            lease.revoke_error = Some(why.to_owned());
        }
    }

    pub(crate) fn of_token(&self, token: &str) -> Vec<String> {
        self.by_token.get(token).into_iter().flatten().cloned().collect()
    }

    /// The lease that ends first, if it has ended.
    pub(crate) fn first_ended(&self, now: Timestamp) -> Option<String> {
        self.by_end
            .first()
            .filter(|(end, _)| *end <= now)
            .map(|(_, id)| id.clone())
    }
}

impl Lease {
    /// Whole seconds left, as the API shows them.
    pub fn seconds_left(&self, now: Timestamp) -> i64 {
        self.expires.map_or(0, |end| seconds_between(now, end))
    }
}

/// Seconds from one moment to another, rounded to the nearest.
pub(crate) fn seconds_between(from: Timestamp, to: Timestamp) -> i64 {
    let span = to.duration_since(from);
    span.as_secs() + i64::from(span.subsec_millis() >= 500)
}
