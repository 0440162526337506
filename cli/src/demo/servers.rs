//! What the demo starts before there is a pod: the dev server, the cluster's trust in it, the webhook.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use coffret_devserver::{Options, Server};
use coffret_injector::Running;
use coffret_injector::settings::Settings;
use serde_json::json;

use super::cluster::AUDIENCE;
use super::example::Example;
use super::operator::Operator;
use super::service_account::Issuer;
use crate::dev_server;

/// Reads static secrets often, so that a change can be watched.
const RENDER_INTERVAL: &str = "1s";

/// The agent's binary: the one named, or the one beside this program.
///
/// # Errors
/// When there is none.
pub fn agent_binary(named: Option<&Path>) -> anyhow::Result<PathBuf> {
    let path = match named {
        Some(path) => path.to_owned(),
        None => std::env::current_exe()
            .context("finding this program")?
            .with_file_name("coffret-agent"),
    };
    if !path.is_file() {
        bail!(
            "no agent at {}: build it with `cargo build -p coffret-agent`, or name one with --agent",
            path.display()
        );
    }
    path.canonicalize()
        .with_context(|| format!("finding {}", path.display()))
}

/// Starts the dev server with the example's seed.
///
/// # Errors
/// When the address is taken or the seed is wrong.
pub async fn start_dev_server(listen: SocketAddr, example: &Example) -> anyhow::Result<(Server, String)> {
    let options = Options {
        listen,
        seed: Some(example.seed.clone()),
        ..Options::default()
    };
    let server = Server::start(options)
        .await
        .map_err(|error| dev_server::explained(error, listen))?;
    let happened = format!("speaks Vault's API at {}, with the example's seed", server.url());
    Ok((server, happened))
}

/// Makes the cluster's signing key and tells the server to trust it, as an operator configures the kubernetes method.
///
/// # Errors
/// When the server refuses.
pub async fn trust_cluster(operator: &Operator) -> anyhow::Result<(Issuer, String)> {
    let issuer = tokio::task::spawn_blocking(Issuer::generate)
        .await
        .context("making a key")??;
    let config = json!({
        "kubernetes_host": "https://kubernetes.default.svc",
        "pem_keys": [issuer.public_pem()],
        "issuer": AUDIENCE,
        "disable_iss_validation": false,
    });
    operator.write("auth/kubernetes/config", &config).await?;
    Ok((
        issuer,
        "made an RS256 signing key; the server verifies service-account tokens with it".to_owned(),
    ))
}

/// Starts the webhook over TLS with a certificate it made itself; pods are sent to the server at `address`.
///
/// # Errors
/// When no certificate can be made or no port is free.
pub async fn start_webhook(address: &str) -> anyhow::Result<(Running, String)> {
    let settings = Settings::read(&[], &|name| match name {
        "AGENT_INJECT_VAULT_ADDR" => Some(address.to_owned()),
        "AGENT_INJECT_TEMPLATE_STATIC_SECRET_RENDER_INTERVAL" => Some(RENDER_INTERVAL.to_owned()),
        "AGENT_INJECT_TLS_MIN_VERSION" => Some("tls13".to_owned()),
        _ => None,
    })?;
    let webhook = coffret_injector::start(&settings, "127.0.0.1:0").await?;
    let happened = format!("answers at {} with a certificate it made itself", webhook.url());
    Ok((webhook, happened))
}
