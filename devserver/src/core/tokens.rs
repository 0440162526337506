//! Tokens: what they are, and how they are found.

use crate::logical::{Auth, TokenType};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// A token.
#[derive(Clone, Debug, Default)]
pub struct TokenEntry {
    /// The token itself.
    pub id: String,
    /// Its accessor; empty for batch tokens.
    pub accessor: String,
    /// The parent token; empty for orphans.
    pub parent: String,
    /// Policies, sorted.
    pub policies: Vec<String>,
    /// Path by which it was created, e.g. `auth/kubernetes/login`.
    pub path: String,
    /// Metadata; `None` is shown as null.
    pub meta: Option<BTreeMap<String, String>>,
    /// Display name.
    pub display_name: String,
    /// Uses left; 0 is unlimited.
    pub num_uses: i64,
    /// When it was created.
    pub created: Timestamp,
    /// Lifetime at creation; zero for tokens without end.
    pub creation_ttl: Duration,
    /// Lifetime given last, at creation or renewal, which a renewal that asks for none gives again.
    pub last_ttl: Duration,
    /// Ends the token whatever the renewals; zero for none.
    pub explicit_max_ttl: Duration,
    /// Lifetime given by each renewal; zero for none.
    pub period: Duration,
    /// Service or batch.
    pub kind: TokenType,
    /// Role of the token store by which it was created.
    pub role: String,
    /// Networks from which it can be used.
    pub bound_cidrs: Vec<String>,
    /// Entity of the identity store.
    pub entity_id: String,
    /// Namespace: empty for root, else with a trailing `/`.
    pub namespace: String,
    /// Id of its lease; empty where it has none.
    pub lease: String,
    /// The login that made it; `None` for tokens of the token store.
    pub login: Option<Box<Auth>>,
}

impl TokenEntry {
    /// Whether it has the `root` policy.
    pub fn is_root(&self) -> bool {
        self.policies.iter().any(|policy| policy == "root")
    }

    /// When a batch token ends, which has no lease.
    pub fn batch_end(&self) -> Option<Timestamp> {
        (self.kind == TokenType::Batch).then(|| later(self.created, self.creation_ttl))
    }
}

/// A moment after another; what would be beyond the calendar is its end.
pub(crate) fn later(moment: Timestamp, span: Duration) -> Timestamp {
    moment.saturating_add(span).unwrap_or(Timestamp::MAX)
}

/// All tokens.
#[derive(Default)]
pub struct Tokens {
    by_id: HashMap<String, Arc<TokenEntry>>,
    by_accessor: BTreeMap<String, String>,
    children: HashMap<String, BTreeSet<String>>,
}

impl Tokens {
    /// A token by its id.
    pub fn get(&self, id: &str) -> Option<&Arc<TokenEntry>> {
        self.by_id.get(id)
    }

    /// A token by its accessor.
    pub fn by_accessor(&self, accessor: &str) -> Option<&Arc<TokenEntry>> {
        self.by_id.get(self.by_accessor.get(accessor)?)
    }

    /// All accessors of a namespace, sorted.
    pub fn accessors(&self, namespace: &str) -> Vec<String> {
        let here = |id: &String| self.by_id.get(id).is_some_and(|token| token.namespace == namespace);
        self.by_accessor
            .iter()
            .filter(|(_, id)| here(id))
            .map(|(accessor, _)| accessor.clone())
            .collect()
    }

    /// All tokens.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<TokenEntry>> {
        self.by_id.values()
    }

    pub(crate) fn insert(&mut self, token: TokenEntry) {
        if !token.accessor.is_empty() {
            self.by_accessor.insert(token.accessor.clone(), token.id.clone());
        }
        if !token.parent.is_empty() {
            self.children
                .entry(token.parent.clone())
                .or_default()
                .insert(token.id.clone());
        }
        self.by_id.insert(token.id.clone(), Arc::new(token));
    }

    /// Changes a token in place; parents and accessors stay.
    pub(crate) fn update(&mut self, id: &str, change: impl FnOnce(&mut TokenEntry)) {
        if let Some(token) = self.by_id.get_mut(id) {
            change(Arc::make_mut(token));
        }
    }

    /// Removes a token and gives the ids of its children, which are orphans from then on.
    pub(crate) fn remove(&mut self, id: &str) -> Option<(Arc<TokenEntry>, Vec<String>)> {
        let token = self.by_id.remove(id)?;
        self.by_accessor.remove(&token.accessor);
        if let Some(siblings) = self.children.get_mut(&token.parent) {
            siblings.remove(id);
        }
        let children: Vec<String> = self.children.remove(id).into_iter().flatten().collect();
        for child in &children {
            self.update(child, |child| child.parent.clear());
        }
        Some((token, children))
    }
}
