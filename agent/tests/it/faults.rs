//! Everything that goes wrong in three months. In each case the healthy template goes on, the files of the others stay
//! as they were, all is well again without a restart, and the server counts few requests.

mod local;
mod lost;
mod outage;
mod secret;

use std::ops::RangeInclusive;

use coffret_devserver::faults::{Effect, Fault};
use serde_json::json;

use crate::scenario::{Agent, Scenario, run};

const GOOD: &str = r#"{{ with secret "secret/good" }}{{ .Data.data.v }}{{ end }}"#;
const BAD: &str = r#"{{ with secret "secret/bad" }}{{ .Data.data.v }}{{ end }}"#;
/// Seconds of a trouble; secrets are read every minute.
const HALF_AN_HOUR: u64 = 1_800;
/// Reads in that time of a secret that nothing is wrong with.
const REGULAR: RangeInclusive<usize> = 28..=36;
/// After the end of a trouble all is well within so many seconds: the longest pause between two tries, and some more.
const RECOVERY: u64 = 400;

/// Two templates over two secrets, both holding "1".
async fn two() -> Scenario {
    let scenario = Scenario::new().await;
    set(&scenario, "1").await;
    scenario
        .with_token("0", "0")
        .await
        .template("good", GOOD)
        .template("bad", BAD)
}

async fn set(scenario: &Scenario, value: &str) {
    for name in ["good", "bad"] {
        scenario.put(name, json!({"v": value})).await;
    }
}

fn files(scenario: &Scenario) -> (String, String) {
    (scenario.read("good"), scenario.read("bad"))
}

fn both(good: &str, bad: &str) -> (String, String) {
    (good.to_owned(), bad.to_owned())
}

/// The shape of every trouble that meets one template of two: `strike` makes it and brings the value "2" everywhere,
/// `mend` ends it. Meanwhile the one file follows its secret, the other is `kept`, and of requests beside those for the
/// healthy secret there are as many as `others` says.
async fn one_of_two(
    mut scenario: Scenario,
    strike: impl AsyncFnOnce(&Scenario),
    mend: impl AsyncFnOnce(&Scenario),
    kept: &str,
    others: RangeInclusive<usize>,
) {
    let agent = scenario.start().await;
    assert_eq!(files(&scenario), both("1", "1"));
    strike(&scenario).await;
    scenario.server.journal().clear();
    agent.advance(HALF_AN_HOUR).await;
    assert_eq!(files(&scenario), both("2", kept));
    let good = scenario.count("GET", "secret/data/good");
    assert!(REGULAR.contains(&good), "{good} requests for the healthy path");
    let rest = scenario.total() - good;
    assert!(others.contains(&rest), "{rest} other requests, not {others:?}");
    mend(&scenario).await;
    scenario.server.journal().clear();
    recovers(&scenario, &agent).await;
    assert!(agent.stop().await.is_ok());
}

/// Both files get the value "2" soon, with few requests.
async fn recovers(scenario: &Scenario, agent: &Agent) {
    scenario.server.faults().clear();
    agent.advance(RECOVERY).await;
    assert_eq!(files(scenario), both("2", "2"));
    let requests = scenario.total();
    assert!(requests <= 24, "{requests} requests during the recovery");
}

/// The path fails for half an hour in the way `effect` says; at most `most` requests may go there meanwhile.
async fn one_path_fails(effect: Effect, most: usize) {
    let strike = async |scenario: &Scenario| {
        set(scenario, "2").await;
        scenario.server.faults().add(Fault::on("secret/data/bad", effect));
    };
    one_of_two(two().await, strike, async |_: &Scenario| {}, "1", 1..=most).await;
}

#[test]
fn a_path_answers_503() {
    run(one_path_fails(Effect::status(503, "upstream is not available"), 90));
}

#[test]
fn a_path_answers_500() {
    run(one_path_fails(Effect::status(500, "internal error"), 90));
}

#[test]
fn a_path_is_forbidden() {
    run(one_path_fails(Effect::status(403, "permission denied"), 40));
}

#[test]
fn a_path_is_gone() {
    let gone = Effect::Status {
        status: 404,
        errors: vec![],
        retry_after: None,
    };
    run(one_path_fails(gone, 20));
}

#[test]
fn a_path_is_rate_limited() {
    let effect = Effect::Status {
        status: 429,
        errors: vec!["request limit exceeded".into()],
        retry_after: Some(300),
    };
    run(one_path_fails(effect, 8));
}

#[test]
fn a_proxy_answers_with_its_own_page() {
    run(one_path_fails(
        Effect::Body {
            content_type: "text/html".into(),
            body: "<html>login</html>".into(),
        },
        90,
    ));
}

#[test]
fn an_answer_breaks_off_in_the_middle() {
    run(one_path_fails(Effect::Truncate, 90));
}

#[test]
fn connections_are_reset() {
    run(one_path_fails(Effect::Reset, 90));
    run(one_path_fails(Effect::ResetBefore, 90));
}

#[test]
fn an_answer_of_the_wrong_shape() {
    let body = r#"{"data": ["not", "an", "object"]}"#;
    run(one_path_fails(
        Effect::Body {
            content_type: "application/json".into(),
            body: body.into(),
        },
        90,
    ));
}
