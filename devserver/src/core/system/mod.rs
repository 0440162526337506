//! `sys/`, as far as it goes through policies. Health, seal and init are answered before (see [`status`]).

mod capabilities;
mod leases;
mod mounts;
mod password_policies;
mod policies;
mod readouts;
pub(crate) mod status;
mod tools;
mod wrapping;

use super::Core;
use crate::engine::{Field, Router, SpecialPaths, boolean, map, pairs, seconds, text, text_list};
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

fn mount_fields() -> Vec<Field> {
    vec![
        text("path").help("The path to mount to. Example: \"aws/east\""),
        text("type").help("The type of the backend. Example: \"passthrough\""),
        text("description").help("User-friendly description for this mount."),
        map("config").help("Configuration for this mount, such as default_lease_ttl and max_lease_ttl."),
        boolean("local"),
        boolean("seal_wrap").help("Whether to turn on seal wrapping for the mount."),
        boolean("external_entropy_access"),
        text("plugin_name").help("Name of the plugin to mount based from the name registered in the plugin catalog."),
        text("plugin_version"),
        pairs("options")
            .help("The options to pass into the backend. Should be a json object with string keys and values."),
    ]
}

fn tune_fields() -> Vec<Field> {
    vec![
        text("path"),
        text("default_lease_ttl"),
        text("max_lease_ttl"),
        text("description"),
        text("listing_visibility"),
        text("token_type"),
        text("plugin_version"),
        pairs("options"),
        text_list("audit_non_hmac_request_keys"),
        text_list("audit_non_hmac_response_keys"),
        text_list("passthrough_request_headers"),
        text_list("allowed_response_headers"),
        boolean("force_no_cache"),
        map("user_lockout_config"),
    ]
}

fn lease_fields() -> Vec<Field> {
    vec![
        text("lease_id").help("The lease identifier to renew. This is included with a lease."),
        text("url_lease_id").help("The lease identifier to renew. This is included with a lease."),
        seconds("increment")
            .or(0)
            .help("The desired increment in seconds to the lease"),
        boolean("sync")
            .or(true)
            .help("Whether or not to perform the revocation synchronously"),
        text("prefix").help("The path to revoke keys under. Example: \"prod/aws/ops\""),
    ]
}

pub(crate) static ROUTER: LazyLock<Router<Core>> = LazyLock::new(|| {
    let mut routes = mounts::routes();
    routes.extend(leases::routes());
    routes.extend(password_policies::routes());
    routes.extend(policies::routes());
    routes.extend(readouts::routes());
    routes.extend(capabilities::routes());
    routes.extend(status::routes());
    routes.extend(tools::routes());
    routes.extend(wrapping::routes());
    Router::new(
        "The system backend is built-in to Vault and cannot be remounted or unmounted.",
        routes,
    )
});
