//! `role/`: reading, listing and deleting roles.

use super::Jwt;
use crate::auth::token_parameters::TokenParameters;
use crate::engine::{Call, Context};
use crate::engines::tree;
use crate::json::{Object, Value};
use crate::logical::{Reply, Response};
use crate::object;
use std::collections::BTreeMap;

/// How a role logs in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    /// By a browser, which nobody here offers; such roles are kept and shown.
    #[default]
    Oidc,
    /// By a token.
    Jwt,
}

/// Which claims may log in, and on which terms.
#[derive(Clone, Debug, Default)]
pub(super) struct Role {
    pub(super) kind: Kind,
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
    pub(super) browser: Browser,
}

/// What a role says of logins by a browser.
#[derive(Clone, Debug, Default)]
pub(super) struct Browser {
    pub(super) redirects: Option<Vec<String>>,
    pub(super) scopes: Option<Vec<String>>,
    pub(super) metadata: Option<Vec<String>>,
    pub(super) callback: String,
    /// In seconds; shown if it is positive.
    pub(super) poll: i64,
    /// In seconds.
    pub(super) max_age: i64,
    pub(super) unconfirmed: bool,
    pub(super) verbose: bool,
}

pub(super) const LEEWAYS: [&str; 3] = ["expiration_leeway", "not_before_leeway", "clock_skew_leeway"];

impl Jwt {
    pub(super) fn list_roles(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        Response::list(tree::page(self.roles.keys().cloned(), call)).reply()
    }

    pub(super) fn delete_role(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.roles.remove(&call.string("name"));
        Ok(None)
    }

    pub(super) fn read_role(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let role = self.roles.get(&call.string("name"));
        Ok(role.map(|role| Response::data(role.shown())))
    }
}

impl Role {
    fn shown(&self) -> Object {
        let mappings = self.mappings.as_ref().map(|mappings| -> Object {
            let mappings = mappings.iter();
            mappings.map(|(key, text)| (key.clone(), Value::from(text))).collect()
        });
        let mut data = object! {
            "role_type" => if self.kind == Kind::Jwt { "jwt" } else { "oidc" },
            "user_claim" => &self.user_claim,
            "user_claim_json_pointer" => self.user_pointer,
            "groups_claim" => &self.groups_claim,
            "bound_subject" => &self.subject,
            "bound_audiences" => self.audiences.clone(),
            "bound_claims" => self.claims.clone(),
            "bound_claims_type" => if self.globs { "glob" } else { "string" },
            "claim_mappings" => mappings,
            "token_policies_template_claims" => false,
        };
        let leeways = LEEWAYS.iter().zip(self.leeways);
        data.extend(leeways.map(|(name, seconds)| ((*name).to_owned(), seconds.into())));
        self.parameters.show(&mut data);
        self.browser.show(&mut data);
        data
    }
}

impl Browser {
    fn show(&self, data: &mut Object) {
        data.extend(object! {
            "allowed_redirect_uris" => self.redirects.clone(),
            "callback_mode" => &self.callback,
            "max_age" => self.max_age,
            "oauth2_metadata" => self.metadata.clone(),
            "oidc_disable_confirmation" => self.unconfirmed,
            "oidc_scopes" => self.scopes.clone(),
            "verbose_oidc_logging" => self.verbose,
        });
        if self.poll > 0 {
            data.insert("poll_interval".to_owned(), Value::from(self.poll));
        }
    }
}
