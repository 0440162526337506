//! Auth engines, and the table by which they are mounted.

mod approle;
mod cert;
mod jwk;
pub(crate) mod jws;
mod jwt;
mod kubernetes;
pub(crate) mod networks;
mod outside;
mod password;
pub mod token_parameters;
mod userpass;

use crate::engine::Engine;
use crate::json::Value;
use crate::logical::{Auth, Error};
use token_parameters::TokenParameters;

/// A type's name, and what makes an engine of it.
type Maker = (&'static str, fn() -> Box<dyn Engine>);

/// All types.
const KINDS: [Maker; 5] = [
    ("approle", || Box::new(approle::Approle::default())),
    ("cert", || Box::new(cert::Cert::default())),
    ("jwt", || Box::new(jwt::Jwt::default())),
    ("kubernetes", || Box::new(kubernetes::Kubernetes::default())),
    ("userpass", || Box::new(userpass::Userpass::default())),
];

/// Makes an auth engine of this type.
pub(crate) fn create(kind: &str) -> Option<Box<dyn Engine>> {
    let (_, make) = KINDS.iter().find(|(known, _)| *known == kind)?;
    Some(make())
}

/// The names of all types, sorted.
pub(crate) fn kinds() -> Vec<&'static str> {
    KINDS.iter().map(|(kind, _)| *kind).collect()
}

/// Renews a login on the terms its role has now; the role's name is kept with the login.
fn renew_by_role<'r>(auth: &mut Auth, find: impl FnOnce(&str) -> Option<&'r TokenParameters>) -> Result<(), Error> {
    let name = auth.internal.get("role").and_then(Value::as_str).unwrap_or_default();
    let gone = || Error::internal(format!("role {name} does not exist during renewal"));
    let parameters = find(name).ok_or_else(gone)?;
    parameters.apply_lifetimes(auth);
    Ok(())
}
