//! Ids of tokens and leases that are no texts: the original looks at them before anything else, to learn whose
//! namespace a call is about.

use crate::json::Value;
use crate::logical::{Error, Request};

const ABOUT_TOKENS: [&str; 4] = [
    "auth/token/lookup",
    "auth/token/renew",
    "auth/token/revoke",
    "auth/token/revoke-orphan",
];
const ABOUT_LEASES: [&str; 3] = ["sys/leases/lookup", "sys/leases/renew", "sys/leases/revoke"];

/// Refuses an id that is no text.
///
/// # Errors
/// In the original's words, which differ between tokens and leases, as does what they make of a null.
pub(super) fn check(request: &Request) -> Result<(), Error> {
    let path = request.path.as_str();
    if ABOUT_TOKENS.contains(&path) {
        return match request.data.get("token") {
            None | Some(Value::String(_)) => Ok(()),
            Some(_) => Err(Error::coded(403, "invalid token")),
        };
    }
    let named = ["sys/leases/renew/", "sys/leases/revoke/"]
        .iter()
        .any(|prefix| path.starts_with(prefix));
    match request
        .data
        .get("lease_id")
        .filter(|_| named || ABOUT_LEASES.contains(&path))
    {
        None | Some(Value::Null | Value::String(_)) => Ok(()),
        Some(_) => Err(Error::response("invalid lease ID")),
    }
}
