//! Looking into a running server, and changing what no client can.

use super::Server;
use crate::core::{Core, MountBackend};
use std::sync::PoisonError;

/// A lease, as a test looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseView {
    /// Its id.
    pub id: String,
    /// Path whose request made it.
    pub path: String,
    /// Whole seconds left; `None` for what has no end.
    pub seconds_left: Option<i64>,
    /// Whether it can be renewed.
    pub renewable: bool,
    /// Whether it has ever been renewed.
    pub renewed: bool,
}

/// Sizes of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Leases, those of tokens included.
    pub leases: usize,
    /// Tokens.
    pub tokens: usize,
}

impl Server {
    fn with<T>(&self, work: impl FnOnce(&mut Core) -> T) -> T {
        let mut core = self.shared.core.lock().unwrap_or_else(PoisonError::into_inner);
        core.expire();
        work(&mut core)
    }

    /// All leases whose id begins like this, by id; ended ones are gone.
    pub fn leases(&self, prefix: &str) -> Vec<LeaseView> {
        let now = self.clock().now();
        self.with(|core| {
            let leases = core.leases().iter().filter(|lease| lease.id.starts_with(prefix));
            leases
                .map(|lease| LeaseView {
                    id: lease.id.clone(),
                    path: lease.path.clone(),
                    seconds_left: lease.expires.map(|_| lease.seconds_left(now)),
                    renewable: lease.renewable,
                    renewed: lease.renewed.is_some(),
                })
                .collect()
        })
    }

    /// Revokes all leases whose id begins like this (and the tokens behind them), by force.
    pub fn revoke_leases(&self, prefix: &str) {
        self.with(|core| {
            for id in core.leases().ids_below(prefix) {
                // By force nothing is refused.
                let _revoked = core.revoke_lease(&id, true);
            }
        });
    }

    /// Accounts that an engine has made and not revoked, as the system behind it would know them: name and password.
    /// None where nothing of that kind is mounted at this path, which ends in `/`.
    pub fn accounts(&self, mount: &str) -> Vec<(String, String)> {
        self.with(
            |core| match core.mounts.get_mut(mount).map(|mounted| &mounted.backend) {
                Some(MountBackend::Engine(engine)) => engine.accounts(),
                _ => Vec::new(),
            },
        )
    }

    /// Sizes of the tables.
    pub fn stats(&self) -> Stats {
        self.with(|core| Stats {
            leases: core.leases().len(),
            tokens: core.tokens().iter().count(),
        })
    }

    /// Seals or unseals the server.
    pub fn set_sealed(&self, sealed: bool) {
        self.with(|core| core.set_sealed(sealed));
    }

    /// The key by which a client can unseal the server.
    pub fn unseal_key(&self) -> String {
        self.with(|core| core.unseal_key().to_owned())
    }
}
