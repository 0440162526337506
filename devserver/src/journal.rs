//! What has been asked: a log of requests and counters per client.

use jiff::Timestamp;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// So many requests are remembered; counters go on.
const REMEMBERED: usize = 10_000;

/// One request and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When it came, by the server's clock.
    pub time: Timestamp,
    /// Method.
    pub method: String,
    /// Path below `/v1/`, without query.
    pub path: String,
    /// Query, as it came.
    pub query: String,
    /// Namespace header.
    pub namespace: String,
    /// Accessor of the token, empty for none; never the token.
    pub accessor: String,
    /// `User-Agent`.
    pub user_agent: String,
    /// Status of the answer; 0 where the connection was reset.
    pub status: u16,
}

/// The log; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Journal(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    entries: VecDeque<Entry>,
    total: u64,
    by_client: BTreeMap<String, u64>,
}

impl Journal {
    pub(crate) fn add(&self, entry: Entry) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.total += 1;
        *state.by_client.entry(entry.user_agent.clone()).or_default() += 1;
        if state.entries.len() == REMEMBERED {
            state.entries.pop_front();
        }
        state.entries.push_back(entry);
    }

    /// The requests remembered, oldest first.
    pub fn entries(&self) -> Vec<Entry> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entries
            .iter()
            .cloned()
            .collect()
    }

    /// How many requests of this method and path are remembered. The path may end in `*`; an empty method is any.
    pub fn count(&self, method: &str, path: &str) -> usize {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |entry: &&Entry| {
            let path_fits = path
                .strip_suffix('*')
                .map_or(entry.path == path, |prefix| entry.path.starts_with(prefix));
            path_fits && (method.is_empty() || entry.method == method)
        };
        state.entries.iter().filter(fits).count()
    }

    /// How many requests there were since the start or the last [`Journal::clear`].
    pub fn total(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).total
    }

    /// How many requests there were per client, told apart by `User-Agent`.
    pub fn by_client(&self) -> BTreeMap<String, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).by_client.clone()
    }

    /// Forgets everything.
    pub fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = State::default();
    }
}
