//! Grants of different policies for the same pattern add up.

use super::capability::{Capabilities, Capability};
use super::rule::Grant;
use crate::json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// Adds another grant; `deny` of either stands alone.
pub(super) fn merge(grant: &mut Grant, other: &Grant) {
    if grant.capabilities.has(Capability::Deny) {
        return;
    }
    if other.capabilities.has(Capability::Deny) {
        *grant = Grant {
            capabilities: Capabilities::deny(),
            ..Grant::default()
        };
        return;
    }
    grant.capabilities = grant.capabilities.union(other.capabilities);
    grant.min_wrapping_ttl = shorter(grant.min_wrapping_ttl, other.min_wrapping_ttl);
    grant.max_wrapping_ttl = shorter(grant.max_wrapping_ttl, other.max_wrapping_ttl);
    merge_parameters(&mut grant.allowed, &other.allowed);
    merge_parameters(&mut grant.denied, &other.denied);
    for name in &other.required {
        if !grant.required.contains(name) {
            grant.required.push(name.clone());
        }
    }
}

/// The shorter of two spans, of which zero is none.
fn shorter(one: Duration, other: Duration) -> Duration {
    match (one.is_zero(), other.is_zero()) {
        (true, _) => other,
        (_, true) => one,
        _ => one.min(other),
    }
}

/// An empty list stands for all values, so it swallows the others.
fn merge_parameters(into: &mut BTreeMap<String, Vec<Value>>, from: &BTreeMap<String, Vec<Value>>) {
    for (key, values) in from {
        match into.get_mut(key) {
            Some(known) if values.is_empty() || known.is_empty() => known.clear(),
            Some(known) => known.extend(values.iter().cloned()),
            None => {
                into.insert(key.clone(), values.clone());
            }
        }
    }
}
