//! An engine shaped like the aws one: roles, credentials with leases, lease configuration. No cloud is asked: the keys it
//! hands out look right and open nothing. It works without a root configuration, which nobody has on a laptop.

mod config;
mod credentials;
mod roles;

use crate::engine::{Backend, Context, LeaseTerms, Renewal, Router};
use crate::logical::Error;
use config::{LeaseConfig, RootConfig};
use roles::Role;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A mount of the aws-shaped engine.
#[derive(Default)]
pub(crate) struct Aws {
    root: Option<RootConfig>,
    lease: Option<LeaseConfig>,
    roles: BTreeMap<String, Role>,
}

static ROUTER: LazyLock<Router<Aws>> = LazyLock::new(|| {
    let mut routes = config::routes();
    routes.extend(roles::routes());
    routes.extend(credentials::routes());
    Router::new(
        "Hands out access keys with leases, for roles that are configured here.",
        routes,
    )
});

impl Backend for Aws {
    fn router() -> &'static Router<Self> {
        &ROUTER
    }

    /// The lease configuration at the time of the renewal decides. Revocation needs nothing: the keys never opened a door.
    fn renew(&mut self, _: &mut Context<'_>, lease: &LeaseTerms<'_>) -> Result<Renewal, Error> {
        let configured = self.lease.as_ref();
        Ok(Renewal {
            ttl: lease.increment.or(configured.map(|config| config.lease)),
            max_ttl: configured.map(|config| config.max),
        })
    }
}
