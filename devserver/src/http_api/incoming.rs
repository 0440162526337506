//! A request as HTTP brings it, and what it means.

use super::query;
use crate::core::Answer;
use crate::duration;
use crate::json::{self, Object, SyntaxError, Value};
use crate::logical::{Client, Operation, Request};
use crate::random;
use bytes::Bytes;
use http::HeaderMap;
use std::time::Duration;

/// The parts of an HTTP request.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    pub(crate) method: String,
    /// Path of the URL, still encoded.
    pub(crate) path: String,
    /// Query of the URL, still encoded.
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) client: Client,
}

/// What a request means.
pub(crate) enum Meaning {
    /// Something for the core.
    Logical(Box<Request>),
    /// Something answered by method and path alone, if the core knows the path.
    Status {
        path: String,
        query: Object,
        body: Object,
        token: String,
    },
    /// Wrong already.
    Refused(Answer),
    /// Not even a request, as Go's server sees it: refused with this text and none of the usual headers.
    Malformed(&'static str),
    /// To be asked at this path instead.
    Moved(String),
}

fn refused(status: u16, text: &str) -> Meaning {
    let errors = if text.is_empty() {
        Vec::new()
    } else {
        vec![text.to_owned()]
    };
    Meaning::Refused(Answer::Refused {
        status,
        errors,
        data: None,
    })
}

/// Paths that are answered without the core's usual way, and not in namespaces.
const STATUS: [&str; 7] = [
    "sys/health",
    "sys/seal-status",
    "sys/leader",
    "sys/init",
    "sys/unseal",
    "sys/seal",
    "sys/step-down",
];

impl Incoming {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The token: its own header, or a bearer token.
    pub(crate) fn token(&self) -> &str {
        match self.header("x-vault-token") {
            "" => self
                .header("authorization")
                .strip_prefix("Bearer ")
                .unwrap_or_default()
                .trim(),
            token => token,
        }
    }
}

/// Finds out what a request means.
pub(crate) fn understand(incoming: &Incoming) -> Meaning {
    if !query::well_encoded(&incoming.path) {
        return Meaning::Malformed("400 Bad Request");
    }
    // Segments are told apart before anything is decoded: an encoded `..` is no way up.
    if let Some(clean) = cleaned(&incoming.path) {
        return Meaning::Moved(clean);
    }
    let decoded = query::decode(&incoming.path, false);
    if decoded.chars().any(char::is_control) {
        return Meaning::Malformed("");
    }
    let Some(path) = decoded.strip_prefix("/v1/") else {
        let help = query::pairs(&incoming.query)
            .iter()
            .any(|(key, value)| key == "help" && !value.is_empty());
        return match help {
            true => refused(
                404,
                "Missing /v1/ prefix in path. Use the bao path-help command to retrieve API help for paths",
            ),
            false => refused(404, ""),
        };
    };
    let pairs = query::pairs(&incoming.query);
    let wants_help = incoming.method == "HELP" || pairs.iter().any(|(key, value)| key == "help" && !value.is_empty());
    if STATUS.contains(&path) && !wants_help {
        if !incoming.header("x-vault-namespace").trim().is_empty() {
            return refused(400, "operation unavailable in namespaces");
        }
        return match body_of_status(incoming, path) {
            Ok(body) => Meaning::Status {
                path: path.to_owned(),
                query: query::object(&pairs),
                body,
                token: incoming.token().to_owned(),
            },
            Err(meaning) => meaning,
        };
    }
    let namespace = match incoming.header("x-vault-namespace").trim().trim_matches('/') {
        "" | "root" => String::new(),
        text => format!("{text}/"),
    };
    if let Err(text) = check_mfa(incoming.header("x-vault-mfa")) {
        return refused(400, &format!("failed to parse X-Vault-MFA header: {text}"));
    }
    let (operation, data) = match wants_help {
        true => (Operation::Help, Object::new()),
        false => match operation(incoming, pairs) {
            Ok(found) => found,
            Err(meaning) => return meaning,
        },
    };
    logical(incoming, path, namespace, operation, data)
}

/// The body of a write to one of [`STATUS`], whose members have one type each; all else of them has none.
fn body_of_status(incoming: &Incoming, path: &str) -> Result<Object, Meaning> {
    let (name, members): (&str, &[(&str, &str, &str)]) = match path {
        "sys/unseal" => (
            "UnsealRequest",
            &[
                ("key", "Key", "string"),
                ("reset", "Reset", "bool"),
                ("migrate", "Migrate", "bool"),
            ],
        ),
        "sys/init" => (
            "InitRequest",
            &[
                ("secret_shares", "secret_shares", "int"),
                ("secret_threshold", "secret_threshold", "int"),
                ("stored_shares", "stored_shares", "int"),
                ("pgp_keys", "pgp_keys", "[]string"),
                ("recovery_shares", "recovery_shares", "int"),
                ("recovery_threshold", "recovery_threshold", "int"),
                ("recovery_pgp_keys", "recovery_pgp_keys", "[]string"),
                ("root_token_pgp_key", "root_token_pgp_key", "string"),
            ],
        ),
        _ => return Ok(Object::new()),
    };
    if !matches!(incoming.method.as_str(), "PUT" | "POST") {
        return Ok(Object::new());
    }
    let body = json_body(&incoming.body, &format!("http.{name}"))?;
    for (member, shown, kind) in members {
        let Some(value) = body.get(*member).filter(|value| !value.is_null()) else {
            continue;
        };
        let found = json_kind(value);
        let right = match *kind {
            "int" => "number",
            "[]string" => "array",
            same => same,
        };
        if found != right {
            let text = format!("json: cannot unmarshal {found} into Go struct field {name}.{shown} of type {kind}");
            return Err(refused(400, &format!("failed to decode JSON input: {text}")));
        }
    }
    Ok(body)
}

/// Refuses an `X-Vault-MFA` header (`METHOD[:VALUE]`) that names nothing, or a value that is empty.
fn check_mfa(header: &str) -> Result<(), String> {
    let missing = |what: &str| format!("invalid data in header \"X-Vault-MFA\"; missing {what}");
    match header.split_once(':') {
        Some(("", _)) => Err(missing("method name or ID")),
        Some((_, "")) => Err(missing("method value")),
        _ => Ok(()),
    }
}

/// The path without empty, `.` and `..` segments, if it has any; the original redirects to it.
fn cleaned(path: &str) -> Option<String> {
    if path == "/v1/sys" {
        return Some("/v1/sys/".to_owned());
    }
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    let mut clean = format!("/{}", segments.join("/"));
    if path.ends_with('/') && clean != "/" {
        clean.push('/');
    }
    (clean != path).then_some(clean)
}

fn logical(incoming: &Incoming, path: &str, namespace: String, operation: Operation, data: Object) -> Meaning {
    let wrap_ttl = match wrap_ttl(incoming.header("x-vault-wrap-ttl")) {
        Ok(ttl) => ttl,
        Err(text) => return refused(400, &format!("error parsing X-Vault-Wrap-TTL header: {text}")),
    };
    let mut path = path.to_owned();
    if matches!(operation, Operation::List | Operation::Scan) && !path.ends_with('/') {
        path.push('/');
    }
    Meaning::Logical(Box::new(Request {
        id: random::uuid(),
        operation,
        path,
        data,
        headers: incoming.headers.clone(),
        body: incoming.body.clone(),
        namespace,
        token: None,
        client_token: incoming.token().to_owned(),
        wrap_ttl,
        client: incoming.client.clone(),
        outbound: Vec::new(),
        strict: false,
    }))
}

fn wrap_ttl(text: &str) -> Result<Option<Duration>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    match duration::parse(text)? {
        ..0 => Err("requested wrap ttl cannot be negative".to_owned()),
        0 => Ok(None),
        seconds => Ok(Some(Duration::from_secs(seconds.unsigned_abs()))),
    }
}

fn operation(incoming: &Incoming, pairs: Vec<(String, String)>) -> Result<(Operation, Object), Meaning> {
    let found = match incoming.method.as_str() {
        "GET" => return read(pairs),
        "LIST" => (Operation::List, query::object(&pairs)),
        "SCAN" => (Operation::Scan, query::object(&pairs)),
        "HEAD" => (Operation::Header, query::object(&pairs)),
        "DELETE" => (Operation::Delete, query::object(&pairs)),
        "PUT" | "POST" => (Operation::Update, written(incoming)?),
        "PATCH" => (Operation::Patch, patched(incoming)?),
        "OPTIONS" => return Err(refused(400, "cannot handle internal-only request operation")),
        _ => return Err(refused(405, "")),
    };
    Ok(found)
}

/// A read, or by `list=true` or `scan=true` a list.
fn read(mut pairs: Vec<(String, String)>) -> Result<(Operation, Object), Meaning> {
    let mut switch = |name: &str| -> Result<bool, Meaning> {
        let text = pairs
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, text)| text.clone())
            .unwrap_or_default();
        let on = match text.as_str() {
            "1" | "t" | "T" | "TRUE" | "true" | "True" => true,
            "" | "0" | "f" | "F" | "FALSE" | "false" | "False" => false,
            _ => return Err(refused(400, "")),
        };
        if on {
            pairs.retain(|(key, _)| key != name);
        }
        Ok(on)
    };
    let operation = match (switch("list")?, switch("scan")?) {
        (true, true) => return Err(refused(400, "")),
        (true, false) => Operation::List,
        (false, true) => Operation::Scan,
        (false, false) => Operation::Read,
    };
    Ok((operation, query::object(&pairs)))
}

fn media_type(incoming: &Incoming) -> String {
    incoming
        .header("content-type")
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_lowercase()
}

fn written(incoming: &Incoming) -> Result<Object, Meaning> {
    let first = incoming.body.iter().find(|byte| !byte.is_ascii_whitespace());
    let media = media_type(incoming);
    if media == "application/ocsp-request" {
        return Ok(Object::new());
    }
    if media == "application/x-www-form-urlencoded" && !matches!(first, Some(b'{' | b'[')) {
        return Ok(query::form(&String::from_utf8_lossy(&incoming.body)));
    }
    json_body(&incoming.body, OBJECT)
}

fn patched(incoming: &Incoming) -> Result<Object, Meaning> {
    let media = media_type(incoming);
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

/// What most bodies must be, in Go's words.
const OBJECT: &str = "map[string]interface {}";

/// So many texts, names of members among them, a body may have.
const MOST_TEXTS: usize = 1000;

/// What a value is, in the words of Go's JSON.
fn json_kind(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "array",
        Value::Object(_) => "object",
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::Null => "null",
    }
}

/// Texts in a value, names of members among them.
fn count_texts(value: &Value) -> usize {
    match value {
        Value::String(_) => 1,
        Value::Array(items) => items.iter().map(count_texts).sum(),
        Value::Object(members) => members.values().map(|member| 1 + count_texts(member)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

/// The object of a JSON body, where `wanted` is what it is decoded into; no body is no members.
fn json_body(body: &[u8], wanted: &str) -> Result<Object, Meaning> {
    let value = match json::parse(body) {
        Ok(value) => value,
        Err(SyntaxError::Empty) => return Ok(Object::new()),
        Err(error) => return Err(refused(400, &format!("failed to decode JSON input: {error}"))),
    };
    if count_texts(&value) > MOST_TEXTS {
        let text = "refused JSON input due to high complexity: exceeded maximum number of strings";
        return Err(refused(400, text));
    }
    match value {
        Value::Object(members) => Ok(members),
        Value::Null => Ok(Object::new()),
        other => {
            let text = format!(
                "json: cannot unmarshal {} into Go value of type {wanted}",
                json_kind(&other)
            );
            Err(refused(400, &format!("failed to decode JSON input: {text}")))
        }
    }
}
