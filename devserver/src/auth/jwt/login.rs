//! `login`.

use super::config::Config;
use super::role::Role;
use super::{Jwt, claims};
use crate::auth::jws::{Expected, Token};
use crate::engine::{Call, Context};
use crate::json::Value;
use crate::logical::{Error, Reply, Response};
use crate::object;
use std::collections::BTreeMap;

const ALGORITHMS: [&str; 10] = [
    "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "EdDSA",
];

impl Jwt {
    pub(super) fn login(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let config = self
            .config
            .as_ref()
            .ok_or_else(|| Error::response("could not load configuration"))?;
        let name = match call.string("role") {
            empty if empty.is_empty() => config.default_role.clone(),
            name => name,
        };
        if name.is_empty() {
            return Err(Error::response("missing role"));
        }
        let role = self.roles.get(&name);
        let role = role.ok_or_else(|| Error::response(format!("role {name:?} could not be found")))?;
        let text = call.string("jwt");
        if text.is_empty() {
            return Err(Error::response("missing token"));
        }
        role.parameters.check_address(call)?;
        let token = validate(config, role, &text, context)?;
        let user = user(role, &token)?;
        let mut metadata = metadata(role, &token)?;
        check_groups(role, &token)?;
        let bound = role.claims.clone().unwrap_or_default();
        claims::check(&bound, &token.claims, role.globs)
            .map_err(|why| Error::response(format!("error validating claims: {why}")))?;
        metadata.insert("role".to_owned(), name.clone());
        let mut auth = role.parameters.auth(call);
        auth.alias_metadata = metadata.clone();
        auth.metadata = metadata;
        auth.display_name.clone_from(&user);
        auth.alias = user;
        auth.internal = object! { "role" => name };
        Response {
            auth: Some(auth),
            ..Response::default()
        }
        .reply()
    }
}

fn validate<'t>(config: &Config, role: &Role, text: &'t str, context: &Context<'_>) -> Result<Token<'t>, Error> {
    let invalid = |why: String| Error::response(format!("error validating token: {why}"));
    let unsigned = |why: &str| invalid(format!("error verifying token signature: {why}"));
    let token = Token::read(text).map_err(|why| unsigned(&why))?;
    if !token.signed_by(&config.keys) {
        return Err(unsigned("no known key successfully validated the token signature"));
    }
    let allowed = match config.algorithms.as_slice() {
        [] => ALGORITHMS.contains(&token.algorithm.as_str()),
        some => some.contains(&token.algorithm),
    };
    if !allowed {
        return Err(invalid(
            "invalid algorithm (alg) header parameter: token signed with unexpected algorithm".to_owned(),
        ));
    }
    let expected = Expected {
        issuer: config.issuer.clone(),
        subject: role.subject.clone(),
        audiences: role.audiences.clone().unwrap_or_default(),
        timeless: false,
        leeways: role.leeways,
    };
    expected.check(&token, context.now).map_err(invalid)?;
    if expected.audiences.is_empty() && !token.audiences().is_empty() {
        return Err(Error::response(
            "audience claim found in JWT but no audiences bound to the role",
        ));
    }
    Ok(token)
}

fn user(role: &Role, token: &Token<'_>) -> Result<String, Error> {
    let claim = match role.user_pointer {
        true => claims::claim(&token.claims, &role.user_claim),
        false => token.claims.get(&role.user_claim).filter(|value| !value.is_null()),
    };
    let name = &role.user_claim;
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
                metadata.insert(target.clone(), text.clone());
            }
            Some(_) => return Err(Error::response(format!("error converting claim '{source}' to string"))),
        }
    }
    Ok(metadata)
}

fn check_groups(role: &Role, token: &Token<'_>) -> Result<(), Error> {
    let name = &role.groups_claim;
    if name.is_empty() {
        return Ok(());
    }
    let found = claims::claim(&token.claims, name);
    let found =
        found.ok_or_else(|| Error::response(format!("failed to fetch groups: {name:?} claim not found in token")))?;
    let groups = claims::list(found);
    let groups =
        groups.ok_or_else(|| Error::response(format!("{name:?} claim could not be converted to string list")))?;
    match groups.iter().find(|group| group.as_str().is_none()) {
        Some(group) => Err(Error::response(format!(
            "value {group} in groups claim could not be parsed as string"
        ))),
        None => Ok(()),
    }
}
