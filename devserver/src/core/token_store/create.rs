//! `auth/token/create`, with all its options.

use super::grants::{Making, parent_of};
use super::roles::Role;
use crate::core::{Core, TokenEntry};
use crate::engine::{Call, Context};
use crate::logical::{Auth, Error, Reply, Response, TokenType};

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
        let path = format!("{}auth/token/{}", call.request.namespace, call.request.path);
        let sudo = self.has_sudo(&parent, &path);
        let making = Making {
            call,
            role,
            parent,
            sudo,
            orphan,
        };
        making.check_namespace()?;
        let mut token = making.draft()?;
        if let Some(alias) = making.entity_alias()? {
            token.entity_id = self.entity_of_alias(context, alias)?;
        }
        token.id = making.id()?;
        token.policies = making.policies()?;
        making.check_root(&token)?;
        making.inherit(&mut token)?;
        let mut warnings = making.set_lifetime(&mut token, self.lifetimes_of(context.mount))?;
        let mut renewable = token.kind == TokenType::Service && making.renewable();
        if token.creation_ttl.is_zero() {
            self.refuse_endless_child(&making)?;
            renewable = false;
            token.bound_cidrs.clear();
        }
        self.check_id(&token)?;
        if let Some(odd) = token
            .policies
            .iter()
            .find(|name| name.split('/').any(|part| part == ".."))
        {
            return Err(Error::response(format!("could not look up policy {odd}")));
        }
        warnings.extend(self.remarks(&token));
        if token.kind == TokenType::Batch {
            token.id.clear();
        }
        let token = self.create_token(token, renewable);
        Response {
            issued: Some(self.issued(&token)),
            warnings,
            ..Response::default()
        }
        .reply()
    }

    /// The entity of an alias at the token mount, made where there is none.
    fn entity_of_alias(&mut self, context: &Context<'_>, alias: String) -> Result<String, Error> {
        let auth = Auth {
            alias,
            ..Auth::default()
        };
        let entity = self.entity_of(context.mount, &auth);
        match self.entities.usable(&entity) {
            true => Ok(entity),
            false => Err(Error::coded(403, "entity from given entity alias is disabled")),
        }
    }

    fn refuse_endless_child(&self, making: &Making<'_>) -> Result<(), Error> {
        let lease = self.leases.get(&making.parent.lease);
        match lease.is_some_and(|lease| lease.expires.is_some()) {
            true => Err(Error::coded(
                400,
                "expiring root tokens cannot create non-expiring root tokens",
            )),
            false => Ok(()),
        }
    }

    /// Refuses ids that look like the server's own, and those in use. Batch tokens have no id of their own.
    fn check_id(&self, token: &TokenEntry) -> Result<(), Error> {
        let refused = |text: &str| Err(Error::coded(400, text));
        if token.kind == TokenType::Batch || token.id.is_empty() {
            return Ok(());
        }
        if token.id.starts_with("hvs.") {
            return refused("custom token ID cannot have the 'hvs.' prefix");
        }
        if token.id.starts_with("s.") {
            return refused("custom token ID cannot have the 's.' prefix");
        }
        if token.id.contains('.') {
            return refused("custom token ID cannot have a '.' in the value");
        }
        match self.tokens.get(&token.id) {
            Some(_) => refused("cannot create a token with a duplicate ID"),
            None => Ok(()),
        }
    }

    /// What the user should know about a token to be made.
    fn remarks(&self, token: &TokenEntry) -> Vec<String> {
        let mut warnings = Vec::new();
        if !token.id.is_empty() {
            warnings.push(
                "Supplying a custom ID for the token uses the weaker SHA1 hashing instead of the more secure SHA2-256 HMAC for \
                 token obfuscation. SHA1 hashed tokens on the wire leads to less secure lookups."
                    .to_owned(),
            );
        }
        let named = token.policies.iter().filter(|name| *name != "root");
        let missing = named.filter(|name| self.policies.read(&token.namespace, name).is_none());
        warnings.extend(missing.map(|name| format!("Policy {name:?} does not exist")));
        warnings
    }

    /// Whether the token may use the path as root does.
    pub(crate) fn has_sudo(&mut self, token: &TokenEntry, path: &str) -> bool {
        self.acl_of(token).sudo(path)
    }
}

impl Making<'_> {
    /// The token, as far as nothing has to be judged for it.
    fn draft(&self) -> Result<TokenEntry, Error> {
        let call = self.call;
        let kind = self.kind()?;
        let mut uses = call.int("num_uses");
        if uses < 0 {
            return Err(Error::coded(400, "number of uses cannot be negative"));
        }
        let mut path = format!("auth/token/{}", call.request.path);
        if let Some(role) = self.role {
            let limit = role.parameters.num_uses;
            if limit != 0 && (uses == 0 || limit < uses) {
                uses = limit;
            }
            if !role.path_suffix.is_empty() {
                path = format!("{path}/{}", role.path_suffix);
            }
        }
        let meta = call.raw("meta").filter(|meta| !crate::engine::is_no_map(meta));
        Ok(TokenEntry {
            path,
            meta: meta.map(|_| call.pairs("meta")),
            display_name: display_name(&call.string("display_name")),
            num_uses: uses,
            kind,
            role: self.role.map(|role| role.name.clone()).unwrap_or_default(),
            namespace: call.request.namespace.clone(),
            ..TokenEntry::default()
        })
    }

    /// Sets the parent, and what the token has of it.
    fn inherit(&self, token: &mut TokenEntry) -> Result<(), Error> {
        token.parent = self.parent_id()?;
        let is_child = !token.parent.is_empty();
        token.bound_cidrs = match self.role {
            Some(role) => role.parameters.bound_cidrs.clone(),
            None if is_child => self.parent.bound_cidrs.clone(),
            None => Vec::new(),
        };
        if is_child && token.entity_id.is_empty() {
            token.entity_id.clone_from(&self.parent.entity_id);
        }
        Ok(())
    }

    fn renewable(&self) -> bool {
        self.call.flag("renewable") && self.role.is_none_or(|role| role.renewable)
    }
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
