//! Roles: which certificates may be issued. A role is kept as the object that reading it shows; the table of fields below
//! is the only place that names them.

use super::network::Network;
use super::role_rules;
pub(super) use super::role_rules::settle;
use crate::engine::{Call, Field, Kind, boolean, comma_list, integer, seconds, text};
use crate::engines::x509::Policy;
use crate::json::{Object, Value};
use crate::logical::Error;
use std::time::Duration;

/// A role.
#[derive(Clone, Debug)]
pub(super) struct Role(Object);

/// Flags that are off by default.
const OFF: [&str; 13] = [
    "allow_any_name",
    "allow_bare_domains",
    "allow_glob_domains",
    "allow_globs_in_identity_templates",
    "allow_subdomains",
    "allowed_domains_template",
    "allowed_uri_sans_template",
    "basic_constraints_valid_for_non_ca",
    "code_signing_flag",
    "email_protection_flag",
    "generate_lease",
    "no_store",
    "use_pss",
];
/// Flags that are shown, and that no call sets.
const NEVER: [&str; 1] = ["allow_token_displayname"];
/// Flags that are on by default.
const ON: [&str; 9] = [
    "allow_ip_sans",
    "allow_localhost",
    "allow_wildcard_certificates",
    "client_flag",
    "enforce_hostnames",
    "require_cn",
    "server_flag",
    "use_csr_common_name",
    "use_csr_sans",
];
/// Lists that are empty by default.
const LISTS: [&str; 9] = [
    "allowed_domains",
    "allowed_ip_sans_cidr",
    "allowed_other_sans",
    "allowed_serial_numbers",
    "allowed_uri_sans",
    "allowed_user_ids",
    "ext_key_usage",
    "ext_key_usage_oids",
    "policy_identifiers",
];
/// Parts of the subject, which are lists too.
pub(super) const SUBJECT: [&str; 7] = [
    "country",
    "locality",
    "organization",
    "ou",
    "postal_code",
    "province",
    "street_address",
];

/// All fields with their defaults.
pub(super) fn fields() -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    fields.extend(OFF.map(boolean));
    fields.extend(ON.map(|name| boolean(name).or(true)));
    fields.extend(LISTS.into_iter().chain(SUBJECT).map(comma_list));
    fields.extend([
        comma_list("cn_validations").or(vec!["email", "hostname"]),
        comma_list("key_usage").or(vec!["DigitalSignature", "KeyAgreement", "KeyEncipherment"]),
        integer("key_bits"),
        integer("signature_bits"),
        text("issuer_ref").or("default"),
        text("key_type").or("rsa"),
        text("not_after"),
        text("not_after_bound").or("permit"),
        text("not_before"),
        text("not_before_bound").or("permit"),
        seconds("not_before_duration").or(30),
        seconds("ttl"),
        seconds("max_ttl"),
    ]);
    fields
}

impl Role {
    /// The role that a call describes.
    pub(super) fn from_call(call: &Call<'_>) -> Result<Self, Error> {
        let shown = fields()
            .into_iter()
            .map(|field| (field.name.to_owned(), asked(call, &field)));
        let mut role = Self(shown.collect());
        for name in NEVER {
            role.set(name, false);
        }
        role_rules::check(&mut role, call)?;
        Ok(role)
    }

    /// The role with the fields that a call names changed.
    pub(super) fn patched(&self, call: &Call<'_>) -> Result<Self, Error> {
        let mut role = self.clone();
        for field in fields().iter().filter(|field| call.has(field.name)) {
            role.0.insert(field.name.to_owned(), asked(call, field));
        }
        role_rules::check(&mut role, call)?;
        Ok(role)
    }

    /// A role that allows everything.
    fn open() -> Self {
        let blank = fields().into_iter().map(|field| (field.name.to_owned(), blank(&field)));
        let mut role = Self(blank.collect());
        let on = [
            "allow_any_name",
            "allow_ip_sans",
            "allow_localhost",
            "allow_wildcard_certificates",
        ];
        for name in on {
            role.set(name, true);
        }
        for name in [
            "enforce_hostnames",
            "require_cn",
            "client_flag",
            "server_flag",
            "use_csr_common_name",
            "use_csr_sans",
        ] {
            role.set(name, false);
        }
        for name in [
            "allowed_uri_sans",
            "allowed_other_sans",
            "allowed_serial_numbers",
            "allowed_user_ids",
        ] {
            role.set(name, vec!["*"]);
        }
        for name in ["not_before_bound", "not_after_bound"] {
            role.set(name, "");
        }
        role.set("cn_validations", vec!["disabled"]);
        role.set("key_usage", Vec::<&str>::new());
        role.set("not_before_duration", 0);
        role.set("key_type", "any");
        role
    }

    /// A role for signing a request as it is, with the usages that the call names. Lifetimes and the issuer come from
    /// `base`.
    pub(super) fn verbatim(base: Option<&Self>, call: &Call<'_>) -> Self {
        let mut role = Self::open();
        role.set("use_csr_common_name", true);
        role.set("use_csr_sans", true);
        for name in ["key_usage", "ext_key_usage", "ext_key_usage_oids"] {
            role.set(name, call.list(name));
        }
        role.set("signature_bits", call.int("signature_bits"));
        for name in ["use_pss", "basic_constraints_valid_for_non_ca"] {
            role.set(name, call.flag(name));
        }
        let mut kept = vec![
            "ttl",
            "max_ttl",
            "issuer_ref",
            "generate_lease",
            "no_store",
            "not_before_duration",
        ];
        if !call.has("basic_constraints_valid_for_non_ca") {
            kept.push("basic_constraints_valid_for_non_ca");
        }
        for name in kept {
            if let Some(value) = base.and_then(|base| base.0.get(name)) {
                role.set(name, value.clone());
            }
        }
        role
    }

    /// A role for certificates of authorities: any name, the call's subject and span.
    pub(super) fn authority(call: &Call<'_>) -> Self {
        let mut role = Self::open();
        for name in SUBJECT {
            role.set(name, call.list(name));
        }
        for name in ["ttl", "not_before_duration"] {
            role.set(name, call.duration(name).as_secs());
        }
        role.set("signature_bits", call.int("signature_bits"));
        role
    }

    /// Sets a member.
    pub(super) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Sets a number.
    pub(super) fn set_int(&mut self, name: &str, value: i64) {
        self.set(name, value);
    }

    /// The policies under which the role's certificates are issued.
    pub(super) fn policies(&self) -> Vec<Policy> {
        let texts = self.list("policy_identifiers");
        texts
            .into_iter()
            .filter_map(|text| role_rules::policy(text).ok().flatten())
            .collect()
    }

    /// The networks whose addresses the role allows; none for all.
    pub(super) fn networks(&self) -> Vec<Network> {
        let texts = self.list("allowed_ip_sans_cidr");
        texts.into_iter().filter_map(Network::parse).collect()
    }

    /// What reading the role shows.
    pub(super) fn view(&self) -> Object {
        self.0.clone()
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    pub(super) fn int(&self, name: &str) -> i64 {
        self.0.get(name).and_then(Value::as_i64).unwrap_or_default()
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn seconds(&self, name: &str) -> Duration {
        Duration::from_secs(self.int(name).max(0).unsigned_abs())
    }

    pub(super) fn list(&self, name: &str) -> Vec<&str> {
        let items = self.0.get(name).and_then(Value::as_array).unwrap_or_default();
        items.iter().filter_map(Value::as_str).collect()
    }
}

fn blank(field: &Field) -> Value {
    match field.kind {
        _ if !field.default.is_null() => field.default.clone(),
        Kind::Boolean => Value::from(false),
        Kind::Integer | Kind::Seconds => Value::from(0),
        Kind::CommaList => Value::Array(Vec::new()),
        _ => Value::from(""),
    }
}

/// A field as the call has it.
fn asked(call: &Call<'_>, field: &Field) -> Value {
    if let Some(policies) = role_rules::policies_in_json(call).filter(|_| field.name == "policy_identifiers") {
        return Value::from(policies);
    }
    match field.kind {
        Kind::Boolean => Value::from(call.flag(field.name)),
        Kind::Integer => Value::from(call.int(field.name)),
        Kind::Seconds => Value::from(call.duration(field.name).as_secs()),
        Kind::CommaList => Value::from(call.list(field.name)),
        _ => Value::from(call.string(field.name)),
    }
}
