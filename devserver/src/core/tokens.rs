//! Tokens.

use crate::logical::{Auth, TokenType};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// A token.
#[derive(Clone, Debug, Default)]
pub struct TokenEntry {
    /// The token itself.
    pub id: String,
    /// Its accessor; empty for batch tokens.
    pub accessor: String,
    /// Accessor of the parent; empty for orphans.
    pub parent: String,
    /// Policies, sorted.
    pub policies: Vec<String>,
    /// Path by which it was created, e.g. `auth/kubernetes/login`.
    pub path: String,
    /// Metadata.
    pub meta: BTreeMap<String, String>,
    /// Display name.
    pub display_name: String,
    /// Uses left; 0 is unlimited.
    pub num_uses: i64,
    /// When it was created.
    pub created: Timestamp,
    /// Lifetime at creation.
    pub creation_ttl: Duration,
    /// When it ends; `None` for root tokens.
    pub expires: Option<Timestamp>,
    /// When it was last renewed.
    pub renewed: Option<Timestamp>,
    /// Ends the token whatever the renewals.
    pub explicit_max_ttl: Duration,
    /// Lifetime given by each renewal; zero for none.
    pub period: Duration,
    /// Whether it can be renewed.
    pub renewable: bool,
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
    /// The login that made it; `None` for tokens of the token store.
    pub login: Option<Box<Auth>>,
}

impl TokenEntry {
    /// Whether it has the `root` policy.
    pub fn is_root(&self) -> bool {
        self.policies.iter().any(|policy| policy == "root")
    }
}
