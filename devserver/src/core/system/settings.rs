//! Settings of the server that are kept and shown, and change nothing here: CORS, rate limits, key rotation, headers of
//! the user interface and of audit logs.

mod auditing;
mod browsers;
mod quotas;
mod rotation;

use super::key_rotation::KeyRotation;
use super::root_generation::RootGeneration;
use crate::core::Core;
use crate::engine::Route;
use crate::json::Object;
use crate::object;
use std::collections::BTreeMap;
use std::time::Duration;

/// What was set.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    cors: Option<Object>,
    quotas: Object,
    limits: BTreeMap<String, Object>,
    rotation: Rotation,
    /// Values of the user interface's headers, by name.
    headers: BTreeMap<String, Vec<String>>,
    /// Whether an audited header is hashed, by name in lower case.
    audited: BTreeMap<String, bool>,
    /// Levels of loggers that were set, by name; nothing is logged by them.
    pub(super) levels: BTreeMap<String, &'static str>,
    /// The making of a root token that is under way.
    pub(super) root_generation: Option<RootGeneration>,
    /// The replacement of the unseal key that is under way.
    pub(super) key_rotation: Option<KeyRotation>,
    /// How often the encryption key was replaced.
    pub(crate) rotations: u64,
}

/// When the encryption key would be replaced.
#[derive(Clone, Copy, Debug)]
struct Rotation {
    enabled: bool,
    interval: Duration,
    max_operations: i64,
}

/// Bounds of the operations after which the key would be replaced.
const OPERATIONS: std::ops::RangeInclusive<i64> = 1_000_000..=3_865_470_566;

/// Paths that rate limits would not count.
const EXEMPT_FROM_QUOTAS: [&str; 7] = [
    "sys/generate-recovery-token/attempt",
    "sys/generate-recovery-token/update",
    "sys/generate-root/attempt",
    "sys/generate-root/update",
    "sys/health",
    "sys/seal-status",
    "sys/unseal",
];

impl Default for Settings {
    fn default() -> Self {
        Self {
            cors: None,
            quotas: object! {
                "enable_rate_limit_audit_logging" => false,
                "enable_rate_limit_response_headers" => false,
                "rate_limit_exempt_paths" => EXEMPT_FROM_QUOTAS.as_slice(),
            },
            limits: BTreeMap::new(),
            rotation: Rotation {
                enabled: true,
                interval: Duration::ZERO,
                max_operations: *OPERATIONS.end(),
            },
            headers: BTreeMap::new(),
            audited: BTreeMap::new(),
            levels: BTreeMap::new(),
            root_generation: None,
            key_rotation: None,
            rotations: 0,
        }
    }
}

pub(super) fn routes() -> Vec<Route<Core>> {
    let mut routes = browsers::routes();
    routes.extend(quotas::routes());
    routes.extend(rotation::routes());
    routes.extend(auditing::routes());
    routes
}
