use super::*;

const HOUR: Duration = Duration::from_secs(3_600);

fn at(seconds: u64) -> Moment {
    Moment::new(Duration::from_secs(seconds))
}

fn token(text: &str) -> Token {
    Token::new(text).unwrap()
}

fn key(name: &str) -> Key {
    Key::of(&hyper::Method::GET, name, &HeaderMap::new(), b"", None)
}

fn lease(id: &str, seconds: u64) -> Envelope {
    let body = serde_json::json!({"lease_id": id, "lease_duration": seconds, "renewable": true});
    serde_json::from_value(body).unwrap()
}

fn login(made: &str, orphan: bool) -> Envelope {
    let auth = serde_json::json!({
        "client_token": made, "accessor": format!("accessor of {made}"), "lease_duration": 3_600, "renewable": true,
        "orphan": orphan,
    });
    serde_json::from_value(serde_json::json!({"auth": auth})).unwrap()
}

struct Bench {
    cache: Cache,
    own: Token,
}

impl Bench {
    fn new() -> Self {
        Self {
            cache: Cache::default(),
            own: token("own"),
        }
    }

    fn offer(&mut self, name: &str, with: &str, envelope: &Envelope) -> bool {
        let with = token(with);
        let exchange = Exchange {
            key: key(name),
            namespace: "",
            path: name,
            token: Some(&with),
            envelope,
        };
        let kept = Kept {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: Zeroizing::new(name.as_bytes().to_vec()),
            since: at(0),
        };
        self.cache.offer(exchange, Some(&self.own), kept, 0.5)
    }

    fn holds(&self, name: &str) -> bool {
        self.cache.find(&key(name), at(1)).is_some()
    }

    /// What is left, of everything that was offered in the tests of evictions.
    fn left(&self) -> Vec<&'static str> {
        let all = [
            "/v1/db/creds/a",
            "/v1/db/creds/b",
            "/v1/login",
            "/v1/child",
            "/v1/of-child",
            "/v1/orphan",
        ];
        all.into_iter().filter(|name| self.holds(name)).collect()
    }
}

/// Leases of the agent's token and of a login's, a child of that login with a lease of its own, and an orphan.
fn filled() -> Bench {
    let mut bench = Bench::new();
    assert!(bench.offer("/v1/db/creds/a", "own", &lease("db/creds/a/1", 3_600)));
    assert!(bench.offer("/v1/login", "anything", &login("login", true)));
    assert!(bench.offer("/v1/db/creds/b", "login", &lease("db/creds/b/2", 3_600)));
    assert!(bench.offer("/v1/child", "login", &login("child", false)));
    assert!(bench.offer("/v1/of-child", "child", &lease("aws/creds/c/3", 3_600)));
    assert!(bench.offer("/v1/orphan", "child", &login("orphan", true)));
    bench
}

#[test]
fn only_renewable_things_of_known_tokens_are_kept() {
    let mut bench = Bench::new();
    assert!(!bench.offer("/v1/secret/data/a", "own", &Envelope::default()));
    let fixed = Envelope {
        renewable: false,
        ..lease("pki/1", 60)
    };
    assert!(!bench.offer("/v1/pki/issue/a", "own", &fixed));
    assert!(!bench.offer("/v1/db/creds/a", "stranger", &lease("db/1", 60)));
    assert!(!bench.offer("/v1/auth/token/create", "stranger", &login("child", false)));
    assert!(!bench.offer("/v1/auth/token/renew-self", "own", &login("own", true)));
    assert!(!bench.offer("/v1/sys/leases/renew", "own", &lease("db/1", 60)));
    assert!(bench.cache.is_empty());
    assert!(bench.offer("/v1/db/creds/a", "own", &lease("db/1", 60)));
    assert!(bench.offer("/v1/auth/x/login", "stranger", &login("made", true)));
    assert!(bench.offer("/v1/db/creds/a", "made", &lease("db/2", 60)));
}

#[test]
fn a_kept_lease_is_renewed_while_it_lasts_and_dropped_near_its_maximum() {
    let mut bench = Bench::new();
    bench.offer("/v1/db/creds/a", "own", &lease("db/1", 3_600));
    let due = bench.cache.next_due().unwrap();
    assert!(due > at(2_300) && due < at(2_700), "{due}");
    assert!(bench.cache.take_due(at(2_000), 9).is_empty());
    let renewals = bench.cache.take_due(due, 9);
    assert_eq!(renewals.len(), 1);
    assert!(bench.cache.take_due(due, 9).is_empty(), "renewed twice at a time");
    bench.cache.renewed(&renewals[0].key, HOUR, true, due, 0.5);
    assert!(bench.cache.find(&renewals[0].key, at(5_000)).is_some());
    // The second grant is cut: its successor is fetched while it still lives.
    let due = bench.cache.next_due().unwrap();
    bench.cache.take_due(due, 9);
    bench.cache.renewed(&renewals[0].key, HOUR / 4, true, due, 0.5);
    let end = bench.cache.next_due().unwrap();
    assert!(end < due.after(HOUR / 4));
    assert!(bench.cache.take_due(end, 9).is_empty());
    assert!(bench.cache.is_empty());
}

#[test]
fn a_refused_renewal_evicts_and_a_failed_one_is_tried_again_until_the_end() {
    let mut bench = Bench::new();
    for name in ["/v1/a", "/v1/b"] {
        bench.offer(name, "own", &lease(name, 60));
    }
    assert_eq!(bench.cache.take_due(at(45), 9).len(), 2);
    bench
        .cache
        .renewal_failed(&key("/v1/a"), Class::Permanent, None, at(45), 0.5);
    bench
        .cache
        .renewal_failed(&key("/v1/b"), Class::Transient, None, at(45), 0.5);
    assert!(!bench.holds("/v1/a") && bench.holds("/v1/b"));
    let again = bench.cache.next_due().unwrap();
    assert!(again > at(45) && again < at(48), "{again}");
    assert_eq!(bench.cache.take_due(again, 9).len(), 1);
    assert!(
        bench.cache.find(&key("/v1/b"), at(60)).is_none(),
        "an ended lease was given away"
    );
    assert!(bench.cache.take_due(at(60), 9).is_empty());
    assert!(bench.cache.is_empty());
}

#[test]
fn a_revoked_token_takes_its_leases_and_children_along() {
    let revoke = |revocation| {
        let mut bench = filled();
        bench.cache.revoke(&revocation);
        bench.left()
    };
    use revocation::Revocation;
    assert_eq!(
        revoke(Revocation::Token(token("login"))),
        ["/v1/db/creds/a", "/v1/orphan"]
    );
    assert_eq!(
        revoke(Revocation::Accessor("accessor of child".into())),
        ["/v1/db/creds/a", "/v1/db/creds/b", "/v1/login", "/v1/orphan"]
    );
    assert_eq!(
        revoke(Revocation::Orphaning(token("login"))),
        ["/v1/db/creds/a", "/v1/child", "/v1/of-child", "/v1/orphan"]
    );
    assert_eq!(
        revoke(Revocation::Token(token("own"))),
        ["/v1/db/creds/b", "/v1/login", "/v1/child", "/v1/of-child", "/v1/orphan"]
    );
}

#[test]
fn revoked_leases_are_evicted_by_name_and_by_prefix() {
    let mut bench = filled();
    bench
        .cache
        .revoke(&revocation::Revocation::Lease("db/creds/a/1".into()));
    assert_eq!(
        bench.left(),
        ["/v1/db/creds/b", "/v1/login", "/v1/child", "/v1/of-child", "/v1/orphan"]
    );
    bench.cache.revoke(&revocation::Revocation::Prefix("d".into()));
    assert_eq!(bench.cache.len(), 5);
    bench.cache.revoke(&revocation::Revocation::Prefix("db/creds".into()));
    assert_eq!(bench.left(), ["/v1/login", "/v1/child", "/v1/of-child", "/v1/orphan"]);
}

#[test]
fn clearing_follows_the_request() {
    let clear = |body: &str| {
        let mut bench = filled();
        bench.cache.clear(body.as_bytes()).map(|()| bench.left())
    };
    let without = |gone: &[&str]| {
        let mut left = filled().left();
        left.retain(|name| !gone.contains(name));
        Ok(left)
    };
    assert_eq!(clear(r#"{"type":"all"}"#), Ok(vec![]));
    assert_eq!(
        clear(r#"{"type":"request_path","value":"/v1/db/creds"}"#),
        without(&["/v1/db/creds/a", "/v1/db/creds/b"])
    );
    assert_eq!(
        clear(r#"{"type":"request_path","value":"/v1/db","namespace":"other"}"#),
        without(&[])
    );
    assert_eq!(
        clear(r#"{"type":"lease","value":"db/creds/a/1"}"#),
        without(&["/v1/db/creds/a"])
    );
    assert_eq!(
        clear(r#"{"type":"token","value":"child"}"#),
        without(&["/v1/child", "/v1/of-child"])
    );
    assert_eq!(
        clear(r#"{"type":"token_accessor","value":"accessor of child"}"#),
        without(&["/v1/child", "/v1/of-child"])
    );
    let texts = [
        ("", "empty JSON provided"),
        ("x", "line 1"),
        (r#"{"type":"x"}"#, "invalid type"),
        ("{}", "invalid type"),
    ];
    for (body, text) in texts {
        let error = clear(body).unwrap_err();
        assert!(error.to_string().contains(text) && !error.is_internal(), "{error}");
    }
    assert!(clear(r#"{"type":"lease"}"#).unwrap_err().is_internal());
}
