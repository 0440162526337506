//! What a caller may ask for when making a token: kind, policies, id, parent, entity.

use super::roles::Role;
use crate::core::TokenEntry;
use crate::core::policies::{RESPONSE_WRAPPING_NAME, glob, sanitize};
use crate::duration;
use crate::engine::Call;
use crate::logical::{Error, TokenType};
use std::sync::Arc;

/// A token about to be made: what is asked for, by whom, and under which role.
pub(super) struct Making<'a> {
    pub(super) call: &'a Call<'a>,
    pub(super) role: Option<&'a Role>,
    pub(super) parent: Arc<TokenEntry>,
    /// Whether the caller may use this path as root does.
    pub(super) sudo: bool,
    /// Whether the path asks for a token without parent.
    pub(super) orphan: bool,
}

fn refused<T>(text: &str) -> Result<T, Error> {
    Err(Error::coded(400, text))
}

/// The token that makes the new one.
pub(super) fn parent_of(call: &Call<'_>) -> Result<Arc<TokenEntry>, Error> {
    let Some(parent) = call.request.token.clone() else {
        return refused("parent token lookup failed: no parent found");
    };
    if parent.kind == TokenType::Batch {
        return Err(Error::response("batch tokens cannot create more tokens"));
    }
    if parent.num_uses > 0 {
        return refused("restricted use token cannot generate child tokens");
    }
    Ok(parent)
}

impl Making<'_> {
    fn leaves_namespace(&self) -> bool {
        self.call.request.namespace != self.parent.namespace
    }

    /// Refuses tokens for other namespaces to those who may not give them.
    pub(super) fn check_namespace(&self) -> Result<(), Error> {
        if !self.leaves_namespace() {
            return Ok(());
        }
        if !self.sudo {
            return refused("root or sudo privileges required to directly generate a token in a child namespace");
        }
        match self.call.list("policies").iter().any(|name| name == "root") {
            true => refused("root tokens may not be created from a parent namespace"),
            false => Ok(()),
        }
    }

    pub(super) fn kind(&self) -> Result<TokenType, Error> {
        let asked = self.call.string("type");
        let kind = match self.role.map(|role| role.token_type.as_str()) {
            Some("service") => "service",
            Some("batch") => "batch",
            Some("default-batch") if asked.is_empty() => "batch",
            _ => asked.as_str(),
        };
        match kind {
            "" | "service" => Ok(TokenType::Service),
            "batch" => match self.unfit_for_batch()? {
                Some(name) => Err(Error::response(format!("batch tokens cannot have {name:?} set"))),
                None => Ok(TokenType::Batch),
            },
            _ => refused("invalid 'token_type' value"),
        }
    }

    /// What was asked for that batch tokens cannot have. The original looks at one of them only, the first that was
    /// sent at all.
    fn unfit_for_batch(&self) -> Result<Option<&'static str>, Error> {
        let call = self.call;
        let given = |name: &str| -> Result<bool, Error> {
            let seconds = duration::parse(&call.string(name));
            let seconds = seconds.map_err(|_| Error::response(format!("'{name}' value could not be parsed")))?;
            Ok(seconds != 0)
        };
        if !call.string("explicit_max_ttl").is_empty() {
            return Ok(given("explicit_max_ttl")?.then_some("explicit_max_ttl"));
        }
        if call.int("num_uses") != 0 {
            return Ok(Some("num_uses"));
        }
        Ok(given("period")?.then_some("period"))
    }

    /// The alias whose entity the token is to have; `None` where none is asked for.
    pub(super) fn entity_alias(&self) -> Result<Option<String>, Error> {
        let alias = self.call.string("entity_alias");
        if alias.is_empty() {
            return Ok(None);
        }
        let Some(role) = self.role else {
            return refused("'entity_alias' is only allowed in combination with token role");
        };
        let lower = alias.to_lowercase();
        match role
            .entity_aliases
            .iter()
            .flatten()
            .any(|allowed| glob(allowed, &lower))
        {
            true => Ok(Some(alias)),
            false => refused("invalid 'entity_alias' value"),
        }
    }

    /// The id asked for; empty leaves it to the server.
    pub(super) fn id(&self) -> Result<String, Error> {
        let id = self.call.string("id");
        if !id.is_empty() && !self.sudo {
            return refused("root or sudo privileges required to specify token id");
        }
        if !id.is_empty() && !self.call.request.namespace.is_empty() {
            return refused("token IDs can only be manually specified in the root namespace");
        }
        Ok(id)
    }

    pub(super) fn policies(&self) -> Result<Vec<String>, Error> {
        let asked = self.call.list("policies");
        let without_default = self.call.flag("no_default_policy");
        let chosen = match self.role.filter(|role| role.limits_policies()) {
            Some(role) => role.choose_policies(&asked, &self.parent, without_default)?,
            None if self.leaves_namespace() => sanitize(&asked, !without_default),
            None if asked.is_empty() => sanitize(&self.parent.policies, false),
            None if self.sudo => sanitize(&asked, !without_default),
            None => self.subset(&asked, without_default)?,
        };
        if chosen.iter().any(|name| name == RESPONSE_WRAPPING_NAME) {
            return Err(Error::response(format!(
                "cannot assign policy {RESPONSE_WRAPPING_NAME:?}"
            )));
        }
        let kept = chosen
            .into_iter()
            .filter(|name| !(without_default && name == "default"));
        Ok(kept.collect())
    }

    /// Policies that a caller without special rights hands on.
    fn subset(&self, asked: &[String], without_default: bool) -> Result<Vec<String>, Error> {
        let clean = sanitize(asked, false);
        if !clean.iter().all(|name| self.parent.policies.contains(name)) {
            return refused("child policies must be subset of parent");
        }
        let inherits = self.parent.policies.iter().any(|name| name == "default");
        Ok(sanitize(&clean, !without_default && inherits))
    }

    /// Refuses root tokens to those who have none themselves.
    pub(super) fn check_root(&self, token: &TokenEntry) -> Result<(), Error> {
        if !token.is_root() {
            return Ok(());
        }
        if !self.parent.is_root() {
            return refused("root tokens may not be created without parent token being root");
        }
        match token.kind {
            TokenType::Batch => Err(Error::response("batch tokens cannot be root tokens")),
            TokenType::Service => Ok(()),
        }
    }

    /// Id of the parent; empty for an orphan.
    pub(super) fn parent_id(&self) -> Result<String, Error> {
        let without = match self.role {
            Some(role) => role.orphan,
            None if self.call.flag("no_parent") => {
                if !self.sudo {
                    return refused("root or sudo privileges required to create orphan token");
                }
                true
            }
            None => self.orphan,
        };
        Ok(if without { String::new() } else { self.parent.id.clone() })
    }
}
