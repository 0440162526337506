//! `sys/`, as far as it goes through policies. Health, seal and init are answered before (see [`status`]).

mod capabilities;
mod key_rotation;
mod leases;
mod loggers;
mod mounts;
mod namespaces;
mod password_policies;
mod policies;
mod readouts;
mod root_generation;
mod settings;
pub(crate) mod status;
mod tools;
mod tuning;
mod visible;
mod wrapping;

pub(crate) use settings::Settings;

use super::Core;
use crate::engine::{Field, Router, SpecialPaths, boolean, seconds, text};
use std::sync::LazyLock;

pub(crate) const SPECIAL: SpecialPaths = SpecialPaths {
    unauthenticated: &[
        "wrapping/lookup",
        "wrapping/pubkey",
        "replication/status",
        "internal/specs/openapi",
        "internal/ui/mounts",
        "internal/ui/mounts/*",
        "internal/ui/namespaces",
        "init",
        "seal-status",
        "unseal",
        "leader",
        "health",
        "rekey/init",
        "rekey/update",
        "rekey/verify",
        "generate-root/attempt",
        "generate-root/update",
    ],
    root: &[
        "auth/*",
        "remount",
        "audit",
        "audit/*",
        "raw",
        "raw/*",
        "rotate",
        "rotate/keyring",
        "rotate/root",
        "config/cors",
        "config/auditing/*",
        "config/ui/headers/*",
        "plugins/catalog/*",
        "revoke-prefix/*",
        "revoke-force/*",
        "leases/revoke-prefix/*",
        "leases/revoke-force/*",
        "leases/lookup/*",
        "leases",
        "internal/inspect/*",
    ],
};

/// Fields of the routes about leases, those of these names.
fn lease_fields(names: &[&str]) -> Vec<Field> {
    let known = vec![
        text("lease_id").help("The lease, as the answer that opened it named it"),
        text("url_lease_id").help("The lease, as the answer that opened it named it"),
        seconds("increment").or(0).help("How many seconds more are wished for"),
        boolean("sync").or(true).help("Answers only once all is revoked"),
        text("prefix").help("Where the leases to end begin, as in database/creds/"),
    ];
    known.into_iter().filter(|field| names.contains(&field.name)).collect()
}

pub(crate) static ROUTER: LazyLock<Router<Core>> = LazyLock::new(|| {
    // The first match answers: `…/tune` before all other paths of mounts.
    let mut routes = tuning::routes();
    routes.extend(mounts::routes());
    routes.extend(visible::routes());
    routes.extend(namespaces::routes());
    routes.extend(leases::routes());
    routes.extend(password_policies::routes());
    routes.extend(policies::routes());
    routes.extend(root_generation::routes());
    routes.extend(key_rotation::routes());
    routes.extend(loggers::routes());
    routes.extend(readouts::routes());
    routes.extend(settings::routes());
    routes.extend(capabilities::routes());
    routes.extend(status::routes());
    routes.extend(tools::routes());
    routes.extend(wrapping::routes());
    Router::new(
        "The system backend is built-in to Vault and cannot be remounted or unmounted.",
        routes,
    )
});
