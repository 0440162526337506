//! The heart: mounts, tokens, policies and leases. It does no I/O and holds no lock; the server calls
//! [`Core::handle`] with one request at a time. Time passes by [`Core::expire`], which each request begins with.

mod answer;
mod bare;
mod identity;
mod lease_life;
mod leases;
mod lifetime;
mod login;
mod mounting;
mod mounts;
mod password_policies;
pub mod policies;
mod replying;
mod request;
mod sent_ids;
mod special_paths;
mod system;
mod token_life;
mod token_store;
mod tokens;
mod wrapping;

pub use answer::{Answer, Envelope, Issued, LeaseShown, WrapInfo};
pub(crate) use leases::seconds_between;
pub use leases::{Lease, Leases};
pub use mounting::MountError;
pub(crate) use mounts::MountBackend;
pub use mounts::Mounts;
pub(crate) use token_life::{cidr_contains, cidr_holds};
pub(crate) use tokens::later;
pub use tokens::{TokenEntry, Tokens};

use crate::Clock;
use crate::engine::Lifetimes;
use jiff::Timestamp;
use policies::Policies;
use std::collections::BTreeMap;

/// What is known of a namespace beside what is mounted in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Namespace {
    /// Unique id.
    pub(crate) uuid: String,
    /// Keys and texts of the user.
    pub(crate) custom_metadata: BTreeMap<String, String>,
    /// What unlocks it while it is locked.
    pub(crate) unlock_key: Option<String>,
}

/// All state of a server.
pub struct Core {
    pub(crate) clock: Clock,
    pub(crate) address: String,
    pub(crate) mounts: Mounts,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) tokens: Tokens,
    pub(crate) token_roles: token_store::Roles,
    pub(crate) leases: Leases,
    pub(crate) policies: Policies,
    /// All namespaces but root, by path with a trailing `/`.
    pub(crate) namespaces: BTreeMap<String, Namespace>,
    pub(crate) entities: identity::Entities,
    pub(crate) sealed: bool,
    pub(crate) unseal_key: String,
    pub(crate) cluster_id: String,
    /// By namespace and name.
    pub(crate) password_policies: BTreeMap<(String, String), password_policies::PasswordPolicy>,
    /// Mounts that were moved, by the id of the move: from, to.
    pub(crate) migrations: BTreeMap<String, (String, String)>,
    pub(crate) started: Timestamp,
    /// When the encryption key was last replaced.
    pub(crate) rotated: Timestamp,
    pub(crate) settings: system::Settings,
}

impl Core {
    /// A server with the mounts a fresh one has (`sys/`, `cubbyhole/`, `auth/token/`), unsealed, reached at `address`.
    pub fn new(clock: Clock, address: String) -> Self {
        let started = clock.now();
        let mut core = Self {
            clock,
            address,
            mounts: Mounts::default(),
            lifetimes: Lifetimes::default(),
            tokens: Tokens::default(),
            token_roles: token_store::Roles::default(),
            leases: Leases::default(),
            policies: Policies::default(),
            namespaces: BTreeMap::new(),
            entities: identity::Entities::default(),
            sealed: false,
            unseal_key: crate::random::hex(&crate::random::bytes::<32>()),
            cluster_id: crate::random::uuid(),
            password_policies: BTreeMap::new(),
            migrations: BTreeMap::new(),
            started,
            rotated: started,
            settings: system::Settings::default(),
        };
        core.add_namespace("");
        core
    }

    /// The lease table.
    pub fn leases(&self) -> &Leases {
        &self.leases
    }

    /// The tokens.
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// The key that unseals through the API.
    pub fn unseal_key(&self) -> &str {
        &self.unseal_key
    }

    /// Seals or unseals.
    pub fn set_sealed(&mut self, sealed: bool) {
        self.sealed = sealed;
    }
}
