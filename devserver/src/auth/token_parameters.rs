//! The `token_…` parameters that roles of all auth engines share.

use crate::engine::{Call, Field, boolean, comma_list, integer, seconds, text};
use crate::json::{Object, Value};
use crate::logical::{Auth, Error, TokenType};
use std::time::Duration;

/// What a role says about the tokens of its logins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenParameters {
    /// `token_bound_cidrs`.
    pub bound_cidrs: Vec<String>,
    /// `token_explicit_max_ttl`; zero for none, as the other spans.
    pub explicit_max_ttl: Duration,
    /// `token_max_ttl`.
    pub max_ttl: Duration,
    /// `token_no_default_policy`.
    pub no_default_policy: bool,
    /// `token_period`.
    pub period: Duration,
    /// `token_policies`.
    pub policies: Vec<String>,
    /// `token_type`; empty for the default.
    pub token_type: String,
    /// `token_ttl`.
    pub ttl: Duration,
    /// `token_num_uses`; 0 is unlimited.
    pub num_uses: i64,
    /// `token_strictly_bind_ip` (OpenBao).
    pub strictly_bind_ip: bool,
}

/// The fields a role's route must declare.
pub fn fields() -> Vec<Field> {
    vec![
        comma_list("token_bound_cidrs").help("Networks from which the generated token can be used"),
        seconds("token_explicit_max_ttl").help("Ends the generated token whatever the renewals"),
        seconds("token_max_ttl").help("The maximum lifetime of the generated token"),
        boolean("token_no_default_policy").help("Leaves the 'default' policy out of generated tokens"),
        seconds("token_period").help("Makes the generated token periodic"),
        comma_list("token_policies").help("Policies of the generated token"),
        text("token_type")
            .or("default-service")
            .help("The type of token to generate, service or batch"),
        seconds("token_ttl").help("The initial ttl of the token to generate"),
        integer("token_num_uses").help("How often the generated token may be used; zero means unlimited"),
        boolean("token_strictly_bind_ip").help("Binds the token to the address of the login"),
    ]
}

impl TokenParameters {
    /// Takes over what was sent.
    ///
    /// # Errors
    /// A sentence on what does not fit together.
    pub fn merge(&mut self, call: &Call<'_>) -> Result<(), Error> {
        if let Some(kind) = call.maybe_string("token_type") {
            self.token_type = match kind.as_str() {
                "" | "default" => String::new(),
                "service" | "batch" => kind,
                other => return Err(Error::response(format!("invalid 'token_type' value {other:?}"))),
            };
        }
        self.merge_all_but_type(call)
    }

    pub(crate) fn merge_all_but_type(&mut self, call: &Call<'_>) -> Result<(), Error> {
        let spans = [
            ("token_explicit_max_ttl", &mut self.explicit_max_ttl),
            ("token_max_ttl", &mut self.max_ttl),
            ("token_period", &mut self.period),
            ("token_ttl", &mut self.ttl),
        ];
        for (name, span) in spans {
            if let Some(sent) = call.maybe_duration(name) {
                *span = sent;
            }
        }
        for (name, list) in [
            ("token_bound_cidrs", &mut self.bound_cidrs),
            ("token_policies", &mut self.policies),
        ] {
            if let Some(sent) = call.maybe_list(name) {
                *list = sent;
            }
        }
        if call.has("token_no_default_policy") {
            self.no_default_policy = call.flag("token_no_default_policy");
        }
        if call.has("token_strictly_bind_ip") {
            self.strictly_bind_ip = call.flag("token_strictly_bind_ip");
        }
        if call.has("token_num_uses") {
            self.num_uses = call.int("token_num_uses");
        }
        self.check().map_err(Error::response)
    }

    fn check(&self) -> Result<(), &'static str> {
        if self.num_uses < 0 {
            return Err("'token_num_uses' cannot be negative");
        }
        if self.token_type == "batch" && !self.period.is_zero() {
            return Err("'token_type' cannot be 'batch' or 'default_batch' when set to generate periodic tokens");
        }
        if self.token_type == "batch" && self.num_uses != 0 {
            return Err(
                "'token_type' cannot be 'batch' or 'default_batch' when set to generate tokens with limited use count",
            );
        }
        if !self.ttl.is_zero() && !self.max_ttl.is_zero() && self.ttl > self.max_ttl {
            return Err("'token_ttl' cannot be greater than 'token_max_ttl'");
        }
        if self.strictly_bind_ip && !self.bound_cidrs.is_empty() {
            return Err("'token_strictly_bind_ip' conflicts with 'token_bound_cidrs'; set only one");
        }
        Ok(())
    }

    /// Adds the parameters as a role's answer shows them.
    pub fn show(&self, data: &mut Object) {
        let kind = if self.token_type.is_empty() {
            "default"
        } else {
            &self.token_type
        };
        data.extend(crate::object! {
            "token_bound_cidrs" => self.bound_cidrs.clone(),
            "token_explicit_max_ttl" => self.explicit_max_ttl.as_secs(),
            "token_max_ttl" => self.max_ttl.as_secs(),
            "token_no_default_policy" => self.no_default_policy,
            "token_period" => self.period.as_secs(),
            "token_policies" => Value::from(self.policies.clone()),
            "token_type" => kind,
            "token_ttl" => self.ttl.as_secs(),
            "token_num_uses" => self.num_uses,
            "token_strictly_bind_ip" => self.strictly_bind_ip,
        });
    }

    /// A login on these terms.
    pub fn auth(&self, call: &Call<'_>) -> Auth {
        let mut auth = Auth {
            renewable: true,
            ..Auth::default()
        };
        self.apply(&mut auth);
        if let (true, Some(address)) = (self.strictly_bind_ip, call.request.client.address) {
            auth.bound_cidrs = vec![address.to_canonical().to_string()];
        }
        auth
    }

    /// Sets the terms of a login, also at its renewal.
    pub fn apply(&self, auth: &mut Auth) {
        let some = |span: Duration| (!span.is_zero()).then_some(span);
        auth.policies.clone_from(&self.policies);
        auth.no_default_policy = self.no_default_policy;
        auth.ttl = some(self.ttl);
        auth.max_ttl = some(self.max_ttl);
        auth.period = some(self.period);
        auth.explicit_max_ttl = some(self.explicit_max_ttl);
        auth.num_uses = self.num_uses;
        auth.bound_cidrs.clone_from(&self.bound_cidrs);
        auth.token_type = if self.token_type == "batch" {
            TokenType::Batch
        } else {
            TokenType::Service
        };
    }
}
