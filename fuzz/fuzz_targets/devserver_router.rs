//! Any bytes as a conversation (requests one after the other, each method, token, path, query and body) get answers.
//!
//! Requests are separated by a record separator (0x1e). The first byte of each chooses the method and whose token is
//! sent; the rest is the path up to the first newline, then the body. What earlier answers told stands for itself:
//! `$T` the last token, `$A` accessor, `$L` lease, `$C` ciphertext, `$S` serial number, `$W` wrapping token.
#![no_main]

use coffret_devserver::core::Core;
use coffret_devserver::{Clock, exchange, seed};
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

const METHODS: [&str; 8] = ["GET", "PUT", "LIST", "SCAN", "DELETE", "PATCH", "HEAD", "HELP"];
const MOST_REQUESTS: usize = 12;

/// All engines mounted, with something in each, and a token that may do little.
const SEED: &str = r#"
mounts: { one: { type: kv }, two: { type: kv-v2 }, db: { type: database }, t: { type: transit }, pki: { type: pki }, aws: { type: aws } }
auth: { k: { type: kubernetes }, a: { type: approle }, u: { type: userpass }, j: { type: jwt }, c: { type: cert } }
namespaces: [n, n/m]
policies:
  little: 'path "two/data/+/x*" { capabilities = ["read", "create", "patch"] allowed_parameters = { data = [] } }'
write:
  - { path: auth/token/create, data: { id: little, policies: [little] } }
  - { path: pki/root/generate/internal, data: { common_name: Root, key_type: ed25519, ttl: 1000h } }
  - { path: pki/roles/r, data: { allow_any_name: true, key_type: ec } }
  - { path: t/keys/k, data: { exportable: true, allow_plaintext_backup: true } }
  - { path: t/keys/s, data: { type: ed25519 } }
  - { path: db/config/c, data: { plugin_name: postgresql-database-plugin, allowed_roles: "*", connection_url: "x" } }
  - { path: db/roles/r, data: { db_name: c, creation_statements: [s], default_ttl: 1h, max_ttl: 2h } }
  - { path: auth/a/role/r, data: { token_policies: [little] } }
  - { path: auth/u/users/bob, data: { password: p, token_policies: [little] } }
secrets: { one/x: { a: b }, two/x: { a: b } }
"#;

/// What earlier answers told.
#[derive(Default)]
struct Told(Vec<(&'static str, String)>);

impl Told {
    const NAMES: [(&'static str, &'static str); 6] = [
        ("client_token", "$T"),
        ("accessor", "$A"),
        ("lease_id", "$L"),
        ("ciphertext", "$C"),
        ("serial_number", "$S"),
        ("token", "$W"),
    ];

    fn listen(&mut self, value: &Value) {
        match value {
            Value::Object(members) => {
                for (key, value) in members {
                    let known = Self::NAMES.iter().find(|(name, _)| name == key);
                    if let (Some((_, place)), Some(text)) = (known, value.as_str().filter(|text| !text.is_empty())) {
                        self.0.retain(|(other, _)| other != place);
                        self.0.push((place, text.to_owned()));
                    }
                    self.listen(value);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.listen(item)),
            _ => {}
        }
    }

    fn fill(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (place, told)| text.replace(place, told))
    }
}

/// Whether answering takes seconds of arithmetic and shows nothing: keys of RSA.
fn makes_rsa_keys(path: &str, body: &str) -> bool {
    let other = |body: &str| body.contains("\"ec\"") || body.contains("\"ed25519\"");
    let generates = ["generate", "roles/", "issue", "cross-sign", "rotate/", "transit", "keys/"];
    body.contains("rsa") || (path.starts_with("pki") && generates.iter().any(|word| path.contains(word)) && !other(body) && !path.contains("issue/r"))
}

fn headers(first: u8) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let token = match first >> 3 & 3 {
        0 | 1 => Some("root"),
        2 => Some("little"),
        _ => None,
    };
    if let Some(token) = token {
        headers.insert("x-vault-token", HeaderValue::from_static(token));
    }
    if first & 0x20 != 0 {
        headers.insert("x-vault-wrap-ttl", HeaderValue::from_static("60"));
    }
    if first & 0x40 != 0 {
        headers.insert("x-vault-namespace", HeaderValue::from_static("n"));
    }
    headers.insert("content-type", HeaderValue::from_static("application/merge-patch+json"));
    headers
}

fuzz_target!(|bytes: &[u8]| {
    let clock = Clock::manual(Timestamp::UNIX_EPOCH);
    let mut core = Core::new(clock, "http://127.0.0.1:1".to_owned());
    let root = core.create_root_token(Some("root".to_owned()));
    seed::plant(&mut core, &root, SEED).expect("the seed is right");
    let mut told = Told::default();
    for request in bytes.split(|byte| *byte == 0x1e).take(MOST_REQUESTS) {
        let Some((first, rest)) = request.split_first() else { continue };
        let (path, body) = match rest.iter().position(|byte| *byte == b'\n') {
            Some(at) => (&rest[..at], &rest[at + 1..]),
            None => (rest, &[][..]),
        };
        let path = told.fill(&String::from_utf8_lossy(path));
        let body = match std::str::from_utf8(body) {
            Ok(text) => told.fill(text).into_bytes(),
            Err(_) => body.to_vec(),
        };
        if makes_rsa_keys(&path, &String::from_utf8_lossy(&body)) {
            continue;
        }
        let method = METHODS[usize::from(*first & 7)];
        let (status, answer) = exchange(&mut core, method, &format!("/v1/{path}"), headers(*first), body.into());
        assert!((200..600).contains(&status), "{status}");
        if let Ok(answer) = serde_json::from_slice(&answer) {
            told.listen(&answer);
        }
    }
});
