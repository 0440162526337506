//! Any bytes as a request (method, path, query, body) get an answer.
#![no_main]

use coffret_devserver::core::Core;
use coffret_devserver::{Clock, exchange, seed};
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

const METHODS: [&str; 8] = ["GET", "PUT", "LIST", "SCAN", "DELETE", "PATCH", "HEAD", "HELP"];
const SEED: &str = "
mounts: { one: { type: kv }, two: { type: kv-v2 }, db: { type: database }, t: { type: transit }, pki: { type: pki } }
auth: { k: { type: kubernetes }, a: { type: approle }, u: { type: userpass }, j: { type: jwt }, c: { type: cert } }
";

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let (target, body) = match rest.iter().position(|byte| *byte == b'\n') {
        Some(at) => (&rest[..at], &rest[at + 1..]),
        None => (rest, &[][..]),
    };
    let mut core = Core::new(Clock::manual(Timestamp::UNIX_EPOCH), "http://127.0.0.1:1".to_owned());
    let root = core.create_root_token(Some("root".to_owned()));
    seed::plant(&mut core, &root, SEED).expect("the seed is right");
    let mut headers = HeaderMap::new();
    headers.insert("x-vault-token", HeaderValue::from_static("root"));
    headers.insert("content-type", HeaderValue::from_static("application/merge-patch+json"));
    let method = METHODS[usize::from(*first) % METHODS.len()];
    let target = format!("/v1/{}", String::from_utf8_lossy(target));
    let (status, _) = exchange(&mut core, method, &target, headers, bytes::Bytes::copy_from_slice(body));
    assert!((200..600).contains(&status), "{status}");
});
