use jiff::Timestamp;

use super::*;

const PACE: Pace = Pace {
    base: Duration::from_millis(250),
    ceiling: Duration::from_secs(60),
};

fn at(seconds: u64) -> Moment {
    Moment::new(Duration::from_secs(seconds))
}

fn read(path: &str) -> Name {
    Name::new(&Request::Read {
        path: path.into(),
        query: vec![],
    })
}

fn answer(body: &str) -> Fetched {
    Fetched {
        secret: Arc::new(Secret::from_response(body.as_bytes()).unwrap()),
        summary: Summary::read(body.as_bytes(), Timestamp::UNIX_EPOCH).unwrap(),
        body: None,
    }
}

fn trouble(class: Class) -> Trouble {
    Trouble {
        class,
        code: Code::Unreachable,
        text: "down".into(),
        retry_after: None,
    }
}

fn kv2() -> Mount {
    Mount {
        path: "secret/".into(),
        versioned: true,
        inert: true,
    }
}

const LEASED: &str = r#"{"lease_id":"l1","lease_duration":100,"renewable":true,"data":{"a":"b"}}"#;
const STATIC: &str = r#"{"data":{"data":{"a":"b"},"metadata":{"version":1}}}"#;

fn store(paths: &[&str]) -> Store {
    let mut store = Store::new(Rules::default(), PACE);
    for path in paths {
        store.want(&read(path), at(0));
    }
    store
}

/// A store whose only request was answered at 0 with `body`.
fn answered(path: &str, body: &str) -> (Store, Wire) {
    let mut store = store(&[path]);
    let Some(Job::Look { path }) = store.take_due(at(0), 9).pop() else {
        panic!("no lookup")
    };
    store.no_mount(&path, at(0));
    let Some(Job::Fetch(wire)) = store.take_due(at(0), 9).pop() else {
        panic!("no fetch")
    };
    store.fetched(&wire, answer(body), 1, at(0), 0.0);
    (store, wire)
}

#[test]
fn one_lookup_per_mount_and_one_fetch_per_request() {
    let mut store = store(&["secret/a", "secret/data/a", "secret/b"]);
    let jobs = store.take_due(at(0), 9);
    assert_eq!(
        jobs,
        [Job::Look {
            path: "secret/a".into()
        }]
    );
    assert!(store.take_due(at(0), 9).is_empty());
    store.found_mount("secret/a", kv2(), at(0));
    let paths: Vec<String> = store
        .take_due(at(0), 9)
        .into_iter()
        .map(|job| match job {
            Job::Fetch(wire) => wire.path,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(paths, ["secret/data/a", "secret/data/b"]);
    store.want(&read("secret/c"), at(1));
    assert!(matches!(store.take_due(at(1), 9).as_slice(), [Job::Fetch(_)]));
}

#[test]
fn a_failed_lookup_is_repeated_and_never_taken_for_version_1() {
    let mut store = store(&["secret/a"]);
    for _ in 0..5 {
        let due = store.next_due().unwrap();
        assert!(matches!(store.take_due(due, 9).as_slice(), [Job::Look { .. }]));
        store.look_failed("secret/a", trouble(Class::Transient), due, 0.9);
    }
    assert!(store.trouble(&read("secret/a")).is_some());
}

#[test]
fn a_guessed_path_that_fails_is_looked_up_again() {
    let mut store = store(&["secret/a"]);
    store.take_due(at(0), 9);
    store.no_mount("secret/a", at(0));
    let Some(Job::Fetch(wire)) = store.take_due(at(0), 9).pop() else {
        panic!()
    };
    store.not_found(&wire, trouble(Class::Permanent), at(0), 0.5);
    assert!(matches!(store.answer(&read("secret/a")), Answer::NotFound));
    store.retain(&BTreeSet::from([read("secret/a")]));
    let due = store.next_due().unwrap();
    assert!(matches!(store.take_due(due, 9).as_slice(), [Job::Look { .. }]));
    store.found_mount("secret/a", kv2(), due);
    let Some(Job::Fetch(wire)) = store.take_due(due, 9).pop() else {
        panic!()
    };
    assert_eq!(wire.path, "secret/data/a");
}

#[test]
fn an_answer_survives_every_failure() {
    let (mut store, wire) = answered("kv/a", STATIC);
    for class in [Class::Transient, Class::Permanent] {
        store.fetch_failed(&wire, trouble(class), at(300), 0.5);
        assert!(matches!(store.answer(&read("kv/a")), Answer::Ready(_)));
    }
    store.not_found(&wire, trouble(Class::Permanent), at(400), 0.5);
    assert!(matches!(store.answer(&read("kv/a")), Answer::Ready(_)));
}

#[test]
fn a_lease_is_renewed_and_succeeded_near_its_maximum() {
    let (mut store, wire) = answered("db/creds/a", LEASED);
    assert_eq!(store.next_due(), Some(at(65)));
    let jobs = store.take_due(at(65), 9);
    assert_eq!(
        jobs,
        [Job::Renew {
            wire: wire.clone(),
            lease: "l1".into()
        }]
    );
    store.renewed(&wire, Duration::from_secs(100), true, at(65), 0.0);
    assert_eq!(store.next_due(), Some(at(130)));
    store.renewed(&wire, Duration::from_secs(40), true, at(130), 0.0);
    assert_eq!(store.next_due(), Some(at(140)));
    assert_eq!(store.take_due(at(140), 9), [Job::Fetch(wire)]);
}

#[test]
fn renewals_are_retried_to_the_end_and_the_lease_replaced_then() {
    let (mut store, wire) = answered("db/creds/a", LEASED);
    let mut now = at(65);
    let mut renewals = 0;
    loop {
        store.expire_leases(now);
        match store.take_due(now, 1).pop() {
            Some(Job::Renew { .. }) => {
                renewals += 1;
                store.renew_failed(&wire, trouble(Class::Transient), false, now, 0.9);
            }
            Some(Job::Fetch(_)) => break,
            other => panic!("{other:?}"),
        }
        now = store.next_due().unwrap().max(now);
        now = if store.leases().any(|(_, lease)| lease.expires > now) {
            now
        } else {
            at(100)
        };
    }
    assert!(now >= at(99) && renewals < 40, "{renewals} renewals until {now}");
}

#[test]
fn a_lease_that_is_gone_is_replaced_at_once_and_one_that_may_not_be_renewed_later() {
    let (mut store, wire) = answered("db/creds/a", LEASED);
    store.renew_failed(&wire, trouble(Class::Permanent), false, at(65), 0.0);
    assert!(store.next_due().unwrap() > at(70) && store.next_due().unwrap() < at(100));
    store.renew_failed(&wire, trouble(Class::Permanent), true, at(65), 0.0);
    assert!(store.next_due().unwrap() <= at(67));
}

#[test]
fn leases_follow_their_token_and_static_values_do_not() {
    let (mut store, _) = answered("db/creds/a", LEASED);
    store.token_ending(1, Duration::from_secs(20), at(10), || 0.0);
    assert_eq!(store.next_due(), Some(at(15)));
    store.token_ended(1, at(12));
    assert_eq!(store.next_due(), Some(at(12)));
    let (mut store, _) = answered("kv/a", STATIC);
    let before = store.next_due();
    store.token_ended(1, at(12));
    assert_eq!(store.next_due(), before);
}

#[test]
fn unused_requests_are_forgotten() {
    let (mut store, _) = answered("kv/a", STATIC);
    store.retain(&BTreeSet::new());
    assert_eq!(store.next_due(), None);
    assert!(matches!(store.answer(&read("kv/a")), Answer::Pending));
}

#[test]
fn those_that_failed_least_go_first() {
    let mut store = store(&["a/x", "b/x"]);
    store.take_due(at(0), 9);
    store.look_failed("a/x", trouble(Class::Transient), at(0), 0.0);
    store.put_back(&Job::Look { path: "b/x".into() }, trouble(Class::Transient), at(5));
    assert_eq!(store.take_due(at(10), 1), [Job::Look { path: "b/x".into() }]);
}
