//! `check` says why the API server would get no answer; tests/cluster shows that it says so when there is one.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use coffret_injector::check;
use http::{Request, Response};
use kube::client::Body;
use serde_json::{Value, json};

/// What `check` says of a webhook configuration with these entries.
async fn refusal(webhooks: Value) -> String {
    let configuration = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": "cfg"}, "webhooks": webhooks,
    });
    let service = tower::service_fn(move |request: Request<Body>| {
        assert_eq!(
            request.uri().path(),
            "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/cfg"
        );
        let body = Body::from(configuration.to_string().into_bytes());
        async move { Ok::<_, std::convert::Infallible>(Response::new(body)) }
    });
    let error = check(&kube::Client::new(service, "inj"), "cfg").await.unwrap_err();
    error.to_string()
}

fn entry(client_config: &Value) -> Value {
    json!([{"name": "pods.coffret.dev", "admissionReviewVersions": ["v1"], "sideEffects": "None", "clientConfig": client_config}])
}

#[tokio::test]
async fn a_configuration_without_a_ca_is_named() {
    let service = json!({"name": "injector", "namespace": "inj"});
    for bundle in ["", "bm8gY2VydGlmaWNhdGU="] {
        let said = refusal(entry(&json!({"service": service, "caBundle": bundle}))).await;
        assert!(said.starts_with("pods.coffret.dev has no caBundle"), "{said}");
    }
}

#[tokio::test]
async fn a_service_nobody_knows_is_named() {
    let ca = authority();
    let service = json!({"name": "injector", "namespace": "no-such-namespace", "port": 8443});
    let said = refusal(entry(&json!({"service": service, "caBundle": STANDARD.encode(ca)}))).await;
    assert!(said.contains("injector.no-such-namespace.svc"), "{said}");
}

#[tokio::test]
async fn nothing_to_ask_is_an_error() {
    assert!(refusal(json!([])).await.contains("no entry"));
    let said = refusal(entry(&json!({"url": "https://localhost/mutate"}))).await;
    assert!(said.contains("no entry"), "{said}");
}

fn authority() -> String {
    coffret_injector::tls::Authority::generate(std::time::SystemTime::now())
        .unwrap()
        .certificate_pem()
        .to_owned()
}
