//! `role/`: making and changing roles.

use super::Jwt;
use super::claims::{go_text, list};
use super::role::{Browser, Kind, LEEWAYS, Role};
use crate::duration::format_go;
use crate::engine::{Call, Context};
use crate::json::{Object, Value};
use crate::logical::{Error, Reply, Response};

fn refused<T>(text: impl Into<String>) -> Result<T, Error> {
    Err(Error::response(text))
}

impl Jwt {
    pub(super) fn write_role(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.string("name");
        let mut role = self.roles.get(&name).cloned().unwrap_or_default();
        role.kind = match call.string("role_type").as_str() {
            "jwt" => Kind::Jwt,
            "" | "oidc" => Kind::Oidc,
            other => return refused(format!("invalid 'role_type': {other}")),
        };
        role.parameters.merge(call)?;
        role.parameters.merge_deprecated(call)?;
        role.check_period(context)?;
        role.merge_bounds(call)?;
        role.browser.merge(call)?;
        role.check()?;
        let mut response = Response::default();
        if role.parameters.max_ttl > context.max_ttl() {
            response = response.warn(
                "token max ttl is greater than the system or backend mount's maximum TTL value; issued tokens' max TTL value \
                 will be truncated",
            );
        }
        if role.browser.verbose {
            response = response.warn(
                "verbose_oidc_logging has been enabled for this role. This is not recommended in production since sensitive \
                 information may be present in OIDC responses.",
            );
        }

        self.roles.insert(name, role);
        Ok((!response.warnings.is_empty()).then_some(response))
    }
}

impl Role {
    fn check_period(&self, context: &Context<'_>) -> Result<(), Error> {
        let (period, max) = (self.parameters.period, context.max_ttl());
        match period > max {
            true => refused(format!(
                "'period' of '{:?}' is greater than the backend's maximum lease TTL of '{:?}'",
                format_go(period),
                format_go(max)
            )),
            false => Ok(()),
        }
    }

    /// Takes over what binds tokens to the role, and what is taken from them.
    fn merge_bounds(&mut self, call: &Call<'_>) -> Result<(), Error> {
        for (name, leeway) in LEEWAYS.iter().zip(&mut self.leeways) {
            if call.has(name) {
                *leeway = call.seconds(name);
            }
        }
        if call.flag("token_policies_template_claims") {
            return refused("token_policies_template_claims is not supported by this development server");
        }
        if let Some(audiences) = call.maybe_list("bound_audiences") {
            self.audiences = Some(audiences);
        }
        self.globs = match call.string("bound_claims_type").as_str() {
            "glob" => true,
            "string" => false,
            other => return refused(format!("invalid 'bound_claims_type': {other}")),
        };
        if call.has("bound_claims") {
            let claims = call.map("bound_claims");
            if self.globs {
                check_globs(&claims)?;
            }
            self.claims = Some(claims);
        }
        if call.has("claim_mappings") {
            self.mappings = Some(call.pairs("claim_mappings"));
            self.check_mappings()?;
        }
        let texts = [
            ("bound_subject", &mut self.subject),
            ("user_claim", &mut self.user_claim),
            ("groups_claim", &mut self.groups_claim),
        ];
        for (name, text) in texts {
            if let Some(sent) = call.maybe_string(name) {
                *text = sent;
            }
        }
        if call.has("user_claim_json_pointer") {
            self.user_pointer = call.flag("user_claim_json_pointer");
        }
        Ok(())
    }

    fn check_mappings(&self) -> Result<(), Error> {
        let mut targets: Vec<&String> = self.mappings.iter().flatten().map(|(_, target)| target).collect();
        if targets.iter().any(|target| *target == "role") {
            return refused("metadata key \"role\" is reserved and may not be a mapping destination");
        }
        targets.sort();
        match targets.windows(2).find(|pair| pair.first() == pair.last()) {
            Some([target, ..]) => refused(format!("multiple keys are mapped to metadata key {target:?}")),
            _ => Ok(()),
        }
    }

    fn check(&self) -> Result<(), Error> {
        if self.user_claim.is_empty() {
            return refused("a user claim must be defined on the role");
        }
        let redirects = self.browser.redirects.iter().flatten().count();
        if self.kind == Kind::Oidc && redirects == 0 {
            return refused("'allowed_redirect_uris' must be set if 'role_type' is 'oidc' or unspecified.");
        }
        let bound = self.audiences.as_ref().is_some_and(|audiences| !audiences.is_empty())
            || !self.parameters.bound_cidrs.is_empty()
            || !self.subject.is_empty()
            || self.claims.as_ref().is_some_and(|claims| !claims.is_empty());
        match bound || self.kind == Kind::Oidc {
            true => Ok(()),
            false => refused("must have at least one bound constraint when creating/updating a role"),
        }
    }
}

/// Patterns are texts, or lists of them.
fn check_globs(claims: &Object) -> Result<(), Error> {
    for value in claims.values() {
        let Some(patterns) = list(value) else {
            return refused(format!("claim is not a string or list: {}", go_text(value)));
        };
        if let Some(odd) = patterns.iter().find(|pattern| !matches!(pattern, Value::String(_))) {
            return refused(format!("claim is not a string: {}", go_text(odd)));
        }
    }
    Ok(())
}

impl Browser {
    fn merge(&mut self, call: &Call<'_>) -> Result<(), Error> {
        let lists = [
            ("oauth2_metadata", &mut self.metadata),
            ("oidc_scopes", &mut self.scopes),
            ("allowed_redirect_uris", &mut self.redirects),
        ];
        for (name, list) in lists {
            if let Some(sent) = call.maybe_list(name) {
                *list = Some(sent);
            }
        }
        let known = ["id_token", "refresh_token", "access_token"];
        let odd = self
            .metadata
            .iter()
            .flatten()
            .find(|name| !known.contains(&name.as_str()));
        if let Some(odd) = odd {
            return refused(format!("Unrecognized oauth2 metadata name {odd}"));
        }
        if call.has("poll_interval") {
            self.poll = call.int("poll_interval");
        }
        if call.has("max_age") {
            self.max_age = call.seconds("max_age");
        }
        if call.has("verbose_oidc_logging") {
            self.verbose = call.flag("verbose_oidc_logging");
        }
        self.callback = call.string("callback_mode");
        if !["client", "direct", "device"].contains(&self.callback.as_str()) {
            return refused(format!("invalid 'callback_mode': {}", self.callback));
        }
        self.unconfirmed = call.flag("oidc_disable_confirmation");
        Ok(())
    }
}
