//! A login becomes a token.

use super::lifetime::{Terms, lifetime};
use super::policies::{RESPONSE_WRAPPING_NAME, sanitize};
use super::{Core, TokenEntry};
use crate::engine::MountInfo;
use crate::logical::{Auth, Error, Request, Response, TokenType};
use std::time::Duration;

impl Core {
    /// Makes the token of a login.
    pub(crate) fn register_login(
        &mut self,
        request: &Request,
        mount: &MountInfo,
        mut response: Response,
    ) -> Result<Response, Error> {
        let Some(auth) = response.auth.take() else {
            return Ok(response);
        };
        if !mount.path.starts_with("auth/") {
            return Err(Error::internal("internal error"));
        }
        let policies = policies_of(&auth)?;
        let terms = Terms {
            ttl: auth.ttl,
            max_ttl: auth.max_ttl,
            period: auth.period,
            explicit_max: auth.explicit_max_ttl,
            ..Terms::default()
        };
        let (ttl, warnings) = lifetime(&terms, self.lifetimes_of(mount))
            .ok_or_else(|| Error::internal("past the max TTL, cannot renew"))?;
        response.warnings.extend(warnings);
        let kind = kind_of(mount, &auth);
        let entity_id = self.entity_of(mount, &auth);
        if !self.entities.usable(&entity_id) {
            return Err(Error::coded(403, "permission denied"));
        }
        let token = TokenEntry {
            policies,
            path: request.path.clone(),
            meta: (!auth.metadata.is_empty()).then(|| auth.metadata.clone()),
            display_name: display_name(mount, &auth),
            num_uses: auth.num_uses,
            creation_ttl: ttl,
            explicit_max_ttl: auth.explicit_max_ttl.unwrap_or(Duration::ZERO),
            period: auth.period.unwrap_or(Duration::ZERO),
            kind,
            bound_cidrs: auth.bound_cidrs.clone(),
            entity_id,
            namespace: request.namespace.clone(),
            login: Some(Box::new(auth.clone())),
            ..TokenEntry::default()
        };
        let token = self.create_token(token, auth.renewable && kind == TokenType::Service);
        response.issued = Some(self.issued(&token));
        Ok(response)
    }
}

/// The policies of a login, of which none may be one that only tokens made otherwise have.
fn policies_of(auth: &Auth) -> Result<Vec<String>, Error> {
    let policies = sanitize(&auth.policies, !auth.no_default_policy);
    let has = |name: &str| policies.iter().any(|policy| policy == name);
    if has("root") {
        return Err(Error::coded(400, "auth methods cannot create root tokens"));
    }
    if has(RESPONSE_WRAPPING_NAME) {
        let text = format!("cannot assign policy {RESPONSE_WRAPPING_NAME:?}");
        return Err(Error::coded(400, text));
    }
    Ok(policies)
}

/// The mount, and the name that the engine gave.
fn display_name(mount: &MountInfo, auth: &Auth) -> String {
    let source = mount.path.trim_start_matches("auth/").replace('/', "-");
    let name = format!("{source}{}", auth.display_name);
    name.trim_end_matches('-').to_owned()
}

/// The kind of a login's token: the mount's, where it sets one, else the role's.
fn kind_of(mount: &MountInfo, auth: &Auth) -> TokenType {
    match mount.tune.token_type.as_deref() {
        Some("service") => TokenType::Service,
        Some("batch") => TokenType::Batch,
        Some("default-batch") => auth.token_type.unwrap_or(TokenType::Batch),
        _ => auth.token_type.unwrap_or_default(),
    }
}
