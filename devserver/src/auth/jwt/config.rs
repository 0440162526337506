//! `config`.

use super::Jwt;
use super::keys::{Learned, Source, WELL_KNOWN};
use crate::auth::jws::{ALGORITHMS, VerifyingKey};
use crate::engine::{Call, Context};
use crate::json::{Object, Value};
use crate::logical::{Error, Reply, Response};
use crate::object;

/// Who signs, and for whom.
#[derive(Clone, Debug)]
pub(super) struct Config {
    pub(super) source: Source,
    pub(super) algorithms: Vec<String>,
    pub(super) issuer: String,
    pub(super) default_role: String,
    namespace_in_state: bool,
    /// As it is read.
    shown: Object,
}

/// Where the keys come from; there must be one way.
fn source(call: &Call<'_>) -> Result<Source, Error> {
    let refused = |text: String| Err(Error::response(text));
    let text = |name: &str| call.string(name);
    let (pems, set, issuer) = (
        call.list("jwt_validation_pubkeys"),
        text("jwks_url"),
        text("oidc_discovery_url"),
    );
    let provider = call.map("provider_config");
    let by_cluster = provider.get("provider").and_then(Value::as_str) == Some("kubernetes");
    let ways = [!pems.is_empty(), !set.is_empty(), !issuer.is_empty(), by_cluster];
    if ways.iter().filter(|given| **given).count() != 1 {
        return refused(
            "exactly one of 'jwt_validation_pubkeys', 'jwks_url', 'jwks_pairs', 'oidc_discovery_url', or 'provider_config' must be \
             set"
            .to_owned(),
        );
    }
    let client = !text("oidc_client_id").is_empty();
    if client == text("oidc_client_secret").is_empty() {
        return refused("both 'oidc_client_id' and 'oidc_client_secret' must be set for OIDC".to_owned());
    }
    if client && issuer.is_empty() {
        return refused("'oidc_discovery_url' must be set for OIDC".to_owned());
    }
    if issuer.contains(WELL_KNOWN) {
        return refused("'oidc_discovery_url' contains '.well-known' component".to_owned());
    }
    if by_cluster {
        let text = "provider_config kubernetes is not supported by this development server: it runs in no cluster";
        return refused(text.to_owned());
    }
    let (ca, issuer_ca) = (text("jwks_ca_pem"), text("oidc_discovery_ca_pem"));
    match (set.is_empty(), issuer.is_empty()) {
        (false, _) => Ok(Source::KeySet { url: set, ca }),
        (_, false) => Ok(Source::Issuer {
            url: issuer,
            ca: issuer_ca,
        }),
        _ => configured(&pems),
    }
}

fn configured(pems: &[String]) -> Result<Source, Error> {
    let keys: Option<Vec<VerifyingKey>> = pems.iter().map(|pem| VerifyingKey::from_pem(pem)).collect();
    let wrong = || Error::response("error parsing public key: data does not contain any valid public keys");
    keys.map(Source::Configured).ok_or_else(wrong)
}

/// Refuses values of settings that the original does not know.
fn check(call: &Call<'_>) -> Result<(), Error> {
    let refused = |text: String| Err(Error::response(text));
    let algorithms = call.list("jwt_supported_algs");
    if let Some(unknown) = algorithms.iter().find(|name| !ALGORITHMS.contains(&name.as_str())) {
        return refused(format!(
            "invalid jwt_supported_algs: unsupported signing algorithm {unknown:?}"
        ));
    }
    let types = call.list("oidc_response_types");
    if !types.iter().all(|name| ["code", "id_token"].contains(&name.as_str())) {
        let types = types.join(" ");
        return refused(format!(
            "invalid response_types [{types}]. 'code' and 'id_token' are allowed"
        ));
    }
    match call.string("oidc_response_mode").as_str() {
        "" | "query" if types.iter().any(|name| name == "id_token") => {
            refused("query response_mode may not be used with an id_token response_type".to_owned())
        }
        "" | "query" | "form_post" => check_provider(&call.map("provider_config")),
        other => refused(format!("invalid response_mode: {other:?}")),
    }
}

fn check_provider(provider: &Object) -> Result<(), Error> {
    if provider.is_empty() {
        return Ok(());
    }
    let why = match provider.get("provider").and_then(Value::as_str) {
        None => "'provider' field not found in provider_config".to_owned(),
        Some(known @ ("azure" | "gsuite" | "secureauth" | "ibmisam")) => {
            format!("provider {known:?} is not supported by this development server")
        }
        Some(other) => format!("provider {other:?} not found in custom providers"),
    };
    Err(Error::response(format!("invalid provider_config: {why}")))
}

impl Jwt {
    pub(super) fn read_config(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let Some(config) = &self.config else { return Ok(None) };
        let ready = config.source.prepare(&mut self.learned, call.request)?;
        let mut data = config.shown.clone();
        data.insert(
            "status".to_owned(),
            Value::from(if ready.is_ok() { "valid" } else { "invalid" }),
        );
        let response = Response::data(data);
        match ready {
            Ok(()) => response.reply(),
            Err(why) => response
                .warn(format!("failed to construct JWK validator: {why}"))
                .reply(),
        }
    }

    pub(super) fn write_config(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let source = source(call)?;
        let unreachable = source.probe(call.request)?.err();
        if let Some(why) = &unreachable
            && !call.flag("skip_jwks_validation")
        {
            return Err(Error::response(why));
        }
        check(call)?;
        let known = self.config.as_ref().map(|config| config.namespace_in_state);
        let namespace_in_state = match call.has("namespace_in_state") {
            true => call.flag("namespace_in_state"),
            false => known.unwrap_or(true),
        };
        self.learned = Learned::default();
        self.config = Some(Config {
            source,
            algorithms: call.list("jwt_supported_algs"),
            issuer: call.string("bound_issuer"),
            default_role: call.string("default_role"),
            namespace_in_state,
            shown: shown(call, namespace_in_state),
        });
        Ok(unreachable.map(|why| Response::default().warn(why)))
    }
}

fn shown(call: &Call<'_>, namespace_in_state: bool) -> Object {
    let text = |name: &str| call.string(name);
    object! {
        "bound_issuer" => text("bound_issuer"),
        "default_role" => text("default_role"),
        "jwks_ca_pem" => text("jwks_ca_pem"),
        "jwks_url" => text("jwks_url"),
        "jwt_supported_algs" => call.list("jwt_supported_algs"),
        "jwt_validation_pubkeys" => call.list("jwt_validation_pubkeys"),
        "namespace_in_state" => namespace_in_state,
        "oidc_client_id" => text("oidc_client_id"),
        "oidc_discovery_ca_pem" => text("oidc_discovery_ca_pem"),
        "oidc_discovery_url" => text("oidc_discovery_url"),
        "oidc_response_mode" => text("oidc_response_mode"),
        "oidc_response_types" => call.list("oidc_response_types"),
        "override_allowed_server_names" => call.list("override_allowed_server_names"),
        "provider_config" => Object::new(),
    }
}
