//! Policies: their text, their meaning, and what a set of them allows.

mod acl;
mod capability;
mod merging;
mod parameters;
mod parse;
mod pattern;
mod rule;
mod shown;
mod syntax;

pub use acl::{Acl, Question};
pub use capability::{Capabilities, Capability};
pub(crate) use parse::PATH_KEYS;
pub use parse::parse;
pub use pattern::glob;
pub use rule::{Grant, Policy, Rule};

use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The rules every token gets unless it asks not to: itself, its leases, its cubbyhole, wrapping.
const DEFAULT: &str = r#"# Own properties, renewal and end.
path "auth/token/lookup-self" { capabilities = ["read"] }
path "auth/token/renew-self" { capabilities = ["update"] }
path "auth/token/revoke-self" { capabilities = ["update"] }
path "sys/capabilities-self" { capabilities = ["update"] }
path "sys/internal/ui/resultant-acl" { capabilities = ["read"] }

# The own entity.
path "identity/entity/id/{{identity.entity.id}}" { capabilities = ["read"] }
path "identity/entity/name/{{identity.entity.name}}" { capabilities = ["read"] }

# Leases whose id is known.
path "sys/leases/renew" { capabilities = ["update"] }
path "sys/leases/lookup" { capabilities = ["update"] }

# Own cubbyhole, and wrapping.
path "cubbyhole/*" { capabilities = ["create", "read", "update", "delete", "list"] }
path "sys/wrapping/wrap" { capabilities = ["update"] }
path "sys/wrapping/lookup" { capabilities = ["update"] }
path "sys/wrapping/unwrap" { capabilities = ["update"] }

# Tools without state.
path "sys/tools/hash" { capabilities = ["update"] }
path "sys/tools/hash/*" { capabilities = ["update"] }

# Logins at other services with the own identity.
path "identity/oidc/provider/+/authorize" { capabilities = ["read", "update"] }
"#;

/// What a wrapping token may do: its one cubbyhole entry, and the wrapping endpoints.
const RESPONSE_WRAPPING: &str = r#"path "cubbyhole/response" { capabilities = ["create", "read"] }
path "sys/wrapping/unwrap" { capabilities = ["update"] }
"#;

/// Name of the policy of wrapping tokens.
pub const RESPONSE_WRAPPING_NAME: &str = "response-wrapping";

/// All policies, by namespace and name.
#[derive(Default)]
pub struct Policies {
    stored: BTreeMap<String, BTreeMap<String, Arc<Policy>>>,
    combined: HashMap<(String, Vec<String>, String), Arc<Acl>>,
}

/// Why a policy cannot be changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// `root` and `response-wrapping` cannot be written.
    #[error("cannot update {0:?} policy")]
    Update(String),
    /// `root` and `response-wrapping` cannot be deleted.
    #[error("cannot delete {0:?} policy")]
    Delete(String),
    /// `default` cannot be deleted.
    #[error("cannot delete default policy")]
    DeleteDefault,
    /// The version replaced must be named.
    #[error("check-and-set parameter required for this call")]
    CasMissing,
    /// Another version is in force.
    #[error("check-and-set parameter did not match the current version")]
    CasWrong,
    /// The policy was to be new.
    #[error("check-and-set parameter set to -1 on existing entry")]
    CasNew,
    /// The text is no policy.
    #[error("failed to parse policy: {0}")]
    Syntax(String),
}

impl Policies {
    /// Puts the two built-in policies into a namespace.
    pub fn add_namespace(&mut self, namespace: &str, now: Timestamp) {
        let policies = self.stored.entry(namespace.to_owned()).or_default();
        for (name, text) in [("default", DEFAULT), (RESPONSE_WRAPPING_NAME, RESPONSE_WRAPPING)] {
            if let Ok(mut policy) = parse(namespace, text) {
                policy.version = 1;
                policy.modified = Some(now);
                policies.insert(name.to_owned(), Arc::new(policy));
            }
        }
    }

    /// Forgets a namespace.
    pub fn remove_namespace(&mut self, namespace: &str) {
        self.stored.remove(namespace);
        self.combined.clear();
    }

    /// Stores a policy; names are lower case. `write` says more than the text does.
    ///
    /// # Errors
    /// [`PolicyError::Update`] for the unchangeable ones, [`PolicyError::Syntax`] for texts that are no policy, and
    /// what does not hold about its version.
    pub fn write(&mut self, namespace: &str, name: &str, text: &str, write: &PolicyWrite) -> Result<(), PolicyError> {
        let mut policy = parse(namespace, text).map_err(PolicyError::Syntax)?;
        if name == "root" || name == RESPONSE_WRAPPING_NAME {
            return Err(PolicyError::Update(name.to_owned()));
        }
        let policies = self.stored.entry(namespace.to_owned()).or_default();
        let known = policies.get(name);
        let version = known.map_or(0, |known| known.version);
        match write.cas {
            None if write.cas_required || known.is_some_and(|known| known.cas_required) => {
                return Err(PolicyError::CasMissing);
            }
            Some(-1) if known.is_none() => {}
            Some(-1) => return Err(PolicyError::CasNew),
            Some(cas) if u64::try_from(cas) != Ok(version) => return Err(PolicyError::CasWrong),
            _ => {}
        }
        policy.version = version + 1;
        policy.modified = Some(write.now);
        policy.cas_required = write.cas_required;
        policy.expires = write.expires;
        policy.slashes = write.slashes;
        policy.wildcards = write.wildcards;
        policies.insert(name.to_owned(), Arc::new(policy));
        self.combined.clear();
        Ok(())
    }

    /// Forgets the policies, and the rules of policies, that have ended.
    pub fn expire(&mut self, now: Timestamp) {
        let over = |end: Option<Timestamp>| end.is_some_and(|end| end <= now);
        let mut ended = false;
        for policies in self.stored.values_mut() {
            policies.retain(|_, policy| {
                ended |= over(policy.expires);
                !over(policy.expires)
            });
            for policy in policies.values_mut().filter(|policy| over(policy.next_end())) {
                let policy = Arc::make_mut(policy);
                policy.rules.retain(|rule| !over(rule.grant.expires));
                policy.templates.retain(|(_, grant)| !over(grant.expires));
                ended = true;
            }
        }
        if ended {
            self.combined.clear();
        }
    }

    /// Deletes a policy; deleting what is not there is fine.
    ///
    /// # Errors
    /// The built-in ones cannot be deleted.
    pub fn delete(&mut self, namespace: &str, name: &str) -> Result<(), PolicyError> {
        match name {
            "root" | RESPONSE_WRAPPING_NAME => return Err(PolicyError::Delete(name.to_owned())),
            "default" => return Err(PolicyError::DeleteDefault),
            _ => {}
        }
        if let Some(policies) = self.stored.get_mut(namespace) {
            policies.remove(name);
        }
        self.combined.clear();
        Ok(())
    }

    /// A policy.
    pub fn read(&self, namespace: &str, name: &str) -> Option<&Arc<Policy>> {
        self.stored.get(namespace)?.get(name)
    }

    /// Names of a namespace's policies that can be given to tokens, `root` excluded.
    pub fn names(&self, namespace: &str) -> Vec<String> {
        let names = self.stored.get(namespace).into_iter().flat_map(BTreeMap::keys);
        names.filter(|name| *name != RESPONSE_WRAPPING_NAME).cloned().collect()
    }

    /// What these policies allow an entity (empty for none) together; names without a policy allow nothing. `fill`
    /// replaces identity templates, and must give the same for the same entity until [`Policies::forget_combined`].
    pub fn acl(
        &mut self,
        namespace: &str,
        names: &[String],
        entity: &str,
        fill: impl Fn(&str) -> Option<String>,
    ) -> Arc<Acl> {
        let key = (namespace.to_owned(), names.to_vec(), entity.to_owned());
        if let Some(acl) = self.combined.get(&key) {
            return Arc::clone(acl);
        }
        let found = names
            .iter()
            .filter_map(|name| self.read(namespace, name))
            .map(Arc::as_ref);
        let root = names.iter().any(|name| name == "root").then(|| namespace.to_owned());
        let acl = Arc::new(Acl::new(root, found, fill));
        if self.combined.len() >= MOST_COMBINED {
            self.combined.clear();
        }
        self.combined.insert(key, Arc::clone(&acl));
        acl
    }

    /// Makes combinations anew when they are asked for next.
    pub fn forget_combined(&mut self) {
        self.combined.clear();
    }
}

/// So many combinations are kept; more entities than that make them anew.
const MOST_COMBINED: usize = 4096;

/// What a write of a policy says beside its text.
#[derive(Clone, Debug, Default)]
pub struct PolicyWrite {
    /// When it is written.
    pub now: Timestamp,
    /// The version it replaces.
    pub cas: Option<i64>,
    /// Whether later writes must name the version they replace.
    pub cas_required: bool,
    /// When the policy ends by itself.
    pub expires: Option<Timestamp>,
    /// Whether values of its templates may hold slashes; kept and shown.
    pub slashes: bool,
    /// Whether values of its templates may hold wildcards; kept and shown.
    pub wildcards: bool,
}

/// Policy names as tokens hold them: trimmed, lower case, sorted, without doubles; `root` stands alone; `default` is
/// added where asked.
pub fn sanitize(names: &[String], add_default: bool) -> Vec<String> {
    let mut clean: Vec<String> = names
        .iter()
        .map(|name| name.trim().to_lowercase())
        .filter(|name| !name.is_empty())
        .collect();
    if clean.iter().any(|name| name == "root") {
        return vec!["root".to_owned()];
    }
    if add_default {
        clean.push("default".to_owned());
    }
    clean.sort();
    clean.dedup();
    clean
}
