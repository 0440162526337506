//! Roles: which certificates may be issued. A role is kept as the object that reading it shows; the table of fields below
//! is the only place that names them.

use crate::engine::{Call, Field, Kind, boolean, comma_list, integer, seconds, text};
use crate::json::{Object, Value};
use crate::logical::Error;
use std::time::Duration;

/// A role.
#[derive(Clone, Debug)]
pub(super) struct Role(Object);

/// Flags that are off by default.
const OFF: [&str; 14] = [
    "allow_any_name",
    "allow_bare_domains",
    "allow_glob_domains",
    "allow_globs_in_identity_templates",
    "allow_subdomains",
    "allow_token_displayname",
    "allowed_domains_template",
    "allowed_uri_sans_template",
    "basic_constraints_valid_for_non_ca",
    "code_signing_flag",
    "email_protection_flag",
    "generate_lease",
    "no_store",
    "use_pss",
];
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
        let shown = fields().into_iter().map(|field| {
            let value = match field.kind {
                Kind::Boolean => Value::from(call.flag(field.name)),
                Kind::Integer => Value::from(call.int(field.name)),
                Kind::Seconds => Value::from(call.duration(field.name).as_secs()),
                Kind::CommaList => Value::from(call.list(field.name)),
                _ => Value::from(call.string(field.name)),
            };
            (field.name.to_owned(), value)
        });
        let mut role = Self(shown.collect());
        role.settle_key()?;
        let (ttl, max) = (role.seconds("ttl"), role.seconds("max_ttl"));
        if !max.is_zero() && ttl > max {
            return Err(Error::response("\"ttl\" value must be less than \"max_ttl\" value"));
        }
        Ok(role)
    }

    /// The role with the fields that a call names changed.
    pub(super) fn patched(&self, call: &Call<'_>) -> Result<Self, Error> {
        let asked = Self::from_call(call)?;
        let mut role = self.clone();
        for field in fields().iter().filter(|field| call.has(field.name)) {
            if let Some(value) = asked.0.get(field.name) {
                role.0.insert(field.name.to_owned(), value.clone());
            }
        }
        role.settle_key()?;
        Ok(role)
    }

    /// A role that allows everything, for signing a request as it is. Lifetimes and the issuer come from `base`.
    pub(super) fn verbatim(base: Option<&Self>) -> Self {
        let mut role = Self(
            fields()
                .into_iter()
                .map(|field| (field.name.to_owned(), blank(&field)))
                .collect(),
        );
        for name in ["allow_any_name", "allow_ip_sans", "use_csr_common_name", "use_csr_sans"] {
            role.0.insert(name.to_owned(), Value::from(true));
        }
        for name in ["enforce_hostnames", "require_cn", "client_flag", "server_flag"] {
            role.0.insert(name.to_owned(), Value::from(false));
        }
        for name in ["allowed_uri_sans", "allowed_other_sans", "allowed_serial_numbers"] {
            role.0.insert(name.to_owned(), Value::from(vec!["*"]));
        }
        role.0.insert("key_type".to_owned(), Value::from("any"));
        role.0.insert("ext_key_usage".to_owned(), Value::Array(Vec::new()));
        let kept = [
            "ttl",
            "max_ttl",
            "issuer_ref",
            "generate_lease",
            "no_store",
            "not_before_duration",
        ];
        for name in kept {
            if let Some(value) = base.and_then(|base| base.0.get(name)) {
                role.0.insert(name.to_owned(), value.clone());
            }
        }
        role
    }

    /// The role with the usages that a call names.
    pub(super) fn with_usages(mut self, call: &Call<'_>) -> Self {
        for name in ["key_usage", "ext_key_usage", "ext_key_usage_oids"] {
            self.0.insert(name.to_owned(), Value::from(call.list(name)));
        }
        self
    }

    /// A role for authorities: any name, the call's subject.
    pub(super) fn authority(call: &Call<'_>) -> Self {
        let mut role = Self::verbatim(None);
        for name in SUBJECT {
            role.0.insert(name.to_owned(), Value::from(call.list(name)));
        }
        let from_request = call.raw("use_csr_values").and_then(Value::as_bool).unwrap_or_default();
        for name in ["use_csr_common_name", "use_csr_sans"] {
            role.0.insert(name.to_owned(), Value::from(from_request));
        }
        role
    }

    /// Checks the key's type and fills in its size.
    fn settle_key(&mut self) -> Result<(), Error> {
        let bits = self.int("key_bits");
        let (key_bits, signature_bits) = settle(self.text("key_type"), bits, self.int("signature_bits"))?;
        self.0.insert("key_bits".to_owned(), Value::from(key_bits));
        self.0.insert("signature_bits".to_owned(), Value::from(signature_bits));
        Ok(())
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

/// Sizes of keys and digests for a type of key, with the defaults in the place of zeros.
pub(super) fn settle(kind: &str, bits: i64, signature_bits: i64) -> Result<(i64, i64), Error> {
    let signature_bits_ok = matches!(signature_bits, 0 | 256 | 384 | 512);
    if !signature_bits_ok {
        return Err(Error::response(format!(
            "unsupported signature_bits value: {signature_bits}"
        )));
    }
    match (kind, bits) {
        ("any" | "ed25519", _) => Ok((0, 0)),
        ("rsa", 0) => Ok((2048, signature_bits.max(256))),
        ("rsa", 2048 | 3072 | 4096 | 8192) => Ok((bits, signature_bits.max(256))),
        ("rsa", ..2048) => Err(Error::response(format!(
            "RSA keys < 2048 bits are unsafe and not supported: got {bits}"
        ))),
        ("rsa", _) => Err(Error::response(format!("unsupported bit length for RSA key: {bits}"))),
        ("ec", 0) => Ok((256, 0)),
        ("ec", 224 | 256 | 384 | 521) => Ok((bits, 0)),
        ("ec", _) => Err(Error::response(format!("unsupported bit length for EC key: {bits}"))),
        _ => Err(Error::response(format!("unknown key type {kind}"))),
    }
}
