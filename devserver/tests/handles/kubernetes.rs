//! Kubernetes logins: with configured keys, and with an API server that is asked.

use super::client::{Client, text};
use super::server;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::{EncodePublicKey, LineEnding};
use rsa::signature::{SignatureEncoding, Signer};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const MOUNT: &str = "auth: { kubernetes: { type: kubernetes } }\nwrite:\n- path: auth/kubernetes/role/web\n  data: { bound_service_account_names: web, \
                     bound_service_account_namespaces: 'shop*', audience: vault, token_policies: p, token_ttl: 20m }\n";

fn claims() -> Value {
    json!({
        "iss": "https://kubernetes.default.svc", "aud": ["vault"], "exp": 1_893_459_600, "iat": 1_893_455_000,
        "sub": "system:serviceaccount:shop-prod:web",
        "kubernetes.io": { "namespace": "shop-prod", "serviceaccount": { "name": "web", "uid": "u-1" } }
    })
}

fn sign(key: &rsa::RsaPrivateKey, claims: &Value) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(&json!({ "alg": "RS256", "typ": "JWT" })), part(claims));
    let signature = SigningKey::<sha2::Sha256>::new(key.clone()).sign(message.as_bytes());
    format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature.to_bytes()))
}

async fn login(client: &Client, jwt: &str) -> (u16, Value) {
    let body = json!({ "role": "web", "jwt": jwt }).to_string();
    let answer = client.as_token("").put("/v1/auth/kubernetes/login", &body).await;
    (answer.status, answer.json())
}

#[tokio::test]
async fn keys_decide_over_signature_audience_times_names_and_namespaces() {
    let (_server, client) = server(MOUNT).await;
    let mut random = rsa::rand_core::OsRng;
    let (key, other) = (
        rsa::RsaPrivateKey::new(&mut random, 2048).unwrap(),
        rsa::RsaPrivateKey::new(&mut random, 2048).unwrap(),
    );
    let pem = key.to_public_key().to_public_key_pem(LineEnding::LF).unwrap();
    let config = json!({ "kubernetes_host": "http://127.0.0.1:1", "pem_keys": [pem] }).to_string();
    assert_eq!(client.put("/v1/auth/kubernetes/config", &config).await.status, 204);

    let (status, answer) = login(&client, &sign(&key, &claims())).await;
    assert_eq!(status, 200, "{answer}");
    let auth = &answer["auth"];
    assert_eq!(
        (&auth["lease_duration"], &auth["policies"]),
        (&1200.into(), &json!(["default", "p"]))
    );
    assert_eq!(auth["metadata"]["service_account_namespace"], "shop-prod");

    let changed = |pointer: &str, value: Value| {
        let mut claims = claims();
        *claims.pointer_mut(pointer).unwrap() = value;
        sign(&key, &claims)
    };
    for (jwt, error) in [
        (sign(&other, &claims()), "permission denied"),
        ("no.token.at-all".to_owned(), "permission denied"),
        (
            changed("/aud/0", json!("else")),
            "invalid audience (aud) claim: audience claim does not match any expected audience",
        ),
        (
            changed("/exp", json!(1_600_000_000)),
            "invalid expiration time (exp) claim: token is expired",
        ),
        (
            changed("/kubernetes.io/serviceaccount/name", json!("db")),
            "service account name not authorized",
        ),
        (
            changed("/kubernetes.io/namespace", json!("other")),
            "namespace not authorized",
        ),
    ] {
        let (status, answer) = login(&client, &jwt).await;
        assert_eq!((status, text(&answer["errors"][0])), (403, error));
    }
}

/// An API server that answers every question with these bodies in turn, and gives the requests back.
async fn api_server(answers: Vec<Value>) -> (String, tokio::task::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        let mut requests = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = String::new();
            let mut buffer = [0; 4096];
            loop {
                let read = stream.read(&mut buffer).await.unwrap();
                request.push_str(&String::from_utf8_lossy(&buffer[..read]));
                let length = request
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
                let body = request.split_once("\r\n\r\n").map(|(_, body)| body.len());
                if body.is_some_and(|body| body >= length.unwrap_or_default()) {
                    break;
                }
            }
            let body = answer.to_string();
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
            requests.push(request);
        }
        requests
    });
    (url, task)
}

fn review(authenticated: bool) -> Value {
    json!({ "status": {
        "authenticated": authenticated, "audiences": ["vault"],
        "user": { "username": "system:serviceaccount:shop-prod:web", "uid": "u-1" }
    } })
}

#[tokio::test]
async fn without_keys_the_api_server_is_asked() {
    let (_server, client) = server(MOUNT).await;
    let key = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap();
    let (url, requests) = api_server(vec![review(true), review(false)]).await;
    let config = json!({ "kubernetes_host": url, "token_reviewer_jwt": "reviewer" }).to_string();
    assert_eq!(client.put("/v1/auth/kubernetes/config", &config).await.status, 204);
    let jwt = sign(&key, &claims());
    assert_eq!(login(&client, &jwt).await.0, 200);
    assert_eq!(login(&client, &jwt).await.0, 403);
    let requests = requests.await.unwrap();
    let first = requests.first().unwrap();
    assert!(
        first.starts_with("POST /apis/authentication.k8s.io/v1/tokenreviews HTTP/1.1\r\n"),
        "{first}"
    );
    assert!(
        first.contains("authorization: Bearer reviewer\r\n") && first.contains(&jwt),
        "{first}"
    );
}

#[tokio::test]
async fn a_namespace_selector_asks_for_the_namespace_too() {
    let seed = "auth: { kubernetes: { type: kubernetes } }\nwrite:\n- path: auth/kubernetes/role/web\n  data: { bound_service_account_names: web, \
                bound_service_account_namespace_selector: '{\"matchLabels\":{\"team\":\"red\"}}' }\n";
    let (_server, client) = server(seed).await;
    let key = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap();
    let labels = |team: &str| json!({ "metadata": { "labels": { "team": team } } });
    let (url, requests) = api_server(vec![labels("red"), review(true), labels("blue")]).await;
    let config = json!({ "kubernetes_host": url, "token_reviewer_jwt": "reviewer" }).to_string();
    assert_eq!(client.put("/v1/auth/kubernetes/config", &config).await.status, 204);
    let jwt = sign(&key, &claims());
    assert_eq!(login(&client, &jwt).await.0, 200);
    let (status, answer) = login(&client, &jwt).await;
    assert_eq!((status, text(&answer["errors"][0])), (403, "namespace not authorized"));
    assert!(
        requests
            .await
            .unwrap()
            .first()
            .unwrap()
            .starts_with("GET /api/v1/namespaces/shop-prod HTTP/1.1\r\n")
    );
}
