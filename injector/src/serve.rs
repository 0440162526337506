//! The whole program: certificates, cluster, listeners, and an orderly end.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use coffret_config::annotations::Defaults;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::inheritance::{self, ClusterInheritance};
use crate::settings::{ServeSettings, Settings};
use crate::tls::cluster::{self, Cluster, Place};
use crate::tls::{Authority, AuthorityError, Current, CurrentError, Disk, TlsError, chain, provider, server_config};
use crate::version;
use crate::webhook::{Limits, State, health_router, router, serve as listen, serve_plain};

/// Why the program cannot start.
#[derive(Debug, Error)]
pub enum ServeError {
    /// An address that cannot be used.
    #[error("listening on {address}")]
    Listen {
        /// The address.
        address: String,
        /// Why.
        source: std::io::Error,
    },
    /// TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A certificate of our own.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The served certificate.
    #[error(transparent)]
    Current(#[from] CurrentError),
    /// Something needs the cluster and there is none.
    #[error("{purpose} needs the API server: run in a cluster, or give a kubeconfig")]
    NoCluster {
        /// What needs it.
        purpose: &'static str,
        /// Why there is none.
        #[source]
        source: Box<kube::Error>,
    },
}

/// Serves until `stop` is done, then drains. `namespace` is the injector's own.
///
/// # Errors
/// What keeps it from starting; later trouble is logged and lived with.
pub async fn serve(settings: Settings, namespace: String, stop: impl Future<Output = ()>) -> Result<(), ServeError> {
    let client = client(&settings).await?;
    let current = Arc::new(Current::new(provider()));
    let tls = server_config(&settings.tls, Arc::clone(&current))?;
    let state = Arc::new(state(&settings, &current, client.as_ref()));
    certificates(&settings, namespace, &current, client.as_ref())?;
    if let Some(client) = client.filter(|_| settings.serve.asks_version) {
        tokio::spawn(version::follow(client, Arc::clone(&state)));
    }
    let webhook = bind(&settings.serve.listen).await?;
    let limits = Limits {
        head: settings.serve.request_timeout,
        drain: settings.serve.drain_timeout,
        ..Limits::default()
    };
    let (stopping, stopped) = watch::channel(false);
    let health = match settings.serve.health_listen.as_str() {
        "" => None,
        address => Some(tokio::spawn(serve_plain(
            bind(address).await?,
            health_router(Arc::clone(&state)),
            limits,
            told(stopped.clone()),
        ))),
    };
    tracing::info!(
        listen = settings.serve.listen.as_str(),
        version = env!("CARGO_PKG_VERSION"),
        "serving"
    );
    let serving = tokio::spawn(listen(webhook, tls, router(Arc::clone(&state)), limits, told(stopped)));
    stop.await;
    wind_down(&state, &settings.serve).await;
    stopping.send_replace(true);
    // The tasks end by themselves; one that panicked has said so in the log.
    let _ = serving.await;
    if let Some(health) = health {
        let _ = health.await;
    }
    tracing::info!("stopped");
    Ok(())
}

async fn told(mut stopped: watch::Receiver<bool>) {
    // A sender that is gone means the same as a message.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// Not ready any more, but still answering while the cluster takes this replica out of its lists.
async fn wind_down(state: &State, settings: &ServeSettings) {
    tracing::info!("stopping: no longer ready");
    state.drain();
    tokio::time::sleep(settings.drain_timeout / 4).await;
}

fn state(settings: &Settings, current: &Arc<Current>, client: Option<&kube::Client>) -> State {
    // Until the API server has said its version, the shape that works everywhere is used.
    let native_supported = if settings.serve.asks_version {
        false
    } else {
        settings.defaults.native_supported
    };
    let defaults = Defaults {
        native_supported,
        ..settings.defaults.clone()
    };
    let mut state = State::new(defaults, &settings.serve);
    state.certificate = Some(Arc::clone(current));
    if let Some(client) = client.filter(|_| settings.serve.inherit) {
        let seen = ClusterInheritance::default();
        state.inheritance = Box::new(seen.clone());
        tokio::spawn(inheritance::watch(client.clone(), seen));
    }
    state
}

/// A client, where one is needed or to be had.
async fn client(settings: &Settings) -> Result<Option<kube::Client>, ServeError> {
    let purpose = match (&settings.tls.webhook, settings.serve.inherit) {
        (webhook, _) if !webhook.is_empty() => Some("keeping the webhook configuration up to date"),
        (_, true) => Some("reading annotations of namespaces and service accounts"),
        _ => None,
    };
    match (kube::Client::try_default().await, purpose) {
        (Ok(client), _) => Ok(Some(client)),
        (Err(source), Some(purpose)) => Err(ServeError::NoCluster {
            purpose,
            source: Box::new(source),
        }),
        (Err(error), None) => {
            tracing::warn!(error = chain(&error).as_str(), "no API server: going on without");
            Ok(None)
        }
    }
}

/// Starts whatever keeps the served certificate up to date.
fn certificates(
    settings: &Settings,
    namespace: String,
    current: &Arc<Current>,
    client: Option<&kube::Client>,
) -> Result<(), ServeError> {
    let tls = &settings.tls;
    if let Some(files) = tls.disk.clone() {
        let disk = Disk::new(files, Arc::clone(current));
        if let Some(client) = client.filter(|_| !tls.webhook.is_empty() && disk.has_ca()) {
            tokio::spawn(publish_ca(
                client.clone(),
                tls.webhook.clone(),
                Disk::new(disk.files().clone(), Arc::clone(current)),
            ));
        }
        tokio::spawn(disk.run());
        return Ok(());
    }
    match client.filter(|_| !tls.webhook.is_empty()) {
        Some(client) => {
            let place = Place {
                namespace,
                secret: tls.ca_secret.clone(),
                webhook: tls.webhook.clone(),
                hosts: tls.hosts.clone(),
            };
            tokio::spawn(Cluster::new(client.clone(), place, Arc::clone(current)).run(SystemTime::now));
        }
        None => {
            tracing::warn!(
                "no certificate files and no webhook configuration named: serving a certificate nobody trusts"
            );
            let authority = Authority::generate(SystemTime::now())?;
            current.serve(authority.issue(&tls.hosts, SystemTime::now())?)?;
            tokio::spawn(renew(authority, tls.hosts.clone(), Arc::clone(current)));
        }
    }
    Ok(())
}

/// Keeps a certificate of our own valid.
async fn renew(authority: Authority, hosts: Vec<String>, current: Arc<Current>) {
    loop {
        tokio::time::sleep(Duration::from_secs(3600)).await;
        let renewed = authority.issue(&hosts, SystemTime::now()).map_err(ServeError::from);
        if let Err(error) = renewed.and_then(|leaf| current.serve(leaf).map_err(ServeError::from)) {
            tracing::error!(error = chain(&error).as_str(), "renewing the certificate");
        }
    }
}

/// Publishes the CA that lies beside a certificate from disk.
async fn publish_ca(client: kube::Client, webhook: String, disk: Disk) {
    loop {
        match disk.ca() {
            Ok(Some(bundle)) => {
                if let Err(error) = cluster::publish(&client, &webhook, &bundle).await {
                    tracing::error!(error = chain(&error).as_str(), "publishing the CA from disk");
                }
            }
            Ok(None) => return,
            Err(error) => tracing::error!(error = chain(&error).as_str(), "reading the CA from disk"),
        }
        tokio::time::sleep(cluster::PERIOD).await;
    }
}

/// Listens as Go would: without a host, on all addresses of both families.
async fn bind(address: &str) -> Result<TcpListener, ServeError> {
    let refuse = |source| ServeError::Listen {
        address: address.to_owned(),
        source,
    };
    match address.strip_prefix(':') {
        None => TcpListener::bind(address).await.map_err(refuse),
        Some(port) => match TcpListener::bind(format!("[::]:{port}")).await {
            Ok(listener) => Ok(listener),
            Err(_) => TcpListener::bind(format!("0.0.0.0:{port}")).await.map_err(refuse),
        },
    }
}
