//! Certificates in a cluster, against an API server that is only a function: conflicts, refusals, silence,
//! and clocks that jump.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use coffret_injector::tls::cluster::{Cluster, Place};
use coffret_injector::tls::rotation::Stored;
use coffret_injector::tls::{Current, LEAF_LIFE, provider};
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use kube::client::Body;
use serde_json::{Value, json};

/// A Secret, a webhook configuration with two entries, and the moods of an API server.
#[derive(Debug, Default)]
pub struct Server {
    secret: Option<Value>,
    version: u64,
    pub bundles: [String; 2],
    pub refuses_patches: bool,
    pub is_away: bool,
    /// How long each answer takes.
    pub delay: Duration,
    writes: usize,
    patches: usize,
    /// Another replica writes just before the next write arrives.
    overtake: Option<Value>,
}

pub type Shared = Arc<Mutex<Server>>;

fn status(code: u16, reason: &str) -> (StatusCode, Value) {
    let body = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": reason, "code": code});
    (StatusCode::from_u16(code).unwrap(), body)
}

impl Server {
    fn answer(&mut self, method: &Method, path: &str, body: &Value) -> (StatusCode, Value) {
        if self.is_away {
            return status(422, "Away");
        }
        match (method, path) {
            (&Method::GET, "/api/v1/namespaces/inj/secrets/ca") => self
                .secret
                .clone()
                .map_or_else(|| status(404, "NotFound"), |secret| (StatusCode::OK, secret)),
            (&Method::POST, "/api/v1/namespaces/inj/secrets") => self.write(body, None),
            (&Method::PUT, "/api/v1/namespaces/inj/secrets/ca") => {
                self.write(body, body["metadata"]["resourceVersion"].as_str())
            }
            (&Method::GET, "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/cfg") => {
                (StatusCode::OK, self.configuration())
            }
            (&Method::PATCH, "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/cfg")
                if self.refuses_patches =>
            {
                status(403, "Forbidden")
            }
            (&Method::PATCH, "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/cfg") => {
                self.patches += 1;
                let mut configuration = self.configuration();
                json_patch::patch(
                    &mut configuration,
                    &serde_json::from_value::<json_patch::Patch>(body.clone()).unwrap(),
                )
                .unwrap();
                for (index, bundle) in self.bundles.iter_mut().enumerate() {
                    *bundle = configuration["webhooks"][index]["clientConfig"]["caBundle"]
                        .as_str()
                        .unwrap_or_default()
                        .to_owned();
                }
                (StatusCode::OK, configuration)
            }
            _ => panic!("unexpected request: {method} {path}"),
        }
    }

    fn write(&mut self, body: &Value, version: Option<&str>) -> (StatusCode, Value) {
        if let Some(other) = self.overtake.take() {
            self.version += 1;
            self.secret = Some(other);
        }
        let present = self
            .secret
            .as_ref()
            .and_then(|secret| secret["metadata"]["resourceVersion"].as_str().map(str::to_owned));
        if present.as_deref() != version {
            return status(409, "Conflict");
        }
        self.version += 1;
        self.writes += 1;
        let mut secret = body.clone();
        secret["metadata"]["resourceVersion"] = json!(self.version.to_string());
        self.secret = Some(secret.clone());
        (StatusCode::OK, secret)
    }

    fn configuration(&self) -> Value {
        let entry = |name: &str, bundle: &str| json!({"name": name, "sideEffects": "None", "admissionReviewVersions": ["v1"], "clientConfig": {"caBundle": bundle}});
        json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration", "metadata": {"name": "cfg"},
            "webhooks": [entry("pods.coffret.dev", &self.bundles[0]), entry("namespaces.coffret.dev", &self.bundles[1])]})
    }

    fn stored(&self) -> Stored {
        let data = self.secret.as_ref().unwrap()["data"].as_object().unwrap();
        let decode = |value: &Value| STANDARD.decode(value.as_str().unwrap()).unwrap();
        Stored::read(
            &data
                .iter()
                .map(|(key, value)| (key.clone(), decode(value)))
                .collect::<BTreeMap<_, _>>(),
        )
    }
}

fn client(server: &Shared) -> kube::Client {
    let server = Arc::clone(server);
    let service = tower::service_fn(move |request: Request<Body>| {
        let server = Arc::clone(&server);
        async move {
            let (parts, body) = request.into_parts();
            let bytes = body.collect().await.unwrap().to_bytes();
            let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
            let delay = server.lock().unwrap().delay;
            tokio::time::sleep(delay).await;
            let (status, answer) = server.lock().unwrap().answer(&parts.method, parts.uri.path(), &body);
            let response = Response::builder()
                .status(status)
                .header("content-type", "application/json");
            Ok::<_, std::convert::Infallible>(response.body(Body::from(answer.to_string().into_bytes())).unwrap())
        }
    });
    kube::Client::new(service, "inj")
}

/// How often the Secret was written and the configuration patched.
pub fn counts(server: &Shared) -> (usize, usize) {
    let server = server.lock().unwrap();
    (server.writes, server.patches)
}

pub struct Replica {
    pub cluster: Cluster,
    pub current: Arc<Current>,
}

pub fn replica(server: &Shared) -> Replica {
    let current = Arc::new(Current::new(provider()));
    let place = Place {
        namespace: "inj".into(),
        secret: "ca".into(),
        webhook: "cfg".into(),
        hosts: vec!["svc".into()],
    };
    Replica {
        cluster: Cluster::new(client(server), place, Arc::clone(&current)),
        current,
    }
}

pub const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn the_first_round_makes_publishes_and_serves() {
    let server = Shared::default();
    let now = SystemTime::now();
    let mut one = replica(&server);
    one.cluster.round(now).await.unwrap();
    assert!(one.current.is_valid(now));
    let bundle = STANDARD.encode(server.lock().unwrap().stored().bundle());
    assert_eq!(
        server.lock().unwrap().bundles,
        [bundle.clone(), bundle],
        "every entry has the CA"
    );
    one.cluster.round(now).await.unwrap();
    assert_eq!(counts(&server), (1, 1), "nothing is written twice");
}

#[tokio::test]
async fn three_replicas_agree_without_fighting() {
    let server = Shared::default();
    let now = SystemTime::now();
    let mut all = [replica(&server), replica(&server), replica(&server)];
    for _ in 0..4 {
        for one in &mut all {
            one.cluster.round(now).await.unwrap();
        }
    }
    assert_eq!(counts(&server), (1, 1));
}

#[tokio::test]
async fn the_one_who_comes_second_takes_the_first_ones_ca() {
    let (other, server) = (Shared::default(), Shared::default());
    let now = SystemTime::now();
    replica(&other).cluster.round(now).await.unwrap();
    let winner = other.lock().unwrap().secret.clone();
    server.lock().unwrap().overtake = winner;
    let mut loser = replica(&server);
    let error = loser.cluster.round(now).await.unwrap_err();
    assert!(error.is_conflict(), "{error}");
    loser.cluster.round(now).await.unwrap();
    assert_eq!(server.lock().unwrap().stored(), other.lock().unwrap().stored());
    assert_eq!(server.lock().unwrap().writes, 0);
    assert!(loser.current.is_valid(now));
}

#[tokio::test]
async fn drift_of_the_bundle_is_repaired() {
    let server = Shared::default();
    let now = SystemTime::now();
    let mut one = replica(&server);
    one.cluster.round(now).await.unwrap();
    let good = server.lock().unwrap().bundles.clone();
    server.lock().unwrap().bundles[1] = String::new();
    one.cluster.round(now).await.unwrap();
    assert_eq!(server.lock().unwrap().bundles, good);
}

#[tokio::test]
async fn without_an_api_server_leaves_are_renewed_all_the_same() {
    let server = Shared::default();
    let start = SystemTime::now();
    let mut one = replica(&server);
    one.cluster.round(start).await.unwrap();
    server.lock().unwrap().is_away = true;
    for hours in 1..200 {
        let now = start + HOUR * hours;
        assert!(one.cluster.round(now).await.is_err());
        one.cluster.sign(now).unwrap();
        assert!(one.current.is_valid(now), "after {hours} hours");
    }
    let jumped = start + LEAF_LIFE * 30;
    one.cluster.sign(jumped).unwrap();
    assert!(one.current.is_valid(jumped), "after the clock jumped");
}

#[tokio::test]
async fn a_ca_that_cannot_be_published_is_not_used() {
    let server = Shared::default();
    let start = SystemTime::now();
    let mut one = replica(&server);
    one.cluster.round(start).await.unwrap();
    let trusted = server.lock().unwrap().bundles[0].clone();
    server.lock().unwrap().refuses_patches = true;
    let successor = start + Duration::from_secs(250 * 86_400);
    for hours in 0..30 {
        let now = successor + HOUR * hours;
        let error = one.cluster.round(now).await.unwrap_err().to_string();
        assert_eq!(error, "patching the webhook configuration");
        one.cluster.sign(now).unwrap();
        assert!(one.current.is_valid(now));
    }
    assert_eq!(
        server.lock().unwrap().bundles[0],
        trusted,
        "still the first CA is trusted"
    );
    server.lock().unwrap().refuses_patches = false;
    one.cluster.round(successor + HOUR * 31).await.unwrap();
    assert!(
        STANDARD.decode(&server.lock().unwrap().bundles[0]).unwrap().len() > STANDARD.decode(&trusted).unwrap().len()
    );
}
