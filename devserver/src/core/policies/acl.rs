//! What a set of policies allows. Where several rules match a path the most specific one decides alone; rules of
//! different policies for the same pattern add up, and `deny` wins.

use super::capability::Capability;
use super::merging::merge;
use super::parameters::{parameters_fit, wrapping_fits};
use super::pattern::{Specificity, wildcard_below, wildcard_matches};
use super::rule::{Grant, Policy, Rule};
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
