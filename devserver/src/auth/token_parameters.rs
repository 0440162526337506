//! The `token_…` parameters that roles of all auth engines share.

use super::networks::check_networks;
use crate::core::cidr_holds;
use crate::core::policies::sanitize;
use crate::duration::format_go;
use crate::engine::{Call, Context, Field, boolean, comma_list, integer, seconds, text};
use crate::json::{Object, Value};
use crate::logical::{Auth, Error, TokenType};
use std::collections::BTreeSet;
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
    /// Which of them were given by their deprecated names, under which they are then shown too.
    old: BTreeSet<&'static str>,
}

/// The deprecated names of some parameters; each has `token_` before it now.
const DEPRECATED: [&str; 6] = ["policies", "num_uses", "ttl", "max_ttl", "period", "bound_cidrs"];

/// The fields with deprecated names that older engines' routes declare too.
pub fn deprecated_fields() -> Vec<Field> {
    vec![
        comma_list("policies"),
        integer("num_uses"),
        seconds("ttl"),
        seconds("max_ttl"),
        seconds("period"),
        comma_list("bound_cidrs"),
    ]
}

/// The fields a role's route must declare.
pub fn fields() -> Vec<Field> {
    vec![
        comma_list("token_bound_cidrs").help("Networks from which the generated token can be used"),
        seconds("token_explicit_max_ttl").help("Ends the generated token whatever the renewals"),
        seconds("token_max_ttl").help("How long a generated token may be renewed at most"),
        boolean("token_no_default_policy").help("Leaves the 'default' policy out of generated tokens"),
        seconds("token_period").help("Makes the generated token periodic"),
        comma_list("token_policies").help("Policies of the generated token"),
        text("token_type")
            .or("default-service")
            .help("Which kind logins get: service or batch"),
        seconds("token_ttl").help("How long a generated token lives before its first renewal"),
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

    /// Takes over what was sent, where the defaults of mounts are adjusted to the kinds they stand for; the warning says so.
    ///
    /// # Errors
    /// As [`TokenParameters::merge`].
    pub fn merge_adjusting_type(&mut self, call: &Call<'_>) -> Result<Option<String>, Error> {
        let Some(kind @ ("service" | "batch")) = call.text("token_type").strip_prefix("default-") else {
            return self.merge(call).map(|()| None);
        };
        kind.clone_into(&mut self.token_type);
        self.merge_all_but_type(call)?;
        Ok(Some(format!(
            "default-{kind} has no useful meaning; adjusting to {kind}"
        )))
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
        check_networks(&call.maybe_list("token_bound_cidrs").unwrap_or_default())?;
        for (name, list) in [
            ("token_bound_cidrs", &mut self.bound_cidrs),
            ("token_policies", &mut self.policies),
        ] {
            if let Some(sent) = call.maybe_list(name) {
                *list = sent;
            }
        }
        self.shorten_networks();
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

    /// Writes networks of one address as that address, as the original does.
    pub(crate) fn shorten_networks(&mut self) {
        for network in &mut self.bound_cidrs {
            let whole = if network.contains(':') { "/128" } else { "/32" };
            if let Some(address) = network.strip_suffix(whole) {
                *network = address.to_owned();
            }
        }
    }

    /// Takes over what was sent by a deprecated name, where the new name was not sent too.
    ///
    /// # Errors
    /// A sentence on what does not fit together.
    pub fn merge_deprecated(&mut self, call: &Call<'_>) -> Result<(), Error> {
        for name in DEPRECATED {
            match (call.has(&format!("token_{name}")), call.has(name)) {
                (false, false) => continue,
                (true, false) => {
                    self.old.remove(name);
                    continue;
                }
                (true, true) => {
                    self.old.insert(name);
                    continue;
                }
                (false, true) => {
                    self.old.insert(name);
                }
            }
            match name {
                "policies" => self.policies = sanitize(&call.list(name), false),
                "num_uses" => self.num_uses = call.int(name),
                "ttl" => self.ttl = call.duration(name),
                "max_ttl" => self.max_ttl = call.duration(name),
                "period" => self.period = call.duration(name),
                _ => {
                    let networks = call.list(name);
                    check_networks(&networks)?;
                    self.bound_cidrs = networks;
                    self.shorten_networks();
                }
            }
        }
        self.check().map_err(Error::response)
    }

    /// Sets the lifetime by a name older than `ttl`.
    pub fn set_old_ttl(&mut self, ttl: Duration) {
        self.ttl = ttl;
        self.old.insert("ttl");
    }

    /// Takes over only the policies, under their new or their deprecated name.
    pub fn merge_policies(&mut self, call: &Call<'_>) {
        match call.maybe_list("token_policies") {
            Some(policies) => {
                self.old.remove("policies");
                self.policies = sanitize(&policies, false);
            }
            None => {
                self.old.insert("policies");
                self.policies = sanitize(&call.list("policies"), false);
            }
        }
    }

    /// Takes over those parameters that the route declares, for routes that declare only one of them.
    ///
    /// # Errors
    /// A sentence on what does not fit together, or that nothing was sent.
    pub fn merge_declared(&mut self, call: &Call<'_>) -> Result<(), Error> {
        let mut sent = false;
        for field in fields() {
            let old = field.name.strip_prefix("token_").unwrap_or_default();
            let name = if call.has(field.name) { field.name } else { old };
            if !call.has(name) {
                continue;
            }
            sent = true;
            if name == old {
                self.old.extend(DEPRECATED.iter().find(|known| **known == old));
            } else {
                self.old.remove(old);
            }
            match old {
                "policies" => self.policies = sanitize(&call.list(name), false),
                "bound_cidrs" => {
                    let networks = call.list(name);
                    check_networks(&networks)
                        .map_err(|error| Error::response(format!("failed to parse {}: {}", field.name, error.text)))?;
                    self.bound_cidrs = networks;
                    self.shorten_networks();
                }
                "period" => self.period = call.duration(name),
                "num_uses" => self.num_uses = call.int(name),
                "ttl" => self.ttl = call.duration(name),
                "max_ttl" => self.max_ttl = call.duration(name),
                _ => {}
            }
        }
        if !sent {
            return Err(Error::response("missing value"));
        }
        self.check().map_err(Error::response)
    }

    /// Refuses a period that the mount does not allow.
    ///
    /// # Errors
    /// The sentence.
    pub fn check_period(&self, context: &Context<'_>) -> Result<(), Error> {
        let (period, max) = (self.period, context.max_ttl());
        if period <= max {
            return Ok(());
        }
        Err(Error::response(format!(
            "token period of '{:?}' is greater than the backend's maximum lease TTL of '{:?}'",
            format_go(period),
            format_go(max)
        )))
    }

    /// Refuses a login from an address that the tokens could not be used from.
    ///
    /// # Errors
    /// Permission denied.
    pub fn check_address(&self, call: &Call<'_>) -> Result<(), Error> {
        let address = call.request.client.address;
        let fits = |cidr: &String| address.is_some_and(|address| cidr_holds(cidr, address));
        if self.bound_cidrs.is_empty() || self.bound_cidrs.iter().any(fits) {
            Ok(())
        } else {
            Err(Error::denied())
        }
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

    /// Whether a parameter was given by its deprecated name.
    pub fn was_given_as(&self, old: &str) -> bool {
        self.old.contains(old)
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
        for name in &self.old {
            let shown = data.get(&format!("token_{name}")).cloned().unwrap_or_default();
            let empty = shown.as_i64() == Some(0) || shown.as_array().is_some_and(<[Value]>::is_empty);
            if !empty {
                data.insert((*name).to_owned(), shown);
            }
        }
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

    /// Sets the lifetimes of a login, as at its renewal.
    pub fn apply_lifetimes(&self, auth: &mut Auth) {
        let some = |span: Duration| (!span.is_zero()).then_some(span);
        auth.ttl = some(self.ttl);
        auth.max_ttl = some(self.max_ttl);
        auth.period = some(self.period);
    }

    /// Sets the terms of a login.
    fn apply(&self, auth: &mut Auth) {
        self.apply_lifetimes(auth);
        auth.policies.clone_from(&self.policies);
        auth.no_default_policy = self.no_default_policy;
        auth.explicit_max_ttl = Some(self.explicit_max_ttl).filter(|span| !span.is_zero());
        auth.num_uses = self.num_uses;
        auth.bound_cidrs.clone_from(&self.bound_cidrs);
        auth.token_type = match self.token_type.as_str() {
            "batch" => Some(TokenType::Batch),
            "service" => Some(TokenType::Service),
            _ => None,
        };
    }
}
