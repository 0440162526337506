//! What a call to `tune` changes of a mount.

use super::lockout::apply_lockout;
use super::version::full_version;
use crate::duration;
use crate::engine::{Call, MountInfo, Tune};
use crate::json::{Object, Value};
use crate::logical::Error;
use std::collections::BTreeMap;
use std::time::Duration;

/// A lifetime as sent; `Some(None)` sets it back to the server's, `None` leaves it.
pub(super) fn lifetime(config: &Object, name: &str) -> Result<Option<Option<Duration>>, String> {
    match config.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) if text == "system" => Ok(Some(None)),
        Some(value) => {
            let seconds = duration::from_json(value)?;
            Ok(Some(
                (seconds != 0).then(|| Duration::from_secs(seconds.max(0).unsigned_abs())),
            ))
        }
    }
}

pub(super) fn check_visibility(text: Option<&str>) -> Result<(), Error> {
    match text {
        None | Some("" | "hidden" | "unauth") => Ok(()),
        Some(other) => Err(Error::response(format!("invalid listing_visibility {other}"))),
    }
}

pub(super) fn check_token_type(text: Option<&str>) -> Result<(), Error> {
    match text {
        None | Some("" | "service" | "batch" | "default-service" | "default-batch") => Ok(()),
        Some(_) => Err(Error::response("invalid value for 'token_type'")),
    }
}

/// Sets the lifetimes that were sent, if they go together.
fn apply_lifetimes(tune: &mut Tune, call: &Call<'_>) -> Result<(), Error> {
    let sent = |name| match call.has(name) {
        true => {
            let asked = Object::from([(String::from(name), Value::from(call.string(name)))]);
            lifetime(&asked, name).map_err(Error::response)
        }
        false => Ok(None),
    };
    let (default, max) = (sent("default_lease_ttl")?, sent("max_lease_ttl")?);
    if default.is_none() && max.is_none() {
        return Ok(());
    }
    let default = default.unwrap_or(tune.default_lease_ttl);
    let max = max.unwrap_or(tune.max_lease_ttl);
    if let (Some(default), Some(max)) = (default, max)
        && max < default
    {
        return Err(Error::response(format!(
            "backend max lease TTL of {} would be less than backend default lease TTL of {}",
            max.as_secs(),
            default.as_secs()
        )));
    }
    (tune.default_lease_ttl, tune.max_lease_ttl) = (default, max);
    Ok(())
}

fn apply_token_type(info: &mut MountInfo, call: &Call<'_>) -> Result<(), Error> {
    let Some(kind) = call.maybe_string("token_type") else {
        return Ok(());
    };
    if !info.path.starts_with("auth/") {
        return Err(Error::response("'token_type' can only be modified on auth mounts"));
    }
    if info.kind == "token" {
        return Err(Error::response(
            "'token_type' cannot be set for 'token' or 'ns_token' auth mounts",
        ));
    }
    check_token_type(Some(&kind))?;
    info.tune.token_type = Some(kind).filter(|kind| !kind.is_empty());
    Ok(())
}

fn apply_texts(info: &mut MountInfo, call: &Call<'_>) -> Result<(), Error> {
    if let Some(description) = call.maybe_string("description") {
        info.description = description;
    }
    if let Some(asked) = call.maybe_string("plugin_version") {
        let Some(version) = full_version(&asked) else {
            return Err(Error::response(format!(
                "version {asked:?} is not a valid semantic version: malformed version: {asked}"
            )));
        };
        return Err(Error::response(format!(
            "plugin not found in the catalog: {}, version=v{version}",
            info.kind
        )));
    }
    let tune = &mut info.tune;
    for (name, list) in [
        ("audit_non_hmac_request_keys", &mut tune.audit_non_hmac_request_keys),
        ("audit_non_hmac_response_keys", &mut tune.audit_non_hmac_response_keys),
        ("passthrough_request_headers", &mut tune.passthrough_request_headers),
        ("allowed_response_headers", &mut tune.allowed_response_headers),
    ] {
        if let Some(sent) = call.maybe_list(name) {
            *list = sent;
        }
    }
    if let Some(visibility) = call.maybe_string("listing_visibility") {
        check_visibility(Some(&visibility))?;
        tune.listing_visibility = Some(visibility);
    }
    Ok(())
}

fn apply_options(info: &mut MountInfo, options: BTreeMap<String, String>) -> Result<(), Error> {
    if let Some(version) = options.get("version") {
        let known = info.options.as_ref().and_then(|known| known.get("version"));
        let old = known.map_or("1", String::as_str);
        if info.kind != "kv" {
            return Err(Error::response(format!(
                "secrets engine {:?} does not allow setting a version",
                info.kind
            )));
        }
        if old == "2" && version != "2" {
            return Err(Error::response("cannot downgrade mount from version 2"));
        }
        if version != "1" && version != "2" {
            return Err(Error::response(format!(
                "unable to parse tune options: unknown version {version:?}"
            )));
        }
    }
    let known = info.options.get_or_insert_default();
    for (name, text) in options {
        // An empty text takes an option away.
        match text.is_empty() {
            true => drop(known.remove(&name)),
            false => drop(known.insert(name, text)),
        }
    }
    Ok(())
}

/// Changes a mount by what was sent.
pub(super) fn apply(info: &mut MountInfo, call: &Call<'_>) -> Result<(), Error> {
    apply_lifetimes(&mut info.tune, call)?;
    apply_lockout(info, call)?;
    apply_texts(info, call)?;
    apply_token_type(info, call)?;
    if call.has("options") {
        apply_options(info, call.pairs("options"))?;
    }
    Ok(())
}
