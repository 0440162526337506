//! `config`.

use super::Kubernetes;
use crate::auth::jws::VerifyingKey;
use crate::engine::{Call, Context};
use crate::logical::{Error, Reply, Response};
use crate::object;

/// How service accounts are judged.
#[derive(Clone, Debug, Default)]
pub(super) struct Config {
    pub(super) host: String,
    pub(super) ca: String,
    pub(super) reviewer: String,
    pub(super) keys: Vec<VerifyingKey>,
    pems: Vec<String>,
    pub(super) issuer: String,
    pub(super) any_issuer: bool,
    no_local_ca: bool,
}

impl Kubernetes {
    pub(super) fn read_config(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        let Some(config) = &self.config else { return Ok(None) };
        Response::data(object! {
            "kubernetes_host" => &config.host,
            "kubernetes_ca_cert" => &config.ca,
            "pem_keys" => config.pems.clone(),
            "issuer" => &config.issuer,
            "disable_iss_validation" => config.any_issuer,
            "disable_local_ca_jwt" => config.no_local_ca,
            "token_reviewer_jwt_set" => !config.reviewer.is_empty(),
        })
        .reply()
    }

    pub(super) fn write_config(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let config = Config {
            host: call.string("kubernetes_host"),
            ca: call.string("kubernetes_ca_cert"),
            reviewer: call.string("token_reviewer_jwt"),
            keys: Vec::new(),
            pems: call.list("pem_keys"),
            issuer: call.string("issuer"),
            any_issuer: call.flag("disable_iss_validation"),
            no_local_ca: call.flag("disable_local_ca_jwt"),
        };
        if config.host.is_empty() {
            return Err(Error::response("no host provided"));
        }
        if config.no_local_ca && config.ca.is_empty() {
            return Err(Error::response(
                "kubernetes_ca_cert must be given when disable_local_ca_jwt is true",
            ));
        }
        let keys: Option<Vec<VerifyingKey>> = config.pems.iter().map(|pem| VerifyingKey::from_pem(pem)).collect();
        let keys = keys.ok_or_else(|| Error::response("data does not contain any valid public keys"))?;
        self.config = Some(Config { keys, ..config });
        Ok(None)
    }
}
