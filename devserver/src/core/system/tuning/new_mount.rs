//! The settings of a mount that is made, from its `config`.

use super::changes::{check_token_type, check_visibility, lifetime};
use crate::engine::Tune;
use crate::json::{Object, Value};
use crate::logical::Error;
use std::time::Duration;

/// The settings of a new mount, from its `config`.
pub(in crate::core::system) fn of_new_mount(config: &Object, system_max: Duration) -> Result<Tune, Error> {
    let text = |name: &str| config.get(name).and_then(Value::as_str).map(str::to_owned);
    let tune = Tune {
        default_lease_ttl: named_lifetime(config, "default_lease_ttl", "default")?,
        max_lease_ttl: named_lifetime(config, "max_lease_ttl", "max")?,
        force_no_cache: config
            .get("force_no_cache")
            .and_then(Value::as_bool)
            .unwrap_or_default(),
        token_type: text("token_type").filter(|text| !text.is_empty()),
        listing_visibility: text("listing_visibility"),
        passthrough_request_headers: texts(config.get("passthrough_request_headers")),
        allowed_response_headers: texts(config.get("allowed_response_headers")),
        audit_non_hmac_request_keys: texts(config.get("audit_non_hmac_request_keys")),
        audit_non_hmac_response_keys: texts(config.get("audit_non_hmac_response_keys")),
        lockout: None,
    };
    let default = tune.default_lease_ttl.unwrap_or_default();
    match tune.max_lease_ttl {
        Some(max) if default > max => {
            return Err(Error::response(
                "given default lease TTL greater than given max lease TTL",
            ));
        }
        None if default > system_max => {
            return Err(Error::response(format!(
                "given default lease TTL greater than system max lease TTL of {}",
                system_max.as_secs()
            )));
        }
        _ => {}
    }
    check_visibility(tune.listing_visibility.as_deref())?;
    check_token_type(tune.token_type.as_deref())?;
    Ok(tune)
}

/// The lifetimes of a new mount; a wrong one is named.
fn named_lifetime(config: &Object, name: &str, what: &str) -> Result<Option<Duration>, Error> {
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let value = config.get(name).cloned().unwrap_or_default();
    lifetime(config, name)
        .map(Option::flatten)
        .map_err(|text| Error::response(format!("unable to parse {what} TTL of {}: {text}", plain(&value))))
}

fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => text
            .split(',')
            .map(|part| part.trim().to_owned())
            .filter(|part| !part.is_empty())
            .collect(),
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}
