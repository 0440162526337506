//! What a request asks of the core: operation, data, wrapping, namespace.

use super::incoming::Incoming;
use super::input::{patched, written};
use super::meaning::{Meaning, refused};
use super::query;
use crate::duration;
use crate::json::Object;
use crate::logical::{Operation, Request};
use crate::random;
use std::time::Duration;

/// The request for the core: `path` is the decoded one behind `/v1/`.
///
/// # Errors
/// The answer to a body, a query or a header that cannot be read.
pub(super) fn asked(incoming: &Incoming, path: &str) -> Result<Request, Meaning> {
    let (operation, data) = operation(incoming, path)?;
    let wrap_ttl = wrap_ttl(incoming.header("x-vault-wrap-ttl"))
        .map_err(|text| refused(400, &format!("error parsing X-Vault-Wrap-TTL header: {text}")))?;
    check_mfa(incoming.header("x-vault-mfa"))
        .map_err(|text| refused(400, &format!("failed to parse X-Vault-MFA header: {text}")))?;
    Ok(Request {
        wrap_ttl,
        ..request(incoming, path, operation, data)
    })
}

/// A question for help, which has neither data nor wrapping.
pub(super) fn help(incoming: &Incoming, path: &str) -> Request {
    request(incoming, path, Operation::Help, Object::new())
}

fn request(incoming: &Incoming, path: &str, operation: Operation, data: Object) -> Request {
    let mut path = path.to_owned();
    if matches!(operation, Operation::List | Operation::Scan) && !path.ends_with('/') {
        path.push('/');
    }
    Request {
        id: random::uuid(),
        operation,
        path,
        data,
        headers: incoming.headers.clone(),
        body: incoming.body.clone(),
        namespace: match incoming.header("x-vault-namespace").trim().trim_matches('/') {
            "" | "root" => String::new(),
            text => format!("{text}/"),
        },
        token: None,
        client_token: incoming.token().to_owned(),
        wrap_ttl: None,
        client: incoming.client.clone(),
        outbound: Vec::new(),
        strict: false,
    }
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

/// Refuses an `X-Vault-MFA` header (`METHOD[:VALUE]`) that names nothing, or a value that is empty.
fn check_mfa(header: &str) -> Result<(), String> {
    let missing = |what: &str| format!("invalid data in header \"X-Vault-MFA\"; missing {what}");
    match header.split_once(':') {
        Some(("", _)) => Err(missing("method name or ID")),
        Some((_, "")) => Err(missing("method value")),
        _ => Ok(()),
    }
}

fn operation(incoming: &Incoming, path: &str) -> Result<(Operation, Object), Meaning> {
    let pairs = query::pairs(&incoming.query);
    let found = match incoming.method.as_str() {
        "GET" => return read(pairs),
        "LIST" => (Operation::List, query::object(&pairs)),
        "SCAN" => (Operation::Scan, query::object(&pairs)),
        "HEAD" => (Operation::Header, query::object(&pairs)),
        "DELETE" => (Operation::Delete, query::object(&pairs)),
        "PUT" | "POST" => (Operation::Update, written(incoming)?),
        "PATCH" => (Operation::Patch, patched(incoming)?),
        "OPTIONS" => {
            let text = match Request::is_relative(path) {
                true => "relative paths not supported",
                false => "cannot handle internal-only request operation",
            };
            return Err(refused(400, text));
        }
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
