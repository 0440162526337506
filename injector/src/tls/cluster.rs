//! A CA shared by all replicas through one Secret, without a leader: whoever finds something to do writes it
//! with the version it read, and the one who comes second reads again. The CA is published in every entry of
//! the webhook's configuration; leaves are signed by each replica for itself and never leave it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use json_patch::jsonptr::PointerBuf;
use json_patch::{AddOperation, PatchOperation, TestOperation};
use k8s_openapi::ByteString;
use k8s_openapi::api::admissionregistration::v1::MutatingWebhookConfiguration;
use k8s_openapi::api::core::v1::Secret;
use kube::api::{Api, ObjectMeta, Patch, PatchParams, PostParams};
use secrecy::ExposeSecret;
use serde_json::json;
use thiserror::Error;

use super::authority::{Authority, AuthorityError, LEAF_LIFE};
use super::current::{Current, CurrentError};
use super::rotation::Stored;

/// How often the cluster is looked at.
pub const PERIOD: Duration = Duration::from_secs(30);
/// How soon it is looked at again while there is no certificate to serve.
const RETRY: Duration = Duration::from_secs(2);
/// How often the leaf is compared with the wall clock, which may jump.
const TICK: Duration = Duration::from_secs(5);
/// Longest time for one request to the API server; its client would otherwise retry for many minutes.
const DEADLINE: Duration = Duration::from_secs(10);

/// Why a round did not finish; the certificate that was served goes on.
#[derive(Debug, Error)]
pub enum ClusterError {
    /// A request to the API server.
    #[error("{step}")]
    Api {
        /// What was being done.
        step: &'static str,
        /// Why it failed.
        #[source]
        source: Box<kube::Error>,
    },
    /// A request that took too long.
    #[error("{0}: no answer from the API server")]
    Deadline(&'static str),
    /// Certificates.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The served certificate.
    #[error(transparent)]
    Current(#[from] CurrentError),
}

impl ClusterError {
    /// Whether somebody else wrote first: read again at once.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(self, ClusterError::Api { source, .. } if matches!(source.as_ref(), kube::Error::Api(status) if status.code == 409))
    }
}

/// What to keep up, and where.
#[derive(Debug, Clone)]
pub struct Place {
    /// The injector's namespace.
    pub namespace: String,
    /// The Secret that holds the CA.
    pub secret: String,
    /// The webhook configuration; empty publishes nowhere.
    pub webhook: String,
    /// Names of the leaf.
    pub hosts: Vec<String>,
}

/// One replica's view.
pub struct Cluster {
    client: kube::Client,
    place: Place,
    current: Arc<Current>,
    known: Stored,
    signer: String,
    /// When the served leaf was signed; a clock that was put back behind it makes the leaf one of the future.
    signed_at: SystemTime,
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

impl Cluster {
    /// A replica that has seen nothing yet.
    #[must_use]
    pub fn new(client: kube::Client, place: Place, current: Arc<Current>) -> Cluster {
        Cluster {
            client,
            place,
            current,
            known: Stored::default(),
            signer: String::new(),
            signed_at: SystemTime::UNIX_EPOCH,
        }
    }

    /// One round: read the Secret, write what the rules ask for, publish the CA, then sign with it. Nothing is
    /// signed with a CA that could not be published, unless there is nothing else to serve.
    ///
    /// # Errors
    /// What went wrong; everything done so far stands, and the certificate served so far goes on.
    pub async fn round(&mut self, now: SystemTime) -> Result<(), ClusterError> {
        let agreed = self.agree(now).await?;
        if !self.current.is_valid(now) {
            self.known = agreed.clone();
            self.sign(now)?;
        }
        publish(&self.client, &self.place.webhook, agreed.bundle().as_bytes()).await?;
        self.known = agreed;
        self.sign(now)
    }

    /// Signs a new leaf when the old one is near its end or of another CA. Needs no API server.
    ///
    /// # Errors
    /// When signing fails.
    pub fn sign(&mut self, now: SystemTime) -> Result<(), ClusterError> {
        let Some(pair) = &self.known.current else { return Ok(()) };
        let fresh = (self.signed_at..self.signed_at + LEAF_LIFE * 2 / 3).contains(&now);
        if self.signer == pair.certificate && fresh && self.current.is_valid(now) {
            return Ok(());
        }
        let authority = Authority::from_pem(&pair.certificate, pair.key.expose_secret())?;
        let leaf = authority.issue(&self.place.hosts, now)?;
        self.signed_at = now;
        self.current.serve(leaf)?;
        self.signer.clone_from(&pair.certificate);
        tracing::info!(expiry = self.current.expiry(), "serving a new certificate");
        Ok(())
    }

    /// The CA as the Secret holds it after the rules were applied.
    async fn agree(&self, now: SystemTime) -> Result<Stored, ClusterError> {
        let api: Api<Secret> = Api::namespaced(self.client.clone(), &self.place.namespace);
        let found = call("reading the CA Secret", api.get_opt(&self.place.secret)).await?;
        let data = found.as_ref().map(data_of).unwrap_or_default();
        let stored = Stored::read(&data);
        let wanted = stored.advance(now)?;
        if wanted == stored {
            return Ok(stored);
        }
        let bytes = wanted
            .write(&data)
            .into_iter()
            .map(|(key, value)| (key, ByteString(value)))
            .collect();
        match found {
            Some(mut secret) => {
                secret.data = Some(bytes);
                call(
                    "writing the CA Secret",
                    api.replace(&self.place.secret, &parameters(), &secret),
                )
                .await?;
            }
            None => {
                let metadata = ObjectMeta {
                    name: Some(self.place.secret.clone()),
                    ..ObjectMeta::default()
                };
                let secret = Secret {
                    metadata,
                    data: Some(bytes),
                    ..Secret::default()
                };
                call("creating the CA Secret", api.create(&parameters(), &secret)).await?;
            }
        }
        tracing::info!(secret = self.place.secret.as_str(), "wrote the CA Secret");
        Ok(wanted)
    }

    /// Rounds for ever. Between them the leaf is kept valid by the wall clock, API server or not.
    pub async fn run(mut self, clock: impl Fn() -> SystemTime) {
        let mut last = String::new();
        loop {
            match self.round(clock()).await {
                Ok(()) => last.clear(),
                Err(error) if error.is_conflict() => {
                    tracing::debug!("another replica wrote first");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    continue;
                }
                Err(error) => {
                    let text = super::chain(&error);
                    if text != last {
                        tracing::error!(
                            error = text.as_str(),
                            "keeping the certificate up to date; will try again"
                        );
                    }
                    last = text;
                }
            }
            self.rest(&clock).await;
        }
    }

    async fn rest(&mut self, clock: &impl Fn() -> SystemTime) {
        if !self.current.is_valid(clock()) {
            return tokio::time::sleep(RETRY).await;
        }
        for _ in 0..PERIOD.as_secs() / TICK.as_secs() {
            tokio::time::sleep(TICK).await;
            if let Err(error) = self.sign(clock()) {
                tracing::error!(error = super::chain(&error).as_str(), "signing a certificate");
            }
        }
    }
}

/// Puts a CA bundle into every entry of a webhook configuration that has another one. Only that field is
/// touched, and only where the entry is still the one that was read.
///
/// # Errors
/// When the configuration cannot be read or changed.
pub async fn publish(client: &kube::Client, webhook: &str, bundle: &[u8]) -> Result<(), ClusterError> {
    if webhook.is_empty() {
        return Ok(());
    }
    let api: Api<MutatingWebhookConfiguration> = Api::all(client.clone());
    let found = call("reading the webhook configuration", api.get(webhook)).await?;
    let mut operations = Vec::new();
    for (index, entry) in found.webhooks.unwrap_or_default().iter().enumerate() {
        if entry
            .client_config
            .ca_bundle
            .as_ref()
            .is_some_and(|present| present.0 == bundle)
        {
            continue;
        }
        let path = |tail: &[&str]| {
            PointerBuf::from_tokens(["webhooks", &index.to_string()].into_iter().chain(tail.iter().copied()))
        };
        operations.push(PatchOperation::Test(TestOperation {
            path: path(&["name"]),
            value: json!(entry.name),
        }));
        let value = json!(STANDARD.encode(bundle));
        operations.push(PatchOperation::Add(AddOperation {
            path: path(&["clientConfig", "caBundle"]),
            value,
        }));
    }
    if operations.is_empty() {
        return Ok(());
    }
    let patch: Patch<()> = Patch::Json(json_patch::Patch(operations));
    let parameters = PatchParams {
        field_manager: Some(MANAGER.to_owned()),
        ..PatchParams::default()
    };
    call(
        "patching the webhook configuration",
        api.patch(webhook, &parameters, &patch),
    )
    .await?;
    tracing::info!(webhook, "published the CA");
    Ok(())
}

const MANAGER: &str = "coffret-injector";

fn parameters() -> PostParams {
    PostParams {
        field_manager: Some(MANAGER.to_owned()),
        ..PostParams::default()
    }
}

fn data_of(secret: &Secret) -> BTreeMap<String, Vec<u8>> {
    let data = secret.data.iter().flatten();
    data.map(|(key, value)| (key.clone(), value.0.clone())).collect()
}

async fn call<T>(step: &'static str, request: impl Future<Output = Result<T, kube::Error>>) -> Result<T, ClusterError> {
    let answer = tokio::time::timeout(DEADLINE, request)
        .await
        .map_err(|_| ClusterError::Deadline(step))?;
    answer.map_err(|source| ClusterError::Api {
        step,
        source: Box::new(source),
    })
}
