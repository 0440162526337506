//! `login`.

use super::config::Config;
use super::role::{Kind, Role};
use super::{Jwt, claims};
use crate::auth::jws::{ALGORITHMS, Expected, Token};
use crate::engine::{Call, Context};
use crate::json::Value;
use crate::logical::{Error, Reply, Response};
use crate::object;
use std::collections::BTreeMap;

impl Jwt {
    pub(super) fn login(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let refused = |text: String| Error::response(text);
        let config = self.config.as_ref();
        let config = config.ok_or_else(|| refused("could not load configuration".to_owned()))?;
        let name = match call.string("role") {
            empty if empty.is_empty() => config.default_role.clone(),
            name => name,
        };
        if name.is_empty() {
            return Err(refused("missing role".to_owned()));
        }
        let role = self.roles.get(&name);
        let role = role.ok_or_else(|| refused(format!("role {name:?} could not be found")))?;
        if role.kind == Kind::Oidc {
            return Err(refused("role with oidc role_type is not allowed".to_owned()));
        }
        let text = call.string("jwt");
        if text.is_empty() {
            return Err(refused("missing token".to_owned()));
        }
        role.parameters.check_address(call)?;
        let ready = config.source.prepare(&mut self.learned, call.request)?;
        ready.map_err(|why| refused(format!("error configuring token validator: {why}")))?;
        let signed = config.source.verify(&mut self.learned, call.request, &text)?;
        let invalid = |why: String| refused(format!("error validating token: {why}"));
        let token = signed.map_err(|why| invalid(format!("error verifying token signature: {why}")))?;
        validate(config, role, &token, context).map_err(invalid)?;
        admit(role, &name, &token, call)
    }
}

/// Checks what a signed token claims of itself.
fn validate(config: &Config, role: &Role, token: &Token<'_>, context: &Context<'_>) -> Result<(), String> {
    let allowed = match config.algorithms.as_slice() {
        [] => ALGORITHMS.contains(&token.algorithm.as_str()),
        some => some.contains(&token.algorithm),
    };
    if !allowed {
        let why = "invalid algorithm (alg) header parameter: token signed with unexpected algorithm";
        return Err(why.to_owned());
    }
    let expected = Expected {
        issuer: config.issuer.clone(),
        subject: role.subject.clone(),
        audiences: role.audiences.clone().unwrap_or_default(),
        timeless: false,
        leeways: role.leeways,
    };
    expected.check(token, context.now)
}

/// Lets a valid token in, if the role takes what it claims.
fn admit(role: &Role, name: &str, token: &Token<'_>, call: &Call<'_>) -> Reply {
    if role.audiences.iter().flatten().next().is_none() && !token.audiences().is_empty() {
        return Err(Error::response(
            "audience claim found in JWT but no audiences bound to the role",
        ));
    }
    let user = user(role, token)?;
    let mut metadata = metadata(role, token)?;
    let groups = groups(role, token)?;
    let bound = role.claims.clone().unwrap_or_default();
    claims::check(&bound, &token.claims, role.globs)
        .map_err(|why| Error::response(format!("error validating claims: {why}")))?;
    metadata.insert("role".to_owned(), name.to_owned());
    let mut auth = role.parameters.auth(call);
    auth.alias_metadata = metadata.clone();
    auth.metadata = metadata;
    auth.display_name.clone_from(&user);
    auth.alias = user;
    auth.group_aliases = groups;
    auth.internal = object! { "role" => name };
    Response {
        auth: Some(auth),
        ..Response::default()
    }
    .reply()
}

fn user(role: &Role, token: &Token<'_>) -> Result<String, Error> {
    let name = &role.user_claim;
    let claim = match role.user_pointer {
        true => claims::claim(&token.claims, name),
        false => token.claims.get(name).filter(|value| !value.is_null()).cloned(),
    };
    let claim = claim.ok_or_else(|| Error::response(format!("claim {name:?} not found in token")))?;
    let text = claim.as_str().map(str::to_owned);
    text.ok_or_else(|| Error::response(format!("claim {name:?} could not be converted to string")))
}

fn metadata(role: &Role, token: &Token<'_>) -> Result<BTreeMap<String, String>, Error> {
    let mut metadata = BTreeMap::new();
    for (source, target) in role.mappings.iter().flatten() {
        match claims::claim(&token.claims, source) {
            None => {}
            Some(Value::String(text)) => {
                metadata.insert(target.clone(), text);
            }
            Some(_) => return Err(Error::response(format!("error converting claim '{source}' to string"))),
        }
    }
    Ok(metadata)
}

/// Names of the groups that the token says its user is in.
fn groups(role: &Role, token: &Token<'_>) -> Result<Vec<String>, Error> {
    let name = &role.groups_claim;
    if name.is_empty() {
        return Ok(Vec::new());
    }
    let found = claims::claim(&token.claims, name);
    let found =
        found.ok_or_else(|| Error::response(format!("failed to fetch groups: {name:?} claim not found in token")))?;
    let groups = claims::list(&found);
    let groups =
        groups.ok_or_else(|| Error::response(format!("{name:?} claim could not be converted to string list")))?;
    let text = |group: &&Value| {
        let shown = claims::go_text(group);
        let why = format!("value {shown} in groups claim could not be parsed as string");
        group.as_str().map(str::to_owned).ok_or_else(|| Error::response(why))
    };
    let groups = groups.iter().map(text).collect::<Result<Vec<String>, Error>>()?;
    Ok(groups.into_iter().filter(|group| !group.is_empty()).collect())
}
