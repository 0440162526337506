//! What an engine implements, and how the core sees it.

use super::mount::{Lifetimes, MountInfo};
use super::router::Router;
use crate::core::TokenEntry;
use crate::json::Object;
use crate::logical::{Auth, Error, Operation, Reply, Request};
use jiff::Timestamp;
use std::time::Duration;

/// A secrets or auth engine; see the documentation of [`crate::engine`].
pub trait Backend: Sized + Send + 'static {
    /// The engine's routes.
    fn router() -> &'static Router<Self>;

    /// Paths below the mount with special rules.
    fn special_paths() -> SpecialPaths {
        SpecialPaths::default()
    }

    /// Called after the engine is mounted, and again after the `version` option of its mount was changed.
    ///
    /// # Errors
    /// Refuses the mount.
    fn mounted(&mut self, _context: &mut Context<'_>) -> Result<(), Error> {
        Ok(())
    }

    /// The lifetime after a lease of this engine is renewed; the core limits it by the maximum and the mount.
    /// The default keeps the first lifetime and maximum.
    ///
    /// # Errors
    /// Refuses the renewal.
    fn renew(&mut self, _context: &mut Context<'_>, lease: &LeaseTerms<'_>) -> Result<Renewal, Error> {
        Ok(Renewal {
            ttl: lease.increment.or(lease.ttl),
            max_ttl: lease.max_ttl,
        })
    }

    /// Makes the credential behind a lease unusable.
    ///
    /// # Errors
    /// The lease then stays, until it is revoked by force.
    fn revoke(&mut self, _context: &mut Context<'_>, _internal: &Object) -> Result<(), Error> {
        Ok(())
    }

    /// Accounts that now exist in the system behind the engine, as that system knows them: name and password.
    fn accounts(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// Called when a token has ended, for engines that keep something per token.
    fn token_ended(&mut self, _token: &TokenEntry) {}

    /// The terms on which a login of this engine is renewed; `auth` is what the login returned, changed in place.
    ///
    /// # Errors
    /// Refuses the renewal; the default, as the original's.
    fn renew_login(&mut self, _context: &mut Context<'_>, _auth: &mut Auth) -> Result<(), Error> {
        Err(Error::response("this auth type doesn't support renew"))
    }
}

/// Terms of a lease that is renewed.
#[derive(Clone, Debug)]
pub struct LeaseTerms<'a> {
    /// What the engine kept with the lease.
    pub internal: &'a Object,
    /// The lifetime asked for; `None` leaves it to the engine.
    pub increment: Option<Duration>,
    /// The lifetime of the lease when it was issued.
    pub ttl: Option<Duration>,
    /// The longest lifetime when it was issued.
    pub max_ttl: Option<Duration>,
    /// When it was issued.
    pub issued: Timestamp,
}

/// What an engine grants at a renewal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Renewal {
    /// Lifetime from now; `None` for the mount's default.
    pub ttl: Option<Duration>,
    /// Longest lifetime since issue; `None` for the mount's maximum.
    pub max_ttl: Option<Duration>,
}

/// Paths with special rules. A trailing `*` matches any continuation; `+` one segment.
#[derive(Clone, Copy, Debug, Default)]
pub struct SpecialPaths {
    /// Need no token.
    pub unauthenticated: &'static [&'static str],
    /// Need `sudo`.
    pub root: &'static [&'static str],
}

/// What an engine may know and use of its surroundings.
#[derive(Debug)]
pub struct Context<'a> {
    /// The server's clock.
    pub now: Timestamp,
    /// The mount under which the engine is reached.
    pub mount: &'a MountInfo,
    /// Lifetimes in force where the mount does not set its own.
    pub system: Lifetimes,
    /// Base URL of the server, e.g. `http://127.0.0.1:8200`.
    pub address: &'a str,
}

impl Context<'_> {
    /// Lifetime of leases that ask for none.
    pub fn default_ttl(&self) -> Duration {
        self.mount.tune.default_lease_ttl.unwrap_or(self.system.default)
    }

    /// Longest lifetime of leases.
    pub fn max_ttl(&self) -> Duration {
        self.mount.tune.max_lease_ttl.unwrap_or(self.system.max)
    }
}

/// An engine behind a mount, whatever its type.
pub(crate) trait Engine: Send {
    fn handle(&mut self, context: &mut Context<'_>, request: &Request) -> Reply;
    /// Whether the path's entry exists; `None` where the route has no existence check.
    fn exists(&self, request: &Request) -> Result<Option<bool>, Error>;
    fn special_paths(&self) -> SpecialPaths;
    fn mounted(&mut self, context: &mut Context<'_>) -> Result<(), Error>;
    fn renew(&mut self, context: &mut Context<'_>, lease: &LeaseTerms<'_>) -> Result<Renewal, Error>;
    fn revoke(&mut self, context: &mut Context<'_>, internal: &Object) -> Result<(), Error>;
    fn renew_login(&mut self, context: &mut Context<'_>, auth: &mut Auth) -> Result<(), Error>;
    fn accounts(&self) -> Vec<(String, String)> {
        Vec::new()
    }
    fn token_ended(&mut self, token: &TokenEntry);
}

impl<T: Backend> Engine for T {
    fn handle(&mut self, context: &mut Context<'_>, request: &Request) -> Reply {
        T::router().dispatch(self, context, request)
    }

    fn exists(&self, request: &Request) -> Result<Option<bool>, Error> {
        debug_assert!(matches!(
            request.operation,
            Operation::Create | Operation::Update | Operation::Patch
        ));
        T::router().exists(self, request)
    }

    fn special_paths(&self) -> SpecialPaths {
        T::special_paths()
    }

    fn mounted(&mut self, context: &mut Context<'_>) -> Result<(), Error> {
        Backend::mounted(self, context)
    }

    fn renew(&mut self, context: &mut Context<'_>, lease: &LeaseTerms<'_>) -> Result<Renewal, Error> {
        Backend::renew(self, context, lease)
    }

    fn revoke(&mut self, context: &mut Context<'_>, internal: &Object) -> Result<(), Error> {
        Backend::revoke(self, context, internal)
    }

    fn renew_login(&mut self, context: &mut Context<'_>, auth: &mut Auth) -> Result<(), Error> {
        Backend::renew_login(self, context, auth)
    }

    fn accounts(&self) -> Vec<(String, String)> {
        Backend::accounts(self)
    }

    fn token_ended(&mut self, token: &TokenEntry) {
        Backend::token_ended(self, token);
    }
}
