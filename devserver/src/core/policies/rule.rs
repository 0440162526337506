//! A policy's rules.

use super::capability::Capabilities;
use crate::json::Value;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// A policy.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// The text as it was written.
    pub text: String,
    /// Its rules.
    pub rules: Vec<Rule>,
    /// Rules whose path holds `{{identity…}}`: the path as it was written, and what is allowed there.
    pub templates: Vec<(String, Grant)>,
    /// Namespace in which it was written.
    pub namespace: String,
    /// Counts its writes.
    pub version: u64,
    /// When it was written; `None` for the built-in ones' first text.
    pub modified: Option<Timestamp>,
    /// Whether a write must name the version it replaces.
    pub cas_required: bool,
    /// When it ends by itself.
    pub expires: Option<Timestamp>,
    /// What was said of slashes in values of templates.
    pub slashes: bool,
    /// What was said of wildcards in values of templates.
    pub wildcards: bool,
}

impl Policy {
    /// When the first of its rules ends, if any does.
    pub fn next_end(&self) -> Option<Timestamp> {
        let rules = self.rules.iter().map(|rule| &rule.grant);
        let templates = self.templates.iter().map(|(_, grant)| grant);
        rules.chain(templates).filter_map(|grant| grant.expires).min()
    }
}

/// What a policy says about one path pattern.
#[derive(Clone, Debug, Default)]
pub struct Rule {
    /// The pattern, with the namespace before it and without the `*` of a prefix.
    pub path: String,
    /// Whether the pattern is a prefix (without segment wildcards).
    pub prefix: bool,
    /// Whether the pattern holds `+` segments; its `*` is then kept.
    pub wildcards: bool,
    /// What is allowed there.
    pub grant: Grant,
}

/// What is allowed on a path.
#[derive(Clone, Debug, Default)]
pub struct Grant {
    /// Capabilities.
    pub capabilities: Capabilities,
    /// Parameters that may be sent, with their allowed values (none listed: all).
    pub allowed: BTreeMap<String, Vec<Value>>,
    /// Parameters that must not be sent, with the denied values (none listed: all).
    pub denied: BTreeMap<String, Vec<Value>>,
    /// Parameters that must be sent.
    pub required: Vec<String>,
    /// The answer must be wrapped for at least this long.
    pub min_wrapping_ttl: Duration,
    /// The answer must be wrapped for at most this long.
    pub max_wrapping_ttl: Duration,
    /// When it ends by itself.
    pub expires: Option<Timestamp>,
}

impl Rule {
    /// A rule for a path as it is written, in a namespace.
    ///
    /// # Errors
    /// `+*` in the path.
    pub fn new(namespace: &str, key: &str, grant: Grant) -> Result<Self, String> {
        let mut path = format!("{namespace}{}", key.strip_prefix('/').unwrap_or(key));
        if path.contains("+*") {
            return Err(format!("path {path:?}: invalid use of wildcards ('+*' is forbidden)"));
        }
        let wildcards = path == "+" || path.contains("/+") || path.starts_with("+/");
        let prefix = !wildcards && path.ends_with('*');
        if prefix {
            path.pop();
        }
        Ok(Self {
            path,
            prefix,
            wildcards,
            grant,
        })
    }
}
