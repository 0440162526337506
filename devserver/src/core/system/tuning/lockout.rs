//! When failed logins lock a user out: kept and shown.

use super::changes::lifetime;
use crate::engine::{Call, Lockout, MountInfo};
use crate::json::{Object, Value};
use crate::logical::Error;
use crate::object;
use std::time::Duration;

/// Auth methods that lock users out after failed logins.
const LOCKING: [&str; 3] = ["approle", "ldap", "userpass"];

fn seconds(span: Option<Duration>) -> u64 {
    span.map_or(0, |span| span.as_secs())
}

/// The lockout settings as the original shows them.
pub(in crate::core::system) fn lockout_shown(lockout: &Lockout) -> Object {
    object! {
        "user_lockout_counter_reset_duration" => seconds(lockout.counter_reset),
        "user_lockout_disable" => lockout.disable,
        "user_lockout_duration" => seconds(lockout.duration),
        "user_lockout_threshold" => lockout.threshold,
    }
}

/// Sets when failed logins lock a user out.
pub(super) fn apply_lockout(info: &mut MountInfo, call: &Call<'_>) -> Result<(), Error> {
    let config = call.map("user_lockout_config");
    if config.is_empty() {
        return Ok(());
    }
    if !LOCKING.contains(&info.kind.as_str()) {
        let text = "tuning of user lockout configuration for auth type";
        return Err(Error::response(format!("{text} {:?} not allowed", info.kind)));
    }
    let lockout = info.tune.lockout.get_or_insert_default();
    if let Some(threshold) = config.get("lockout_threshold") {
        let threshold = crate::engine::to_integer(threshold)
            .map_err(|text| Error::response(format!("unable to parse user lockout threshold: {text}")))?;
        lockout.threshold = u64::try_from(threshold).unwrap_or_default();
    }
    if let Some(span) = lifetime(&config, "lockout_duration").map_err(Error::response)? {
        lockout.duration = span;
    }
    if let Some(span) = lifetime(&config, "lockout_counter_reset_duration").map_err(Error::response)? {
        lockout.counter_reset = span;
    }
    if let Some(disable) = config.get("lockout_disable").and_then(Value::as_bool) {
        lockout.disable = disable;
    }
    Ok(())
}
