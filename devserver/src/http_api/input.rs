//! Bodies as the API decodes them: JSON, forms, merge patches.

use super::incoming::Incoming;
use super::meaning::{Meaning, refused};
use super::query;
use crate::json::{self, Limits, Object, SyntaxError, Value};

/// What most bodies must be, in Go's words.
const OBJECT: &str = "map[string]interface {}";

/// The original's limits of a body: so many texts, names of members among them, and so much memory by its estimate.
const LIMITS: Limits = Limits {
    texts: 1000,
    memory: 32 * 1024 * 1024 + 512 * 1024,
};

/// The members that a `POST` or `PUT` sends.
pub(super) fn written(incoming: &Incoming) -> Result<Object, Meaning> {
    let first = incoming.body.iter().find(|byte| !byte.is_ascii_whitespace());
    let media = incoming.media_type();
    if media == "application/ocsp-request" {
        return Ok(Object::new());
    }
    if media == "application/x-www-form-urlencoded" && !matches!(first, Some(b'{' | b'[')) {
        return query::form(&String::from_utf8_lossy(&incoming.body))
            .ok_or_else(|| refused(400, "error parsing form data"));
    }
    json_body(&incoming.body, OBJECT)
}

/// The members that a `PATCH` sends.
pub(super) fn patched(incoming: &Incoming) -> Result<Object, Meaning> {
    let media = incoming.media_type();
    let token = |text: &str| {
        let special = |letter: char| letter.is_whitespace() || "()<>@,;:\\\"/[]?=".contains(letter);
        !text.is_empty() && !text.contains(special)
    };
    let wrong = match media.split_once('/') {
        None if token(&media) => None,
        Some((kind, _)) if !token(kind) => Some("mime: no media type"),
        None => Some("mime: no media type"),
        Some((_, rest)) if !token(rest) => Some("mime: expected token after slash"),
        Some(_) => None,
    };
    if let Some(text) = wrong {
        return Err(refused(400, text));
    }
    if media != "application/merge-patch+json" {
        let text = format!("PATCH requires Content-Type of application/merge-patch+json, provided {media}");
        return Err(refused(415, &text));
    }
    json_body(&incoming.body, OBJECT)
}

/// What a value is, in the words of Go's JSON.
fn json_kind(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "array",
        // Only what is inside of something else is too deep.
        Value::Object(_) | Value::Deep(_) => "object",
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::Null => "null",
    }
}

/// The object of a JSON body, where `wanted` is what it is decoded into; no body is no members.
fn json_body(body: &[u8], wanted: &str) -> Result<Object, Meaning> {
    let undecodable = |text: String| refused(400, &format!("failed to decode JSON input: {text}"));
    match json::parse_limited(body, LIMITS) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(Value::Null) | Err(SyntaxError::Empty) => Ok(Object::new()),
        Ok(other) => Err(undecodable(format!(
            "json: cannot unmarshal {} into Go value of type {wanted}",
            json_kind(&other)
        ))),
        Err(error @ SyntaxError::Complex(_)) => Err(refused(
            400,
            &format!("refused JSON input due to high complexity: {error}"),
        )),
        Err(error) => Err(undecodable(error.to_string())),
    }
}

/// A member of a body with a type of its own: its name, Go's name of its field, and its Go type.
type Member = (&'static str, &'static str, &'static str);

const UNSEAL: [Member; 3] = [
    ("key", "Key", "string"),
    ("reset", "Reset", "bool"),
    ("migrate", "Migrate", "bool"),
];

const INIT: [Member; 8] = [
    ("secret_shares", "secret_shares", "int"),
    ("secret_threshold", "secret_threshold", "int"),
    ("stored_shares", "stored_shares", "int"),
    ("pgp_keys", "pgp_keys", "[]string"),
    ("recovery_shares", "recovery_shares", "int"),
    ("recovery_threshold", "recovery_threshold", "int"),
    ("recovery_pgp_keys", "recovery_pgp_keys", "[]string"),
    ("root_token_pgp_key", "root_token_pgp_key", "string"),
];

/// The body of a write to a path below `sys/` that is answered without the core's usual way; only two of them have one,
/// whose members have one type each.
pub(super) fn body_of_status(incoming: &Incoming, path: &str) -> Result<Object, Meaning> {
    let (name, members): (&str, &[Member]) = match path {
        "sys/unseal" => ("UnsealRequest", &UNSEAL),
        "sys/init" => ("InitRequest", &INIT),
        _ => return Ok(Object::new()),
    };
    if !matches!(incoming.method.as_str(), "PUT" | "POST") {
        return Ok(Object::new());
    }
    let body = json_body(&incoming.body, &format!("http.{name}"))?;
    for (member, shown, kind) in members {
        let right = match *kind {
            "int" => "number",
            "[]string" => "array",
            same => same,
        };
        let wrong = body
            .get(*member)
            .map(json_kind)
            .filter(|found| !["null", right].contains(found));
        if let Some(found) = wrong {
            let text = format!("json: cannot unmarshal {found} into Go struct field {name}.{shown} of type {kind}");
            return Err(refused(400, &format!("failed to decode JSON input: {text}")));
        }
    }
    Ok(body)
}
