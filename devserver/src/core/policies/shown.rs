//! What is allowed, as interfaces for people get it.

use super::capability::{CAPABILITIES, Capability};
use super::rule::Grant;
use crate::json::{Object, Value};
use crate::object;

/// Capabilities in the order in which interfaces for people get them.
const SHOWN: [Capability; 8] = [
    Capability::Create,
    Capability::Delete,
    Capability::List,
    Capability::Read,
    Capability::Sudo,
    Capability::Update,
    Capability::Patch,
    Capability::Scan,
];

impl Grant {
    /// What is allowed, as interfaces for people get it.
    pub fn shown(&self) -> Object {
        let given = SHOWN.into_iter().filter(|one| self.capabilities.has(*one));
        let name = |one: Capability| {
            CAPABILITIES
                .iter()
                .find(|(_, known)| *known == one)
                .map(|(name, _)| *name)
        };
        let mut names: Vec<&str> = given.filter_map(name).collect();
        if names.is_empty() || self.capabilities.has(Capability::Deny) {
            names = vec!["deny"];
        }
        let mut shown = object! { "capabilities" => names };
        for (key, span) in [
            ("min_wrapping_ttl", self.min_wrapping_ttl),
            ("max_wrapping_ttl", self.max_wrapping_ttl),
        ] {
            if !span.is_zero() {
                shown.insert(key.to_owned(), span.as_secs().into());
            }
        }
        for (key, parameters) in [
            ("allowed_parameters", &self.allowed),
            ("denied_parameters", &self.denied),
        ] {
            if !parameters.is_empty() {
                let lists: Object = parameters
                    .iter()
                    .map(|(name, values)| (name.clone(), Value::Array(values.clone())))
                    .collect();
                shown.insert(key.to_owned(), lists.into());
            }
        }
        if !self.required.is_empty() {
            shown.insert("required_parameters".to_owned(), self.required.clone().into());
        }
        shown
    }
}
