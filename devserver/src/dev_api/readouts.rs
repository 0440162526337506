//! What the development API shows of a running server.

use crate::json::{Object, Value};
use crate::object;
use crate::server::Shared;
use std::sync::PoisonError;

/// Time and speed of the clock.
pub(super) fn clock(shared: &Shared) -> Object {
    object! { "now" => shared.clock.now().to_string(), "speed" => shared.clock.speed().to_string() }
}

/// The log, and how often each client has asked.
pub(super) fn requests(shared: &Shared) -> Object {
    let entries = shared.journal.entries().into_iter().map(|entry| {
        Value::Object(object! {
            "time" => entry.time.to_string(),
            "method" => entry.method,
            "path" => entry.path,
            "query" => entry.query,
            "namespace" => entry.namespace,
            "accessor" => entry.accessor,
            "user_agent" => entry.user_agent,
            "status" => entry.status,
        })
    });
    let clients: Object = shared
        .journal
        .by_client()
        .into_iter()
        .map(|(client, count)| (client, Value::from(count)))
        .collect();
    object! { "total" => shared.journal.total(), "clients" => clients, "requests" => Value::Array(entries.collect()) }
}

/// All leases.
pub(super) fn leases(shared: &Shared) -> Object {
    let mut core = shared.core.lock().unwrap_or_else(PoisonError::into_inner);
    core.expire();
    let now = shared.clock.now();
    let leases: Vec<Value> = core
        .leases()
        .iter()
        .map(|lease| {
            Value::Object(object! {
                "id" => &lease.id,
                "path" => &lease.path,
                "ttl" => lease.expires.map(|_| lease.seconds_left(now)),
                "renewable" => lease.renewable,
                "last_renewal" => lease.renewed.map(|time| time.to_string()),
            })
        })
        .collect();
    object! { "count" => leases.len(), "leases" => leases }
}
