//! What a role must be like to be kept.

use super::moment;
use super::network::Network;
use super::request::other_name;
use super::role::Role;
use crate::engine::Call;
use crate::engines::x509::{ObjectIdentifier, Policy, oid};
use crate::json::{self, SyntaxError, Value};
use crate::logical::Error;

/// Refuses a role that contradicts itself, and fills in what its other members imply.
pub(super) fn check(role: &mut Role, call: &Call<'_>) -> Result<(), Error> {
    check_names(role)?;
    check_bounds(role, call)?;
    let (ttl, max) = (role.seconds("ttl"), role.seconds("max_ttl"));
    if !max.is_zero() && ttl > max {
        return Err(Error::response("\"ttl\" value must be less than \"max_ttl\" value"));
    }
    let bits = (role.int("key_bits"), role.int("signature_bits"));
    let (key_bits, signature_bits) = settle(role.text("key_type"), bits.0, bits.1)?;
    role.set("key_bits", key_bits);
    role.set("signature_bits", signature_bits);
    let usages = role.list("ext_key_usage_oids");
    if let Some(wrong) = usages.iter().find(|text| no_number(text).is_some()) {
        return Err(Error::response(format!(
            "{wrong:?} could not be parsed as a valid oid for an extended key usage"
        )));
    }
    for text in role.list("policy_identifiers") {
        policy(text).map_err(Error::internal)?;
    }
    if role.text("issuer_ref").is_empty() {
        role.set("issuer_ref", "default");
    }
    let kinds = common_name_kinds(&role.list("cn_validations")).map_err(Error::internal)?;
    role.set("cn_validations", kinds);
    Ok(())
}

/// Other names and networks.
fn check_names(role: &mut Role) -> Result<(), Error> {
    let others = role.list("allowed_other_sans");
    for rule in others.iter().filter(|_| others != ["*"]) {
        other_name(rule).map_err(|why| Error::response(format!("error parsing allowed_other_sans: {why}")))?;
    }
    let mut networks = Vec::new();
    for text in role.list("allowed_ip_sans_cidr") {
        let wrong = || {
            Error::response(format!(
                "error parsing allowed_ip_sans_cidr: invalid CIDR address: {text}"
            ))
        };
        networks.push(Network::parse(text).ok_or_else(wrong)?.to_string());
    }
    role.set("allowed_ip_sans_cidr", networks);
    Ok(())
}

fn check_bounds(role: &Role, call: &Call<'_>) -> Result<(), Error> {
    let end = role.text("not_after_bound");
    if call.has("not_after_bound") && !["permit", "forbid", "ttl-limited"].contains(&end) && moment::parse(end).is_err()
    {
        return Err(Error::response(
            "Unknown value for field `not_after_bound`. Possible values are `permit`, `ttl-limited`, `forbid`, or an \
             explicit timestamp.",
        ));
    }
    let start = role.text("not_before_bound");
    if call.has("not_before_bound") && !["permit", "forbid", "duration"].contains(&start) {
        return Err(Error::response(
            "Unknown value for field `not_before_bound`. Possible values are `permit` `duration` or `forbid`",
        ));
    }
    Ok(())
}

/// Which kinds of common names are allowed; none are all.
fn common_name_kinds(asked: &[&str]) -> Result<Vec<&'static str>, String> {
    let mut kinds = Vec::new();
    for text in asked {
        let kind = match text.to_lowercase().as_str() {
            "disabled" if asked.len() > 1 => {
                return Err(
                    "cn_validations value incorrect: cannot specify `disabled` along with `email` or `hostname`"
                        .to_owned(),
                );
            }
            "disabled" => "disabled",
            "email" => "email",
            "hostname" => "hostname",
            _ => return Err(format!("cn_validations value incorrect: unknown type: `{text}`")),
        };
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    Ok(if kinds.is_empty() {
        vec!["email", "hostname"]
    } else {
        kinds
    })
}

/// A policy (none where it is empty or its object identifier cannot be written, though the original takes both): an object identifier, or an object with one, a `notice` and a `cps` address.
///
/// # Errors
/// What is wrong with it.
pub(super) fn policy(text: &str) -> Result<Option<Policy>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let Some(part) = no_number(text) else {
        let id = identifier(text)?;
        return Ok(id.map(|id| Policy {
            id,
            cps: String::new(),
            notice: String::new(),
        }));
    };
    let neither = |json: String| {
        format!(
            "policy identifier {text:?} is neither a valid OID: strconv.Atoi: parsing {part:?}: invalid syntax, Nor JSON \
             Policy Identifier: {json}"
        )
    };
    let read = json::parse(text.as_bytes()).map_err(|error| match error {
        SyntaxError::Truncated | SyntaxError::Empty => neither("unexpected end of JSON input".to_owned()),
        other => neither(other.to_string()),
    })?;
    let member = |name: &str| read.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let id = member("oid");
    if let Some(part) = no_number(&id) {
        return Err(format!("strconv.Atoi: parsing {part:?}: invalid syntax"));
    }
    Ok(identifier(&id)?.map(|id| Policy {
        id,
        cps: member("cps"),
        notice: member("notice"),
    }))
}

/// The first part of an object identifier that is no number.
fn no_number(text: &str) -> Option<&str> {
    text.split('.').find(|part| part.parse::<i64>().is_err())
}

/// The object identifier that numbers make; none for one that cannot be written, though the original takes it.
fn identifier(text: &str) -> Result<Option<ObjectIdentifier>, String> {
    let parts: Vec<i64> = text.split('.').filter_map(|part| part.parse().ok()).collect();
    match parts.as_slice() {
        [first, second, ..] if *first < 2 && *second < 40 || *first == 2 => Ok(oid(text)),
        _ => Err("asn1: structure error: invalid object identifier".to_owned()),
    }
}

/// Policies that were sent as one text, a JSON array of objects; each as a text of its own.
pub(super) fn policies_in_json(call: &Call<'_>) -> Option<Vec<String>> {
    let text = call.raw("policy_identifiers")?.as_str()?;
    let read = json::parse(text.as_bytes()).ok()?;
    if read.is_null() {
        return Some(Vec::new());
    }
    let compact = |entry: &Value| {
        entry.as_object()?;
        let members = ["oid", "cps", "notice"].into_iter().filter_map(|name| {
            let value = entry.get(name)?.as_str().filter(|value| !value.is_empty())?;
            Some(format!("{}:{}", Value::from(name), Value::from(value)))
        });
        Some(format!("{{{}}}", members.collect::<Vec<_>>().join(",")))
    };
    read.as_array()?.iter().map(compact).collect()
}

/// Sizes of keys and digests for a type of key, with the defaults in the place of zeros.
pub(super) fn settle(kind: &str, bits: i64, signature_bits: i64) -> Result<(i64, i64), Error> {
    let bits = match (kind, bits) {
        ("rsa", 0) => 2048,
        ("ec", 0) => 256,
        _ => bits,
    };
    match (kind, bits) {
        ("any" | "ed25519", _) => return Ok((bits, 0)),
        ("ec", 224 | 256 | 384 | 521) => return Ok((bits, signature_bits)),
        ("ec", _) => return Err(Error::response(format!("unsupported bit length for EC key: {bits}"))),
        ("rsa", ..2048) => {
            return Err(Error::response(format!(
                "RSA keys < 2048 bits are unsafe and not supported: got {bits}"
            )));
        }
        ("rsa", 2048 | 3072 | 4096 | 8192) => {}
        ("rsa", _) => return Err(Error::response(format!("unsupported bit length for RSA key: {bits}"))),
        _ => return Err(Error::response(format!("unknown key type {kind}"))),
    }
    match signature_bits {
        0 => Ok((bits, 256)),
        256 | 384 | 512 => Ok((bits, signature_bits)),
        other => Err(Error::response(format!(
            "unsupported hash signature algorithm: {other}"
        ))),
    }
}
