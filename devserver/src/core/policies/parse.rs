//! The text of a policy, HCL 1 or JSON, to rules.

use super::capability::{CAPABILITIES, Capabilities, Capability};
use super::rule::{Grant, Policy, Rule};
use crate::duration;
use crate::json::Value;
use coffret_hcl::{Object, ValueKind};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// What may stand in a path's block.
pub(crate) const PATH_KEYS: [&str; 12] = [
    "comment",
    "policy",
    "capabilities",
    "allowed_parameters",
    "denied_parameters",
    "required_parameters",
    "min_wrapping_ttl",
    "max_wrapping_ttl",
    "mfa_methods",
    "pagination_limit",
    "expiration",
    "list_scan_response_keys_filter_path",
];

/// Keys that would change what is allowed in a way this server does not know.
const UNKNOWN_HERE: [&str; 1] = ["list_scan_response_keys_filter_path"];

/// Reads a policy for a namespace.
///
/// # Errors
/// Why the text is no policy.
pub fn parse(namespace: &str, text: &str) -> Result<Policy, String> {
    // An attribute that is set twice is no mistake to the original.
    let document =
        coffret_hcl::read("policy", text.as_bytes()).map_err(|error| super::syntax::said(text, &error.mistake))?;
    for item in &document.root.items {
        if item.name() != "name" && item.name() != "path" {
            // The original knows no line of a block's key.
            let line = if item.assigned { item.span().start.line } else { 0 };
            return Err(invalid_key(item.name(), line));
        }
    }
    let blocks = document.root.blocks("path", 1).map_err(|mistake| mistake.to_string())?;
    let mut policy = Policy {
        text: text.to_owned(),
        namespace: namespace.to_owned(),
        ..Policy::default()
    };
    for block in &blocks {
        let key = block.label(0).unwrap_or_default();
        check_keys(key, block.body)?;
        let grant = grant(key, block.body)?;
        match key.contains("{{") {
            true => policy.templates.push((key.to_owned(), grant)),
            false => policy.rules.push(Rule::new(namespace, key, grant)?),
        }
    }
    Ok(policy)
}

fn invalid_key(name: &str, line: u32) -> String {
    format!("1 error occurred:\n\t* invalid key {name:?} on line {line}\n\n")
}

fn check_keys(key: &str, body: &Object) -> Result<(), String> {
    for item in &body.items {
        if !PATH_KEYS.contains(&item.name()) {
            let text = format!("invalid key {:?} on line {}", item.name(), item.span().start.line);
            return Err(format!("1 error occurred:\n\t* path {key:?}: {text}\n\n"));
        }
        if UNKNOWN_HERE.contains(&item.name()) {
            return Err(format!(
                "path {key:?}: {} is not supported by this development server",
                item.name()
            ));
        }
    }
    Ok(())
}

fn grant(key: &str, body: &Object) -> Result<Grant, String> {
    let min_wrapping_ttl = span(body, "min_wrapping_ttl")?;
    let max_wrapping_ttl = span(body, "max_wrapping_ttl")?;
    if !min_wrapping_ttl.is_zero() && !max_wrapping_ttl.is_zero() && max_wrapping_ttl < min_wrapping_ttl {
        return Err("max_wrapping_ttl cannot be less than min_wrapping_ttl".to_owned());
    }
    Ok(Grant {
        capabilities: capabilities(key, body)?,
        allowed: parameters(body, "allowed_parameters"),
        denied: parameters(body, "denied_parameters"),
        required: texts(key, body, "required_parameters")?,
        min_wrapping_ttl,
        max_wrapping_ttl,
        expires: expiration(key, body)?,
    })
}

/// When the rule ends: a time, or seconds since 1970.
fn expiration(key: &str, body: &Object) -> Result<Option<Timestamp>, String> {
    let Some(value) = body.attribute("expiration") else {
        return Ok(None);
    };
    let end = match &value.kind {
        ValueKind::Number(number) => number.as_i64().and_then(|seconds| Timestamp::from_second(seconds).ok()),
        ValueKind::String(text) if text.is_empty() => return Ok(None),
        ValueKind::String(text) => text.parse().ok(),
        _ => None,
    };
    let wrong = || format!("path {key:?}: invalid expiration time: could not parse string as date and time");
    end.map(Some).ok_or_else(wrong)
}

fn capabilities(key: &str, body: &Object) -> Result<Capabilities, String> {
    let mut names = texts(key, body, "capabilities")?;
    let old: &[&str] = match body.attribute("policy").and_then(|value| value.as_str()) {
        None | Some("") => &[],
        Some("deny") => &["deny"],
        Some("read") => &["read", "list"],
        Some("write") => &["create", "read", "update", "delete", "list"],
        Some("sudo") => &["create", "read", "update", "delete", "list", "sudo"],
        Some(other) => return Err(format!("path {key:?}: invalid policy {other:?}")),
    };
    names.extend(old.iter().map(|name| (*name).to_owned()));
    let mut set = Capabilities::default();
    for name in &names {
        match CAPABILITIES.iter().find(|(known, _)| known == name) {
            Some((_, Capability::Deny)) => return Ok(Capabilities::deny()),
            Some((_, capability)) => set = set.with(*capability),
            None => return Err(format!("path {key:?}: invalid capability {name:?}")),
        }
    }
    Ok(set)
}

/// A list of texts; what is no list is refused, for a rule that is not understood must not be left out in silence.
fn texts(key: &str, body: &Object, name: &str) -> Result<Vec<String>, String> {
    let Some(value) = body.attribute(name) else {
        return Ok(Vec::new());
    };
    let Some(items) = value.as_list() else {
        let place = value.span.start;
        return Err(format!(
            "path {key:?}: At {place}: unknown slice type: *ast.LiteralType"
        ));
    };
    let text = |item: &coffret_hcl::Value| match &item.kind {
        ValueKind::String(text) => Ok(text.clone()),
        ValueKind::Number(number) => Ok(number.text.clone()),
        _ => Err(format!(
            "path {key:?}: At {}: {name:?} holds something that is no text",
            item.span.start
        )),
    };
    items.iter().map(text).collect()
}

fn span(body: &Object, name: &str) -> Result<Duration, String> {
    let Some(value) = body.attribute(name) else {
        return Ok(Duration::ZERO);
    };
    let seconds = match &value.kind {
        ValueKind::Number(number) => duration::parse(&number.text),
        ValueKind::String(text) => duration::parse(text),
        other => Err(format!("expected a span of time, found {}", other.name())),
    };
    let seconds = seconds.map_err(|text| format!("error parsing {name}: {text}"))?;
    Ok(Duration::from_secs(seconds.max(0).unsigned_abs()))
}

/// `allowed_parameters { key = [values] }`, as block or as attribute.
fn parameters(body: &Object, name: &str) -> BTreeMap<String, Vec<Value>> {
    let objects = body.named(name).filter_map(|item| item.value.as_object());
    objects
        .flat_map(|object| &object.items)
        .map(|item| {
            let values = item.value.as_list().unwrap_or_default();
            (item.name().to_lowercase(), values.iter().map(json).collect())
        })
        .collect()
}

fn json(value: &coffret_hcl::Value) -> Value {
    match &value.kind {
        ValueKind::Null => Value::Null,
        ValueKind::Bool(flag) => Value::Bool(*flag),
        ValueKind::Number(number) => number
            .as_i64()
            .map_or_else(|| Value::from(number.text.as_str()), Value::from),
        ValueKind::String(text) => Value::from(text),
        ValueKind::List(items) => Value::Array(items.iter().map(json).collect()),
        ValueKind::Object(object) => Value::Object(
            object
                .items
                .iter()
                .map(|item| (item.name().to_owned(), json(&item.value)))
                .collect(),
        ),
    }
}
