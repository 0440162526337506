//! `config`.

use super::Jwt;
use crate::auth::jws::VerifyingKey;
use crate::engine::{Call, Context};
use crate::json::{Object, Value};
use crate::logical::{Error, Reply, Response};
use crate::object;

/// Algorithms that a mount may be limited to.
const ALGORITHMS: [&str; 10] = [
    "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "EdDSA",
];

/// Who signs, and for whom.
#[derive(Clone, Debug, Default)]
pub(super) struct Config {
    pub(super) keys: Vec<VerifyingKey>,
    pems: Vec<String>,
    pub(super) algorithms: Vec<String>,
    pub(super) issuer: String,
    pub(super) default_role: String,
    /// Settings of other ways to get keys, kept and shown.
    kept: Object,
}

/// What was sent of the settings that change nothing here.
fn kept(call: &Call<'_>) -> Result<Object, Error> {
    let mode = call.string("oidc_response_mode");
    if !["", "query", "form_post"].contains(&mode.as_str()) {
        return Err(Error::response(format!("invalid response_mode: {mode:?}")));
    }
    Ok(object! {
        "jwks_ca_pem" => call.string("jwks_ca_pem"),
        "oidc_discovery_ca_pem" => call.string("oidc_discovery_ca_pem"),
        "oidc_response_mode" => mode,
        "override_allowed_server_names" => call.list("override_allowed_server_names"),
        "namespace_in_state" => call.flag("namespace_in_state"),
    })
}

impl Jwt {
    pub(super) fn read_config(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        let Some(config) = &self.config else { return Ok(None) };
        let nothing = || Value::Array(Vec::new());
        let mut data = object! {
            "bound_issuer" => &config.issuer,
            "default_role" => &config.default_role,
            "jwks_ca_pem" => "",
            "jwks_url" => "",
            "jwt_supported_algs" => config.algorithms.clone(),
            "jwt_validation_pubkeys" => config.pems.clone(),
            "namespace_in_state" => true,
            "oidc_client_id" => "",
            "oidc_discovery_ca_pem" => "",
            "oidc_discovery_url" => "",
            "oidc_response_mode" => "",
            "oidc_response_types" => nothing(),
            "override_allowed_server_names" => nothing(),
            "provider_config" => Object::new(),
            "status" => "valid",
        };
        data.extend(config.kept.clone());
        Response::data(data).reply()
    }

    pub(super) fn write_config(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let pems = call.list("jwt_validation_pubkeys");
        let elsewhere = ["jwks_url", "oidc_discovery_url"].map(|name| !call.string(name).is_empty());
        let by_provider = !call.map("provider_config").is_empty();
        let sources = [!pems.is_empty(), elsewhere[0], elsewhere[1], by_provider];
        if sources.iter().filter(|given| **given).count() != 1 {
            return Err(Error::response(
                "exactly one of 'jwt_validation_pubkeys', 'jwks_url', 'jwks_pairs', 'oidc_discovery_url', or 'provider_config' must \
                 be set",
            ));
        }
        if pems.is_empty() {
            let text =
                "this development server takes keys by jwt_validation_pubkeys only; it asks no other server for them";
            return Err(Error::response(text));
        }
        let keys: Option<Vec<VerifyingKey>> = pems.iter().map(|pem| VerifyingKey::from_pem(pem)).collect();
        let wrong = || Error::response("error parsing public key: data does not contain any valid public keys");
        let keys = keys.ok_or_else(wrong)?;
        let algorithms = call.list("jwt_supported_algs");
        if let Some(unknown) = algorithms.iter().find(|name| !ALGORITHMS.contains(&name.as_str())) {
            return Err(Error::response(format!(
                "invalid jwt_supported_algs: unsupported signing algorithm {unknown:?}"
            )));
        }
        self.config = Some(Config {
            keys,
            pems,
            algorithms,
            kept: kept(call)?,
            issuer: call.string("bound_issuer"),
            default_role: call.string("default_role"),
        });
        Ok(None)
    }
}
