//! What a set of policies allows. Where several rules match a path the most specific one decides alone; rules of
//! different policies for the same pattern add up, and `deny` wins.

use super::parse::{Capabilities, Capability, Grant, Policy, Rule};
use crate::json::{Object, Value};
use crate::logical::Operation;
use std::collections::BTreeMap;
use std::time::Duration;

/// The rules of a set of policies.
#[derive(Clone, Debug, Default)]
pub struct Acl {
    /// Namespace below which everything is allowed.
    root: Option<String>,
    exact: BTreeMap<String, Grant>,
    prefixes: BTreeMap<String, Grant>,
    wildcards: BTreeMap<String, Grant>,
}

/// May this be done?
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// What.
    pub operation: Operation,
    /// Where, with the namespace.
    pub path: &'a str,
    /// With which parameters.
    pub data: &'a Object,
    /// Asked lifetime of a wrapped answer.
    pub wrap_ttl: Option<Duration>,
}

impl Acl {
    /// Combines policies; `root` is the namespace of the root policy, if it is among them. `fill` replaces the
    /// identity templates of a path; a rule whose templates have no value says nothing.
    pub fn new<'a>(
        root: Option<String>,
        policies: impl Iterator<Item = &'a Policy>,
        fill: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let mut acl = Self {
            root,
            ..Self::default()
        };
        for policy in policies {
            for rule in &policy.rules {
                acl.add(rule);
            }
            for (path, grant) in &policy.templates {
                let filled = fill(path).and_then(|path| Rule::new(&policy.namespace, &path, grant.clone()).ok());
                if let Some(rule) = filled {
                    acl.add(&rule);
                }
            }
        }
        acl
    }

    fn add(&mut self, rule: &Rule) {
        let map = match (rule.wildcards, rule.prefix) {
            (true, _) => &mut self.wildcards,
            (false, true) => &mut self.prefixes,
            (false, false) => &mut self.exact,
        };
        match map.get_mut(&rule.path) {
            Some(grant) => merge(grant, &rule.grant),
            None => {
                map.insert(rule.path.clone(), rule.grant.clone());
            }
        }
    }

    /// Whether this is the root policy, for this namespace.
    pub fn is_root(&self, path: &str) -> bool {
        self.root
            .as_ref()
            .is_some_and(|namespace| path.starts_with(namespace.as_str()))
    }

    /// What may be done on a path: names, sorted; `root` or `deny` alone.
    pub fn capabilities(&self, path: &str) -> Vec<&'static str> {
        if self.is_root(path) {
            return vec!["root"];
        }
        match self.grant(path, true).map(|grant| grant.capabilities) {
            Some(set) if !set.is_empty() && !set.has(Capability::Deny) => set.names(),
            _ => vec!["deny"],
        }
    }

    /// Whether the path may be used where special privileges are needed.
    pub fn sudo(&self, path: &str) -> bool {
        self.is_root(path)
            || self
                .grant(path, false)
                .is_some_and(|grant| grant.capabilities.has(Capability::Sudo))
    }

    /// Answers the question.
    pub fn allows(&self, question: &Question<'_>) -> bool {
        if self.is_root(question.path) || question.operation == Operation::Help {
            return true;
        }
        if self.root.is_some() {
            return false;
        }
        let listing = matches!(question.operation, Operation::List | Operation::Scan);
        let Some(grant) = self.grant(question.path, listing) else {
            return false;
        };
        let Some(needed) = needed(question.operation) else {
            return false;
        };
        grant.capabilities.has(needed) && wrapping_fits(grant, question.wrap_ttl) && parameters_fit(grant, question)
    }

    /// The rules by their paths, those for exactly one path and those for all below, as people interfaces take them.
    pub fn shown(&self) -> (Object, Object) {
        let view = |grants: &BTreeMap<String, Grant>| {
            grants
                .iter()
                .map(|(path, grant)| (path.clone(), Value::Object(grant.shown())))
                .collect()
        };
        (view(&self.exact), view(&self.prefixes))
    }

    /// Whether anything is allowed somewhere below the mount.
    pub fn touches(&self, mount: &str) -> bool {
        let gives = |grant: &Grant| !grant.capabilities.is_empty() && !grant.capabilities.has(Capability::Deny);
        self.is_root(mount)
            || self.grant(mount, true).is_some_and(gives)
            || self
                .exact
                .iter()
                .chain(&self.prefixes)
                .any(|(path, grant)| path.starts_with(mount) && gives(grant))
            || self
                .wildcards
                .iter()
                .any(|(path, grant)| wildcard_below(path, mount) && gives(grant))
    }

    /// The grant of the most specific rule.
    fn grant(&self, path: &str, listing: bool) -> Option<&Grant> {
        let bare = path.strip_suffix('/').filter(|_| listing);
        self.exact
            .get(path)
            .or_else(|| self.exact.get(bare?))
            .or_else(|| self.inexact(path))
            .or_else(|| self.inexact(bare?))
    }

    fn inexact(&self, path: &str) -> Option<&Grant> {
        let prefix = self
            .prefixes
            .iter()
            .filter(|(prefix, _)| path.starts_with(prefix.as_str()));
        let prefix = prefix.max_by_key(|(prefix, _)| prefix.len());
        let mut best = prefix.map(|(text, grant)| (Specificity::of_prefix(text), grant));
        for (pattern, grant) in &self.wildcards {
            if wildcard_matches(pattern, path) {
                let specificity = Specificity::of_wildcard(pattern);
                if best.as_ref().is_none_or(|(known, _)| specificity > *known) {
                    best = Some((specificity, grant));
                }
            }
        }
        best.map(|(_, grant)| grant)
    }
}

/// Orders matching patterns; the greatest decides.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Specificity<'a> {
    /// A later first wildcard is more specific.
    first_wildcard: usize,
    /// A pattern without `*` at its end is more specific.
    whole: bool,
    /// Fewer `+` are more specific.
    wildcards: std::cmp::Reverse<usize>,
    length: usize,
    text: &'a str,
}

impl<'a> Specificity<'a> {
    fn of_prefix(text: &'a str) -> Self {
        let length = text.len();
        Self {
            first_wildcard: length,
            whole: false,
            wildcards: std::cmp::Reverse(0),
            length,
            text,
        }
    }

    fn of_wildcard(pattern: &'a str) -> Self {
        let text = pattern.strip_suffix('*').unwrap_or(pattern);
        Self {
            first_wildcard: pattern.find('+').unwrap_or(pattern.len()),
            whole: text.len() == pattern.len(),
            wildcards: std::cmp::Reverse(text.split('/').filter(|segment| *segment == "+").count()),
            length: text.len(),
            text,
        }
    }
}

fn wildcard_matches(pattern: &str, path: &str) -> bool {
    let (text, prefix) = match pattern.strip_suffix('*') {
        Some(text) => (text, true),
        None => (pattern, false),
    };
    let wanted: Vec<&str> = text.split('/').collect();
    let given: Vec<&str> = path.split('/').collect();
    if given.len() < wanted.len() || (!prefix && given.len() != wanted.len()) {
        return false;
    }
    wanted.iter().zip(&given).enumerate().all(|(index, (want, have))| {
        *want == "+" || want == have || (prefix && index + 1 == wanted.len() && have.starts_with(want))
    })
}

/// Whether a pattern with `+` can match something below the mount.
fn wildcard_below(pattern: &str, mount: &str) -> bool {
    let wanted: Vec<&str> = pattern.trim_end_matches('*').split('/').collect();
    let given: Vec<&str> = mount.trim_end_matches('/').split('/').collect();
    wanted.len() >= given.len()
        && wanted
            .iter()
            .zip(&given)
            .all(|(want, have)| *want == "+" || want == have)
}

fn needed(operation: Operation) -> Option<Capability> {
    Some(match operation {
        Operation::Create => Capability::Create,
        Operation::Read => Capability::Read,
        Operation::Update => Capability::Update,
        Operation::Patch => Capability::Patch,
        Operation::Delete => Capability::Delete,
        Operation::List => Capability::List,
        Operation::Scan => Capability::Scan,
        Operation::Header | Operation::Help => return None,
    })
}

fn merge(grant: &mut Grant, other: &Grant) {
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

fn wrapping_fits(grant: &Grant, asked: Option<Duration>) -> bool {
    let (min, max) = (grant.min_wrapping_ttl, grant.max_wrapping_ttl);
    (max.is_zero() || asked.is_some_and(|ttl| ttl <= max)) && (min.is_zero() || asked.is_some_and(|ttl| ttl >= min))
}

fn parameters_fit(grant: &Grant, question: &Question<'_>) -> bool {
    use Operation::{Create, Patch, Read, Update};
    if !matches!(question.operation, Create | Patch | Read | Update) {
        return true;
    }
    let data = question.data;
    if grant
        .required
        .iter()
        .any(|name| !data.contains_key(&name.to_lowercase()))
    {
        return false;
    }
    if data.is_empty() {
        return true;
    }
    if grant.denied.contains_key("*") {
        return false;
    }
    let denied = |(name, value): (&String, &Value)| {
        grant
            .denied
            .get(&name.to_lowercase())
            .is_some_and(|values| listed(value, values))
    };
    if data.iter().any(denied) {
        return false;
    }
    let all = grant.allowed.contains_key("*");
    grant.allowed.is_empty()
        || data
            .iter()
            .all(|(name, value)| match grant.allowed.get(&name.to_lowercase()) {
                Some(values) => listed(value, values),
                None => all,
            })
}

/// Whether the value is in the list; strings of the list may begin or end with `*`. Numbers never are: the original
/// compares a number of the policy with the text of the request's.
fn listed(value: &Value, list: &[Value]) -> bool {
    list.is_empty()
        || list.iter().any(|item| match (item, value) {
            (Value::String(pattern), Value::String(text)) => glob(pattern, text),
            (Value::Number(_), _) => false,
            (item, value) => item == value,
        })
}

impl Acl {
    /// Whether the text fits a pattern with `*` at its beginning, its end, or both.
    pub fn glob(pattern: &str, text: &str) -> bool {
        glob(pattern, text)
    }
}

fn glob(pattern: &str, text: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let inner = pattern.trim_start_matches('*').trim_end_matches('*');
    match (pattern.starts_with('*'), pattern.ends_with('*')) {
        (true, true) => text.contains(inner),
        (true, false) => text.ends_with(inner),
        (false, true) => text.starts_with(inner),
        (false, false) => text == pattern,
    }
}
