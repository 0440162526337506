//! `role/`.

use super::Jwt;
use crate::auth::token_parameters::TokenParameters;
use crate::engine::{Call, Context};
use crate::engines::tree;
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;
use std::collections::BTreeMap;

/// Which claims may log in, and on which terms.
#[derive(Clone, Debug, Default)]
pub(super) struct Role {
    pub(super) user_claim: String,
    pub(super) user_pointer: bool,
    pub(super) groups_claim: String,
    pub(super) subject: String,
    pub(super) audiences: Option<Vec<String>>,
    pub(super) claims: Option<Object>,
    pub(super) globs: bool,
    pub(super) mappings: Option<BTreeMap<String, String>>,
    /// Expiration, not before, clock skew, in seconds.
    pub(super) leeways: [i64; 3],
    pub(super) parameters: TokenParameters,
}

const LEEWAYS: [&str; 3] = ["expiration_leeway", "not_before_leeway", "clock_skew_leeway"];

impl Jwt {
    pub(super) fn list_roles(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        Response::list(tree::page(self.roles.keys().cloned(), call)).reply()
    }

    pub(super) fn delete_role(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.roles.remove(&call.string("name"));
        Ok(None)
    }

    pub(super) fn read_role(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let Some(role) = self.roles.get(&call.string("name")) else {
            return Ok(None);
        };
        let mappings = role.mappings.as_ref().map(|mappings| -> Object {
            mappings
                .iter()
                .map(|(key, text)| (key.clone(), Value::from(text)))
                .collect()
        });
        let mut data = object! {
            "role_type" => "jwt",
            "user_claim" => &role.user_claim,
            "user_claim_json_pointer" => role.user_pointer,
            "groups_claim" => &role.groups_claim,
            "bound_subject" => &role.subject,
            "bound_audiences" => role.audiences.clone(),
            "bound_claims" => role.claims.clone(),
            "bound_claims_type" => if role.globs { "glob" } else { "string" },
            "claim_mappings" => mappings,
            "allowed_redirect_uris" => Value::Null,
            "callback_mode" => "client",
            "max_age" => 0,
            "oauth2_metadata" => Value::Null,
            "oidc_disable_confirmation" => false,
            "oidc_scopes" => Value::Null,
            "token_policies_template_claims" => false,
            "verbose_oidc_logging" => false,
        };
        data.extend(
            LEEWAYS
                .iter()
                .zip(role.leeways)
                .map(|(name, seconds)| ((*name).to_owned(), seconds.into())),
        );
        role.parameters.show(&mut data);
        Response::data(data).reply()
    }

    pub(super) fn write_role(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.string("name");
        let create = call.request.operation == Operation::Create;
        let mut role = self.roles.get(&name).cloned().unwrap_or_default();
        match call.string("role_type").as_str() {
            "jwt" => {}
            "" if !create => {}
            kind @ ("" | "oidc") => {
                let kind = if kind.is_empty() { "oidc, the default" } else { kind };
                return Err(Error::response(format!(
                    "role_type {kind}, is not supported by this development server; use jwt"
                )));
            }
            other => return Err(Error::response(format!("invalid 'role_type': {other}"))),
        }
        role.parameters.merge(call)?;
        role.parameters.merge_deprecated(call)?;
        role.parameters.check_period(context)?;
        if call.flag("token_policies_template_claims") {
            return Err(Error::response(
                "token_policies_template_claims is not supported by this development server",
            ));
        }
        merge(&mut role, call)?;
        check(&role)?;
        self.roles.insert(name, role);
        Ok(None)
    }
}

fn merge(role: &mut Role, call: &Call<'_>) -> Result<(), Error> {
    for (name, leeway) in LEEWAYS.iter().zip(&mut role.leeways) {
        if call.has(name) {
            *leeway = call.seconds(name);
        }
    }
    if call.has("bound_claims_type") {
        role.globs = match call.string("bound_claims_type").as_str() {
            "glob" => true,
            "string" => false,
            other => return Err(Error::response(format!("invalid 'bound_claims_type': {other}"))),
        };
    }
    if let Some(audiences) = call.maybe_list("bound_audiences") {
        role.audiences = Some(audiences);
    }
    if call.has("bound_claims") {
        role.claims = Some(call.map("bound_claims"));
    }
    if call.has("claim_mappings") {
        role.mappings = Some(call.pairs("claim_mappings"));
    }
    let texts = [
        ("bound_subject", &mut role.subject),
        ("user_claim", &mut role.user_claim),
        ("groups_claim", &mut role.groups_claim),
    ];
    for (name, text) in texts {
        if let Some(sent) = call.maybe_string(name) {
            *text = sent;
        }
    }
    if call.has("user_claim_json_pointer") {
        role.user_pointer = call.flag("user_claim_json_pointer");
    }
    Ok(())
}

fn check(role: &Role) -> Result<(), Error> {
    if role.user_claim.is_empty() {
        return Err(Error::response("a user claim must be defined on the role"));
    }
    let bound = role.audiences.as_ref().is_some_and(|audiences| !audiences.is_empty())
        || !role.parameters.bound_cidrs.is_empty()
        || !role.subject.is_empty()
        || role.claims.as_ref().is_some_and(|claims| !claims.is_empty());
    if !bound {
        return Err(Error::response(
            "must have at least one bound constraint when creating/updating a role",
        ));
    }
    let mut targets: Vec<&String> = role.mappings.iter().flatten().map(|(_, target)| target).collect();
    if targets.iter().any(|target| *target == "role") {
        return Err(Error::response(
            "metadata key \"role\" is reserved and may not be a mapping destination",
        ));
    }
    targets.sort();
    match targets.windows(2).find(|pair| pair.first() == pair.last()) {
        Some(pair) => Err(Error::response(format!(
            "multiple keys are mapped to metadata key {:?}",
            pair.first()
        ))),
        None => Ok(()),
    }
}
