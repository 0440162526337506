//! `auth/token/create`, with all its options.

use super::roles::Role;
use crate::core::lifetime::{Terms, lifetime};
use crate::core::policies::{RESPONSE_WRAPPING_NAME, sanitize};
use crate::core::{Core, TokenEntry};
use crate::duration;
use crate::engine::{Call, Context};
use crate::logical::{Error, Reply, Response, TokenType};
use std::sync::Arc;
use std::time::Duration;

impl Core {
    pub(super) fn create_orphan(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.create_by_request(context, call, true, None)
    }

    pub(super) fn create_child(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.create_by_request(context, call, false, None)
    }

    pub(super) fn create_with_role(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.text("role_name");
        let role = self.token_roles.get(&call.request.namespace, name).cloned();
        let role = role.ok_or_else(|| Error::response(format!("unknown role {name}")))?;
        self.create_by_request(context, call, false, Some(&role))
    }

    fn create_by_request(
        &mut self,
        context: &Context<'_>,
        call: &Call<'_>,
        orphan: bool,
        role: Option<&Role>,
    ) -> Reply {
        let parent = parent_of(call)?;
        let sudo = self.has_sudo(
            &parent,
            &format!("{}auth/token/{}", call.request.namespace, call.request.path),
        );
        if call.request.namespace != parent.namespace {
            across_namespaces(call, sudo)?;
        }
        let kind = kind_of(call, role)?;
        let mut token = self.draft(call, role, kind)?;
        token.id = chosen_id(call, sudo)?;
        token.policies = self.choose_policies(call, role, &parent, sudo)?;
        check_root(&token, &parent)?;
        token.parent = parent_id(call, role, &parent, orphan, sudo)?;
        token.bound_cidrs = match role {
            Some(role) => role.parameters.bound_cidrs.clone(),
            None if token.parent.is_empty() => Vec::new(),
            None => parent.bound_cidrs.clone(),
        };
        if !token.parent.is_empty() {
            token.entity_id.clone_from(&parent.entity_id);
        }
        let mut warnings = self.set_lifetime(context, call, role, sudo, &mut token)?;
        let mut renewable =
            call.flag("renewable") && kind == TokenType::Service && role.is_none_or(|role| role.renewable);
        if token.creation_ttl.is_zero() {
            if self
                .leases
                .get(&parent.lease)
                .is_some_and(|lease| lease.expires.is_some())
            {
                return Err(Error::coded(
                    400,
                    "expiring root tokens cannot create non-expiring root tokens",
                ));
            }
            renewable = false;
            token.bound_cidrs.clear();
        }
        warnings.extend(self.remarks(&token)?);
        let token = self.create_token(token, renewable);
        Response {
            issued: Some(self.issued(&token)),
            warnings,
            ..Response::default()
        }
        .reply()
    }

    /// What the user should know about a token to be made.
    fn remarks(&self, token: &TokenEntry) -> Result<Vec<String>, Error> {
        let mut warnings = Vec::new();
        if !token.id.is_empty() {
            if self.tokens.get(&token.id).is_some() {
                return Err(Error::coded(400, "cannot create a token with a duplicate ID"));
            }
            warnings.push(
                "Supplying a custom ID for the token uses the weaker SHA1 hashing instead of the more secure SHA2-256 HMAC for \
                 token obfuscation. SHA1 hashed tokens on the wire leads to less secure lookups."
                    .to_owned(),
            );
        }
        for name in token.policies.iter().filter(|name| *name != "root") {
            if self.policies.read(&token.namespace, name).is_none() {
                warnings.push(format!("Policy {name:?} does not exist"));
            }
        }
        Ok(warnings)
    }

    /// Whether the token may use the path as root does.
    pub(crate) fn has_sudo(&mut self, token: &TokenEntry, path: &str) -> bool {
        self.acl_of(token).sudo(path)
    }

    fn draft(&self, call: &Call<'_>, role: Option<&Role>, kind: TokenType) -> Result<TokenEntry, Error> {
        let num_uses = call.int("num_uses");
        if num_uses < 0 {
            return Err(Error::coded(400, "number of uses cannot be negative"));
        }
        if !call.string("entity_alias").is_empty() {
            let why = match role {
                None => "'entity_alias' is only allowed in combination with token role",
                Some(_) => "invalid 'entity_alias' value",
            };
            return Err(Error::coded(400, why));
        }
        let mut path = format!("auth/token/{}", call.request.path);
        let mut uses = num_uses;
        if let Some(role) = role {
            let limit = role.parameters.num_uses;
            if limit != 0 && (uses == 0 || limit < uses) {
                uses = limit;
            }
            if !role.path_suffix.is_empty() {
                path = format!("{path}/{}", role.path_suffix);
            }
        }
        Ok(TokenEntry {
            path,
            meta: call
                .raw("meta")
                .is_some_and(|meta| !crate::engine::is_no_map(meta))
                .then(|| call.pairs("meta")),
            display_name: display_name(&call.string("display_name")),
            num_uses: uses,
            kind,
            role: role.map(|role| role.name.clone()).unwrap_or_default(),
            namespace: call.request.namespace.clone(),
            ..TokenEntry::default()
        })
    }

    fn choose_policies(
        &self,
        call: &Call<'_>,
        role: Option<&Role>,
        parent: &TokenEntry,
        sudo: bool,
    ) -> Result<Vec<String>, Error> {
        let asked = call.list("policies");
        let without_default = call.flag("no_default_policy");
        let chosen = match role.filter(|role| role.limits_policies()) {
            Some(role) => role.choose_policies(&asked, parent, without_default)?,
            None if call.request.namespace != parent.namespace => sanitize(&asked, !without_default),
            None if asked.is_empty() => sanitize(&parent.policies, false),
            None if !sudo => {
                let clean = sanitize(&asked, false);
                if !clean.iter().all(|name| parent.policies.contains(name)) {
                    return Err(Error::coded(400, "child policies must be subset of parent"));
                }
                let inherits = parent.policies.iter().any(|name| name == "default");
                sanitize(&clean, !without_default && inherits)
            }
            None => sanitize(&asked, !without_default),
        };
        if chosen.iter().any(|name| name == RESPONSE_WRAPPING_NAME) {
            return Err(Error::response(format!(
                "cannot assign policy {RESPONSE_WRAPPING_NAME:?}"
            )));
        }
        Ok(chosen
            .into_iter()
            .filter(|name| !(without_default && name == "default"))
            .collect())
    }

    /// Sets lifetime, period and explicit maximum; gives warnings.
    fn set_lifetime(
        &self,
        context: &Context<'_>,
        call: &Call<'_>,
        role: Option<&Role>,
        sudo: bool,
        token: &mut TokenEntry,
    ) -> Result<Vec<String>, Error> {
        let mut warnings = Vec::new();
        let mut explicit = span(call, "explicit_max_ttl")?;
        let mut period = span(call, "period")?;
        if !period.is_zero() && !sudo {
            return Err(Error::coded(
                400,
                "root or sudo privileges required to create periodic token",
            ));
        }
        token.explicit_max_ttl = explicit;
        token.period = period;
        let asked = match span(call, "ttl")? {
            Duration::ZERO if call.string("ttl").is_empty() => span(call, "lease")?,
            ttl => ttl,
        };
        if let Some(role) = role.filter(|_| token.kind == TokenType::Service) {
            let merge = |own: &mut Duration, of_role: Duration, name: &str, warnings: &mut Vec<String>| {
                if of_role.is_zero() {
                    return;
                }
                if own.is_zero() {
                    *own = of_role;
                    return;
                }
                *own = (*own).min(of_role);
                let seconds = own.as_secs();
                warnings.push(format!(
                    "{name} specified both during creation call and in role; using the lesser value of {seconds} seconds"
                ));
            };
            merge(
                &mut explicit,
                role.explicit_max_ttl(),
                "Explicit max TTL",
                &mut warnings,
            );
            merge(&mut period, role.period(), "Period", &mut warnings);
        }
        token.creation_ttl = asked;
        if !period.is_zero() || !asked.is_zero() || !token.is_root() {
            let some = |span: Duration| (!span.is_zero()).then_some(span);
            let terms = Terms {
                ttl: some(asked),
                period: some(period),
                explicit_max: some(explicit),
                ..Terms::default()
            };
            let (ttl, more) = lifetime(&terms, self.lifetimes_of(context.mount))
                .ok_or_else(|| Error::internal("past the max TTL, cannot renew"))?;
            token.creation_ttl = ttl;
            warnings.extend(more);
        } else if !explicit.is_zero() {
            token.creation_ttl = explicit;
        }
        Ok(warnings)
    }
}

fn parent_of(call: &Call<'_>) -> Result<Arc<TokenEntry>, Error> {
    let parent = call.request.token.clone();
    let parent = parent.ok_or_else(|| Error::coded(400, "parent token lookup failed: no parent found"))?;
    if parent.kind == TokenType::Batch {
        return Err(Error::response("batch tokens cannot create more tokens"));
    }
    if parent.num_uses > 0 {
        return Err(Error::coded(400, "restricted use token cannot generate child tokens"));
    }
    Ok(parent)
}

fn across_namespaces(call: &Call<'_>, sudo: bool) -> Result<(), Error> {
    if !sudo {
        let text = "root or sudo privileges required to directly generate a token in a child namespace";
        return Err(Error::coded(400, text));
    }
    if call.list("policies").iter().any(|name| name == "root") {
        return Err(Error::coded(
            400,
            "root tokens may not be created from a parent namespace",
        ));
    }
    Ok(())
}

fn kind_of(call: &Call<'_>, role: Option<&Role>) -> Result<TokenType, Error> {
    let asked = call.string("type");
    let kind = match role.map(|role| role.token_type.as_str()) {
        Some("service") => "service",
        Some("batch") => "batch",
        Some("default-batch") if asked.is_empty() => "batch",
        _ => asked.as_str(),
    };
    match kind {
        "" | "service" => Ok(TokenType::Service),
        "batch" => {
            let given = |name: &str| -> Result<bool, Error> {
                let seconds = duration::parse(&call.string(name));
                let seconds = seconds.map_err(|_| Error::response(format!("'{name}' value could not be parsed")))?;
                Ok(seconds != 0)
            };
            // The original looks at one of them only, the first that was sent at all.
            let bad = match () {
                () if !call.string("explicit_max_ttl").is_empty() => {
                    given("explicit_max_ttl")?.then_some("explicit_max_ttl")
                }
                () if call.int("num_uses") != 0 => Some("num_uses"),
                () => given("period")?.then_some("period"),
            };
            match bad {
                Some(name) => Err(Error::response(format!("batch tokens cannot have {name:?} set"))),
                None => Ok(TokenType::Batch),
            }
        }
        _ => Err(Error::coded(400, "invalid 'token_type' value")),
    }
}

fn check_root(token: &TokenEntry, parent: &TokenEntry) -> Result<(), Error> {
    if !token.is_root() {
        return Ok(());
    }
    if !parent.is_root() {
        return Err(Error::coded(
            400,
            "root tokens may not be created without parent token being root",
        ));
    }
    if token.kind == TokenType::Batch {
        return Err(Error::response("batch tokens cannot be root tokens"));
    }
    Ok(())
}

fn chosen_id(call: &Call<'_>, sudo: bool) -> Result<String, Error> {
    let id = call.string("id");
    if id.is_empty() {
        return Ok(id);
    }
    if !sudo {
        return Err(Error::coded(
            400,
            "root or sudo privileges required to specify token id",
        ));
    }
    if !call.request.namespace.is_empty() {
        return Err(Error::coded(
            400,
            "token IDs can only be manually specified in the root namespace",
        ));
    }
    if id.starts_with("s.") {
        return Err(Error::coded(400, "custom token ID cannot have the 's.' prefix"));
    }
    if id.contains('.') {
        return Err(Error::coded(400, "custom token ID cannot have a '.' in the value"));
    }
    Ok(id)
}

fn parent_id(
    call: &Call<'_>,
    role: Option<&Role>,
    parent: &TokenEntry,
    orphan: bool,
    sudo: bool,
) -> Result<String, Error> {
    let without = match role {
        Some(role) => role.orphan,
        None if call.flag("no_parent") => {
            if !sudo {
                return Err(Error::coded(
                    400,
                    "root or sudo privileges required to create orphan token",
                ));
            }
            true
        }
        None => orphan,
    };
    Ok(if without { String::new() } else { parent.id.clone() })
}

fn span(call: &Call<'_>, name: &str) -> Result<Duration, Error> {
    let seconds = duration::parse(&call.string(name)).map_err(|text| Error::coded(400, text))?;
    if seconds < 0 {
        return Err(Error::coded(400, format!("{name} must be positive")));
    }
    Ok(Duration::from_secs(seconds.unsigned_abs()))
}

/// `token`, or `token-` and the given name with everything odd made `-`.
fn display_name(given: &str) -> String {
    if given.is_empty() {
        return "token".to_owned();
    }
    let odd = |character: char| !(character.is_ascii_alphanumeric() || character == '-');
    let mut name = String::from("token-");
    for character in given.chars() {
        name.push(if odd(character) { '-' } else { character });
    }
    name.strip_suffix('-').map(str::to_owned).unwrap_or(name)
}
