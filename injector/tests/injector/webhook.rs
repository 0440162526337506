//! The real router and the real TLS: every request gets a well-formed review.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use coffret_injector::Outcome;
use coffret_injector::offline::review;
use coffret_injector::settings::Settings;
use coffret_injector::webhook::{State, answer, router};
use http::{Request, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::ServiceExt;

use crate::golden;

pub fn settings(extra: &[(&str, &str)]) -> Settings {
    let find = |name: &str| match name {
        "AGENT_INJECT_VAULT_ADDR" => Some("https://vault:8200".to_owned()),
        _ => extra
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| (*value).to_owned()),
    };
    Settings::read(&[], &find).unwrap()
}

pub fn pod(annotations: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "annotations": annotations},
        "spec": {"containers": [{"name": "app", "image": "app"}]}})
}

fn annotated() -> Value {
    pod(&json!({"vault.hashicorp.com/agent-inject": "true", "vault.hashicorp.com/role": "r"}))
}

fn state(extra: &[(&str, &str)]) -> Arc<State> {
    let settings = settings(extra);
    Arc::new(State::new(settings.defaults.clone(), &settings.serve))
}

async fn send(state: &Arc<State>, request: Request<Body>) -> (StatusCode, Value) {
    let response = router(Arc::clone(state)).oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

fn post(body: impl Into<Body>) -> Request<Body> {
    Request::post("/mutate")
        .header("content-type", "application/json")
        .body(body.into())
        .unwrap()
}

async fn ask(state: &Arc<State>, body: impl Into<Body>) -> Value {
    let (status, answer) = send(state, post(body)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answer["kind"], "AdmissionReview");
    assert!(
        answer["response"]["allowed"].is_boolean() && answer["response"]["uid"].is_string(),
        "{answer}"
    );
    answer
}

#[tokio::test]
async fn an_annotated_pod_is_patched_and_the_patch_applies() {
    let state = state(&[]);
    let question = review(&annotated(), "shop", "u-1");
    let answer = ask(&state, question.to_string()).await;
    assert_eq!(answer["response"]["uid"], "u-1");
    assert_eq!(answer["response"]["patchType"], "JSONPatch");
    let patch = base64::engine::general_purpose::STANDARD
        .decode(answer["response"]["patch"].as_str().unwrap())
        .unwrap();
    let mut patched = annotated();
    json_patch::patch(
        &mut patched,
        &serde_json::from_slice::<json_patch::Patch>(&patch).unwrap(),
    )
    .unwrap();
    assert_eq!(patched["spec"]["initContainers"][0]["restartPolicy"], "Always");
    assert_eq!(answer["response"]["auditAnnotations"]["injection"], "native");
}

#[tokio::test]
async fn versions_are_answered_as_asked() {
    let state = state(&[]);
    let mut question = review(&annotated(), "shop", "u");
    question["apiVersion"] = json!("admission.k8s.io/v1beta1");
    assert_eq!(
        ask(&state, question.to_string()).await["apiVersion"],
        "admission.k8s.io/v1beta1"
    );
    question.as_object_mut().unwrap().retain(|key, _| key == "request");
    assert_eq!(
        ask(&state, question.to_string()).await["apiVersion"],
        "admission.k8s.io/v1"
    );
}

#[tokio::test]
async fn a_refusal_has_the_known_message_and_a_hint() {
    let state = state(&[]);
    let pod = pod(
        &json!({"vault.hashicorp.com/agent-inject": "true", "vault.hashicorp.com/role": "r",
        "vault.hashicorp.com/agent-init-first": "yes"}),
    );
    let answer = ask(&state, review(&pod, "shop", "u").to_string()).await;
    assert_eq!(answer["response"]["allowed"], false);
    assert_eq!(
        answer["response"]["status"],
        json!({"metadata": {}, "message": "error creating new agent sidecar: cannot parse '' as bool: strconv.ParseBool: parsing \"yes\": invalid syntax"})
    );
    let hint = answer["response"]["warnings"][0].as_str().unwrap();
    assert!(hint.contains("agent-init-first") && hint.contains("\"true\""), "{hint}");
}

#[tokio::test]
async fn other_requests_pass_unchanged() {
    let state = state(&[]);
    for (pointer, value) in [
        ("/request/operation", json!("UPDATE")),
        ("/request/kind/kind", json!("Deployment")),
        ("/request/object", annotated_mirror()),
    ] {
        let mut question = review(&annotated(), "shop", "u");
        *question.pointer_mut(pointer).unwrap() = value;
        let answer = ask(&state, question.to_string()).await;
        assert_eq!(answer["response"]["allowed"], true, "{pointer}");
        assert!(answer["response"].get("patch").is_none(), "{pointer}");
    }
}

fn annotated_mirror() -> Value {
    let mut pod = annotated();
    pod["metadata"]["annotations"]["kubernetes.io/config.mirror"] = json!("x");
    pod
}

#[tokio::test]
async fn garbage_gets_a_review_too() {
    let state = state(&[]);
    for body in [
        "",
        "{",
        "null",
        "[]",
        "\"x\"",
        "{}",
        "{\"request\":5}",
        "{\"request\":{}}",
        "{\"request\":{\"uid\":7,\"object\":\"x\"}}",
        "\u{0}\u{1}",
        "{\"request\":{\"object\":null}}",
    ] {
        let answer = ask(&state, body).await;
        assert_eq!(answer["response"]["allowed"], false, "{body}");
        assert!(
            answer["response"]["status"]["message"]
                .as_str()
                .is_some_and(|text| !text.is_empty()),
            "{body}"
        );
    }
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(ask(&state, deep).await["response"]["allowed"], false);
}

#[tokio::test]
async fn three_megabytes_are_the_limit() {
    let state = state(&[]);
    let (status, answer) = send(&state, post("x".repeat((3 << 20) + 1))).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer["response"]["allowed"], false);
}

#[tokio::test]
async fn a_full_house_is_told_to_come_back() {
    let state = state(&[("AGENT_INJECT_MAX_REQUESTS", "1")]);
    let all = Arc::clone(&state.body_budget).acquire_many_owned(3072).await.unwrap();
    let (status, answer) = send(&state, post("{}")).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer["kind"], "AdmissionReview");
    drop(all);
    assert_eq!(send(&state, post("{}")).await.0, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_is_given_up() {
    let state = state(&[]);
    let endless = futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>();
    let (status, answer) = send(&state, post(Body::from_stream(endless))).await;
    assert_eq!(status, StatusCode::REQUEST_TIMEOUT);
    assert_eq!(answer["response"]["allowed"], false);
}

#[tokio::test]
async fn health_and_metrics_answer() {
    let state = state(&[("AGENT_INJECT_TELEMETRY_PATH", "/metrics")]);
    ask(&state, review(&annotated(), "shop", "u").to_string()).await;
    let get = |path: &str| Request::get(path).body(Body::empty()).unwrap();
    assert_eq!(send(&state, get("/health/live")).await.0, StatusCode::NO_CONTENT);
    assert_eq!(send(&state, get("/health/ready")).await.0, StatusCode::NO_CONTENT);
    let response = router(Arc::clone(&state)).oneshot(get("/metrics")).await.unwrap();
    let text = String::from_utf8(to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap();
    assert!(
        text.contains(
            "vault_agent_injector_injections_by_namespace_total{namespace=\"shop\",injection_type=\"native\"} 1"
        ),
        "{text}"
    );
    assert!(
        text.contains("coffret_injector_reviews_total{outcome=\"injected\",reason=\"native\"} 1"),
        "{text}"
    );
    state.drain();
    assert_eq!(
        send(&state, get("/health/ready")).await.0,
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(send(&state, get("/health/live")).await.0, StatusCode::NO_CONTENT);
}

/// The webhook passes over what it does not need; a decision about the whole pod must be the same.
#[test]
fn what_a_review_passes_over_changes_no_answer() {
    let mut compared = 0;
    for path in golden::inputs() {
        let input = golden::load(&path);
        if input.get("inherited").is_some() {
            continue;
        }
        let settings = golden::settings(&input);
        let state = State::new(settings.defaults, &settings.serve);
        let mut pod = bulky(&input["pod"]);
        for look in ["first", "second"] {
            let expected = golden::decide(&input, &pod);
            let body = review(&pod, input["namespace"].as_str().unwrap(), "u").to_string();
            let answer = answer(&state, body.as_bytes());
            let Outcome::Patched { patch, .. } = expected else {
                assert!(answer["response"].get("patch").is_none(), "{} {look}", path.display());
                break;
            };
            let text = STANDARD.decode(answer["response"]["patch"].as_str().unwrap()).unwrap();
            assert_eq!(
                serde_json::from_slice::<json_patch::Patch>(&text).unwrap(),
                patch,
                "{} {look}",
                path.display()
            );
            json_patch::patch(&mut pod, &patch).unwrap();
            compared += 1;
        }
    }
    assert!(compared >= 150, "only {compared} patches were compared");
}

/// The pod with all that a decision does not look at.
fn bulky(pod: &Value) -> Value {
    let object = |pointer: &str| pod.pointer(pointer).is_some_and(Value::is_object);
    if !object("/metadata/annotations") || !object("/spec") {
        return pod.clone();
    }
    let mut pod = pod.clone();
    pod["metadata"]["managedFields"] = json!([{"manager": "m", "fieldsV1": {"f:spec": {}}}]);
    pod["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] = json!("{\"a\": \"AWS_\"}");
    pod["spec"]["affinity"] = json!({"nodeAffinity": {}});
    let containers = pod["spec"]["containers"].as_array_mut().into_iter().flatten();
    for container in containers.filter(|container| container.is_object()) {
        container["args"] = json!(["a", "\u{1f980}", "\"quoted\""]);
        if let Some(env) = container["env"].as_array_mut() {
            env.push(json!({"name": "OTHER", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}));
        }
    }
    pod
}

/// One request over real TLS that trusts only the given CA.
pub async fn over_tls(
    address: std::net::SocketAddr,
    ca_pem: &str,
    name: &str,
    request: &str,
) -> std::io::Result<String> {
    use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(ca_pem.as_bytes()) {
        roots.add(certificate.unwrap()).unwrap();
    }
    let config = rustls::ClientConfig::builder_with_provider(coffret_injector::tls::provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = tokio::net::TcpStream::connect(address).await?;
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let mut stream = connector
        .connect(ServerName::try_from(name.to_owned()).unwrap(), stream)
        .await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    // The end of the connection is the end of the answer, with or without a TLS goodbye.
    let _ = stream.read_to_end(&mut answer).await;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[tokio::test]
async fn the_whole_thing_runs_over_tls_and_drains() {
    let running = coffret_injector::start(&settings(&[]), "127.0.0.1:0").await.unwrap();
    let body = review(&annotated(), "shop", "u-9").to_string();
    let request = format!(
        "POST /mutate HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    for name in ["localhost", "127.0.0.1"] {
        let answer = over_tls(running.address(), running.ca_pem(), name, &request)
            .await
            .unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 200 OK") && answer.contains("\"uid\":\"u-9\""),
            "{answer}"
        );
    }
    let stranger = coffret_injector::tls::Authority::generate(std::time::SystemTime::now()).unwrap();
    assert!(
        over_tls(running.address(), stranger.certificate_pem(), "localhost", &request)
            .await
            .is_err()
    );
    let address = running.address();
    running.shutdown().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
