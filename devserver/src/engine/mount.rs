//! What a mount is, apart from the engine behind it.

use std::collections::BTreeMap;
use std::time::Duration;

/// Default and longest lifetime of leases.
#[derive(Clone, Copy, Debug)]
pub struct Lifetimes {
    /// Where nothing is asked for.
    pub default: Duration,
    /// Never longer than this.
    pub max: Duration,
}

/// The original's: 32 days each.
impl Default for Lifetimes {
    fn default() -> Self {
        let month = Duration::from_secs(32 * 24 * 3600);
        Self {
            default: month,
            max: month,
        }
    }
}

/// A mount, without its engine.
#[derive(Clone, Debug, Default)]
pub struct MountInfo {
    /// Namespace: empty for root, else with a trailing `/`.
    pub namespace: String,
    /// Path within the namespace with trailing `/`; auth mounts begin with `auth/`.
    pub path: String,
    /// Type, e.g. `kv`.
    pub kind: String,
    /// Accessor, e.g. `kv_1a2b3c4d`.
    pub accessor: String,
    /// Unique id.
    pub uuid: String,
    /// Text of the user.
    pub description: String,
    /// Options, e.g. `version` of KV.
    pub options: Option<BTreeMap<String, String>>,
    /// Tuning.
    pub tune: Tune,
    /// `local` flag.
    pub local: bool,
    /// `seal_wrap` flag.
    pub seal_wrap: bool,
    /// `external_entropy_access` flag.
    pub external_entropy: bool,
}

impl MountInfo {
    /// The `version` option.
    pub fn version(&self) -> Option<&str> {
        self.options.as_ref()?.get("version").map(String::as_str)
    }
}

/// Tuning of a mount.
#[derive(Clone, Debug, Default)]
pub struct Tune {
    /// Lifetime of leases that ask for none; `None` for the system's.
    pub default_lease_ttl: Option<Duration>,
    /// Longest lifetime; `None` for the system's.
    pub max_lease_ttl: Option<Duration>,
    /// `force_no_cache` flag.
    pub force_no_cache: bool,
    /// `token_type` of auth mounts.
    pub token_type: Option<String>,
    /// `listing_visibility`.
    pub listing_visibility: Option<String>,
    /// `passthrough_request_headers`.
    pub passthrough_request_headers: Vec<String>,
    /// `allowed_response_headers`.
    pub allowed_response_headers: Vec<String>,
    /// `audit_non_hmac_request_keys`.
    pub audit_non_hmac_request_keys: Vec<String>,
    /// `audit_non_hmac_response_keys`.
    pub audit_non_hmac_response_keys: Vec<String>,
    /// `user_lockout_config`, kept and shown; nobody is locked out.
    pub lockout: Option<Lockout>,
}

/// When failed logins lock a user out.
#[derive(Clone, Debug, Default)]
pub struct Lockout {
    /// After so many failures.
    pub threshold: u64,
    /// For so long.
    pub duration: Option<Duration>,
    /// Failures are forgotten after so long.
    pub counter_reset: Option<Duration>,
    /// Not at all.
    pub disable: bool,
}
