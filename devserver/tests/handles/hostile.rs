//! Anything may come in; an answer comes out.

use bytes::Bytes;
use coffret_devserver::core::Core;
use coffret_devserver::{Clock, exchange, seed};
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use proptest::prelude::*;

const SEED: &str = "
mounts: { one: { type: kv }, two: { type: kv-v2 }, db: { type: database }, t: { type: transit }, pki: { type: pki }, aws: { type: aws } }
auth: { k: { type: kubernetes }, a: { type: approle }, u: { type: userpass }, j: { type: jwt }, c: { type: cert } }
";

/// Parts of paths that lead somewhere, so that random paths do too.
const PARTS: [&str; 28] = [
    "sys",
    "auth",
    "one",
    "two",
    "db",
    "t",
    "pki",
    "aws",
    "k",
    "a",
    "u",
    "j",
    "c",
    "token",
    "create",
    "lookup-self",
    "data",
    "metadata",
    "leases",
    "renew",
    "mounts",
    "policies",
    "acl",
    "role",
    "config",
    "login",
    "keys",
    "",
];

proptest! {
    #[test]
    fn no_request_brings_the_server_down(
        method in prop::sample::select(vec!["GET", "PUT", "POST", "LIST", "SCAN", "DELETE", "PATCH", "HEAD", "HELP", "BREW"]),
        parts in prop::collection::vec(prop_oneof![prop::sample::select(PARTS.to_vec()).prop_map(str::to_owned), ".{0,6}"], 0..6),
        query in ".{0,12}",
        body in prop_oneof![prop::collection::vec(any::<u8>(), 0..64), r#"\{"[a-z_]{1,9}":("[^"\\]{0,9}"|[0-9]{1,4}|\[\]|\{\}|null)\}"#.prop_map(String::into_bytes)],
    ) {
        let mut core = Core::new(Clock::manual(Timestamp::UNIX_EPOCH), "http://127.0.0.1:1".to_owned());
        let root = core.create_root_token(Some("root".to_owned()));
        seed::plant(&mut core, &root, SEED).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("x-vault-token", HeaderValue::from_static("root"));
        if method == "PATCH" {
            headers.insert("content-type", HeaderValue::from_static("application/merge-patch+json"));
        }
        let (status, _) = exchange(&mut core, method, &format!("/v1/{}?{query}", parts.join("/")), headers, Bytes::from(body));
        prop_assert!((200..600).contains(&status), "{status}");
    }
}
