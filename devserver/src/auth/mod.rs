//! Auth engines, and the table by which they are mounted.

mod approle;
mod cert;
mod jws;
mod jwt;
mod kubernetes;
pub mod token_parameters;
mod userpass;

use crate::engine::Engine;
use crate::json::Value;
use crate::logical::{Auth, Error};
use token_parameters::TokenParameters;

/// Makes an auth engine of this type.
pub(crate) fn create(kind: &str) -> Option<Box<dyn Engine>> {
    match kind {
        "approle" => Some(Box::new(approle::Approle::default())),
        "userpass" => Some(Box::new(userpass::Userpass::default())),
        "cert" => Some(Box::new(cert::Cert::default())),
        "jwt" => Some(Box::new(jwt::Jwt::default())),
        "kubernetes" => Some(Box::new(kubernetes::Kubernetes::default())),
        _ => None,
    }
}

/// Renews a login on the terms its role has now; the role's name is kept with the login.
fn renew_by_role<'r>(auth: &mut Auth, find: impl FnOnce(&str) -> Option<&'r TokenParameters>) -> Result<(), Error> {
    let name = auth.internal.get("role").and_then(Value::as_str).unwrap_or_default();
    let gone = || Error::internal(format!("role {name} does not exist during renewal"));
    let parameters = find(name).ok_or_else(gone)?;
    parameters.apply_lifetimes(auth);
    Ok(())
}
