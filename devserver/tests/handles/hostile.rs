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

/// What the server at the start of the test answers: status and body.
fn asked(core: &mut Core, method: &str, target: &str, body: String) -> (u16, String) {
    let mut headers = HeaderMap::new();
    headers.insert("x-vault-token", HeaderValue::from_static("root"));
    let (status, body) = exchange(core, method, target, headers, Bytes::from(body));
    (status, String::from_utf8(body).unwrap())
}

#[test]
fn a_secret_may_have_as_many_levels_as_go_reads_and_no_more() {
    let mut core = Core::new(Clock::manual(Timestamp::UNIX_EPOCH), "http://127.0.0.1:1".to_owned());
    let root = core.create_root_token(Some("root".to_owned()));
    seed::plant(&mut core, &root, SEED).unwrap();
    let nested = |levels: usize| format!(r#"{{"a":{}{}}}"#, "[".repeat(levels - 1), "]".repeat(levels - 1));
    for path in ["/v1/one/deep", "/v1/cubbyhole/deep"] {
        assert_eq!(asked(&mut core, "PUT", path, nested(10_000)).0, 204);
        let (status, body) = asked(&mut core, "GET", path, String::new());
        assert_eq!(status, 200);
        assert!(body.contains(&nested(10_000)), "the secret comes back whole");
        let (status, body) = asked(&mut core, "PUT", path, nested(10_001));
        let text = "failed to decode JSON input: invalid character '[' exceeded max depth";
        assert_eq!((status, body), (400, format!("{{\"errors\":[\"{text}\"]}}\n")));
    }
}

#[test]
fn a_body_may_hold_a_thousand_texts() {
    let mut core = Core::new(Clock::manual(Timestamp::UNIX_EPOCH), "http://127.0.0.1:1".to_owned());
    let root = core.create_root_token(Some("root".to_owned()));
    seed::plant(&mut core, &root, SEED).unwrap();
    let body = |texts: usize, end: &str| format!(r#"{{"a":[{}{end}"#, vec![r#""""#; texts - 1].join(","));
    assert_eq!(asked(&mut core, "PUT", "/v1/one/many", body(1000, "]}")).0, 204);
    for end in ["]}", " x"] {
        let (status, body) = asked(&mut core, "PUT", "/v1/one/many", body(1001, end));
        let text = "refused JSON input due to high complexity: exceeded maximum number of strings";
        assert_eq!((status, body), (400, format!("{{\"errors\":[\"{text}\"]}}\n")));
    }
}
