//! JWT logins by keys that somebody else publishes.

use super::client::{Client, text};
use super::server;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const MOUNT: &str = "auth: { jwt: { type: jwt } }\nwrite:\n- path: auth/jwt/role/web\n  data: { role_type: jwt, user_claim: sub, \
                     bound_subject: web, groups_claim: groups, token_policies: p }\n";

fn key() -> SigningKey {
    SigningKey::random(&mut rsa::rand_core::OsRng)
}

fn base64(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn jwk(key: &SigningKey, id: &str) -> Value {
    let point = key.verifying_key().to_encoded_point(false);
    let (x, y) = (base64(point.x().unwrap()), base64(point.y().unwrap()));
    json!({ "kty": "EC", "crv": "P-256", "kid": id, "x": x, "y": y })
}

fn token(key: &SigningKey, id: &str, groups: &[&str]) -> String {
    let claims = json!({ "sub": "web", "iat": 1_893_455_000, "exp": 1_893_459_600, "groups": groups });
    let head = json!({ "alg": "ES256", "kid": id });
    let message = format!(
        "{}.{}",
        base64(head.to_string().as_bytes()),
        base64(claims.to_string().as_bytes())
    );
    let signature: Signature = key.sign(message.as_bytes());
    format!("{message}.{}", base64(&signature.to_bytes()))
}

/// What an issuer publishes: its keys, and how often they were asked for.
#[derive(Default)]
struct Published {
    keys: Vec<Value>,
    fetched: usize,
}

/// An issuer with a discovery document; `published` can be changed and read while it serves.
async fn issuer(published: Arc<Mutex<Published>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let own = url.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = Vec::new();
            let mut buffer = [0; 4096];
            while !request.windows(4).any(|end| end == b"\r\n\r\n") {
                let read = stream.read(&mut buffer).await.unwrap();
                request.extend_from_slice(&buffer[..read]);
            }
            let body = if request.starts_with(b"GET /keys ") {
                let mut published = published.lock().unwrap();
                published.fetched += 1;
                json!({ "keys": published.keys })
            } else {
                json!({ "issuer": own, "jwks_uri": format!("{own}/keys") })
            };
            let body = body.to_string();
            let length = body.len();
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    url
}

async fn configure(client: &Client, config: &Value) -> (u16, Value) {
    let answer = client.put("/v1/auth/jwt/config", &config.to_string()).await;
    (
        answer.status,
        if answer.status == 204 {
            Value::Null
        } else {
            answer.json()
        },
    )
}

async fn login(client: &Client, jwt: &str) -> (u16, Value) {
    let body = json!({ "role": "web", "jwt": jwt }).to_string();
    let answer = client.as_token("").put("/v1/auth/jwt/login", &body).await;
    (answer.status, answer.json())
}

#[tokio::test]
async fn keys_of_an_issuer_are_fetched_and_fetched_again_for_new_ones() {
    let (_server, client) = server(MOUNT).await;
    let (old, new) = (key(), key());
    let published = Arc::new(Mutex::new(Published {
        keys: vec![jwk(&old, "old")],
        fetched: 0,
    }));
    let url = issuer(Arc::clone(&published)).await;
    let (status, answer) = configure(&client, &json!({ "oidc_discovery_url": url })).await;
    assert_eq!(status, 204, "{answer}");

    for _ in 0..2 {
        let (status, answer) = login(&client, &token(&old, "old", &[])).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["auth"]["policies"], json!(["default", "p"]));
    }
    assert_eq!(published.lock().unwrap().fetched, 1, "known keys are not fetched again");

    let jwt = token(&new, "new", &[]);
    let (status, answer) = login(&client, &jwt).await;
    let why = "error validating token: error verifying token signature: failed to verify id token signature";
    assert_eq!((status, text(&answer["errors"][0])), (400, why));
    published.lock().unwrap().keys.push(jwk(&new, "new"));
    let (status, answer) = login(&client, &jwt).await;
    assert_eq!(status, 200, "{answer}");
    let (status, _) = login(&client, &token(&old, "new", &[])).await;
    assert_eq!(status, 400, "a key is taken for tokens that name it only");
}

#[tokio::test]
async fn a_document_of_another_issuer_is_refused() {
    let (_server, client) = server(MOUNT).await;
    let url = issuer(Arc::default()).await;
    let other = url.replace("127.0.0.1", "localhost");
    let (status, answer) = configure(&client, &json!({ "oidc_discovery_url": other })).await;
    assert_eq!(
        (status, text(&answer["errors"][0])),
        (400, "error checking oidc discovery URL")
    );
}

#[tokio::test]
async fn groups_of_a_token_give_the_policies_of_external_groups() {
    let (_server, client) = server(MOUNT).await;
    let signer = key();
    let published = Arc::new(Mutex::new(Published {
        keys: vec![jwk(&signer, "k")],
        fetched: 0,
    }));
    let url = issuer(published).await;
    configure(&client, &json!({ "jwks_url": format!("{url}/keys") })).await;
    let accessor = client.get("/v1/sys/auth/jwt").await.json()["data"]["accessor"].clone();
    let group = json!({ "name": "developers", "type": "external", "policies": ["dev"] }).to_string();
    let group = client.put("/v1/identity/group", &group).await.json()["data"]["id"].clone();
    let alias = json!({ "name": "dev", "mount_accessor": accessor, "canonical_id": group }).to_string();
    assert_eq!(client.put("/v1/identity/group-alias", &alias).await.status, 200);

    let (_, answer) = login(&client, &token(&signer, "k", &["ops", "dev"])).await;
    assert_eq!(answer["auth"]["identity_policies"], json!(["dev"]));
    let (_, answer) = login(&client, &token(&signer, "k", &["ops"])).await;
    assert_eq!(
        answer["auth"]["identity_policies"],
        Value::Null,
        "who is not in the group any more leaves it"
    );
}
