//! Answers that are lost after the server did what was asked: each credential made so is a lease that nobody uses.

use coffret_devserver::faults::{Effect, Fault};
use serde_json::json;

use super::{BAD, HALF_AN_HOUR, REGULAR, set};
use crate::scenario::{Agent, Scenario, run};

const CREDENTIAL: &str = r#"{{ with secret "database/creds/app" }}{{ .Data.username }}{{ end }}"#;
/// Of half an hour of lost answers each makes a credential: the pauses grow from seconds to five minutes, of which
/// chance takes a half on average.
const MOST: usize = 24;

/// A pod that logs in for a token of its own and uses a credential and a static secret.
async fn pod() -> Scenario {
    let scenario = Scenario::new()
        .await
        .with_kubernetes("1h", "24h")
        .await
        .with_database("1h", "24h")
        .await;
    set(&scenario, "1").await;
    scenario.template("credential", CREDENTIAL).template("static", BAD)
}

fn asked(scenario: &Scenario) -> usize {
    scenario.count("GET", "database/creds/app")
}

fn leases(scenario: &Scenario) -> usize {
    scenario.server.leases("database/creds/app").len()
}

/// Half an hour without an answer that arrives, while the other secret is read each minute, then one that does.
async fn half_an_hour_of(agent: &Agent, scenario: &Scenario, effect: Effect) {
    scenario.server.faults().add(Fault::on("database/creds/*", effect));
    set(scenario, "2").await;
    let before = scenario.total();
    agent.advance(HALF_AN_HOUR).await;
    let (asked, leases) = (asked(scenario), leases(scenario));
    assert!(asked <= MOST && leases <= asked, "{asked} requests, {leases} leases");
    assert_eq!(scenario.read("static"), "2", "lost answers held up another template");
    let requests = scenario.total() - before;
    assert!(
        requests <= REGULAR.end() + MOST + 2,
        "{requests} requests in half an hour"
    );
    scenario.server.faults().clear();
    agent.advance(400).await;
}

/// The last credential asked for is the one in use, and leaving takes all of them along.
async fn ends_clean(agent: Agent, scenario: &Scenario, others: usize) {
    let user = scenario.read("credential");
    let accounts = scenario.server.accounts("database/");
    assert!(accounts.iter().any(|(name, _)| *name == user), "{user} is dead");
    assert!(leases(scenario) <= others + 1, "{} leases", leases(scenario));
    assert!(agent.stop().await.is_ok());
    assert_eq!(scenario.server.leases("database/").len(), 0, "leases outlive the token");
}

async fn lost_at_the_start(effect: Effect, most: usize) {
    let mut scenario = pod().await;
    scenario.environment.extend(
        [("COFFRET_START_DEADLINE", "0"), ("COFFRET_REVOKE_ON_EXIT", "true")].map(|(k, v)| (k.into(), v.into())),
    );
    scenario
        .server
        .faults()
        .add(Fault::on("database/creds/*", effect.clone()));
    scenario.server.journal().clear();
    let agent = scenario.start().await;
    assert_eq!(scenario.read("static"), "1", "one lost answer held up another template");
    agent.advance(60).await;
    assert!(asked(&scenario) <= most, "{} in the first minute", asked(&scenario));
    scenario.server.faults().clear();
    half_an_hour_of(&agent, &scenario, effect).await;
    ends_clean(agent, &scenario, MOST + most).await;
}

#[test]
fn a_credential_whose_answer_breaks_off_is_not_asked_for_again_at_once() {
    run(lost_at_the_start(Effect::Truncate, 6));
}

#[test]
fn a_credential_whose_connection_breaks_is_not_asked_for_again_at_once() {
    run(lost_at_the_start(Effect::Reset, 6));
}

#[test]
fn a_path_that_nobody_knows_is_treated_as_one_that_makes_something() {
    run(async {
        let mut scenario = pod().await;
        let hidden = Fault::on("sys/internal/*", Effect::status(403, "permission denied"));
        scenario.server.faults().add(hidden);
        scenario
            .server
            .faults()
            .add(Fault::on("database/creds/*", Effect::Truncate));
        let agent = scenario.start().await;
        agent.advance(240).await;
        assert!(asked(&scenario) <= 9, "{} in four minutes", asked(&scenario));
    });
}

#[test]
fn the_successor_of_a_credential_is_not_asked_for_again_at_once() {
    run(async {
        let mut scenario = pod().await;
        scenario
            .environment
            .push(("COFFRET_REVOKE_ON_EXIT".into(), "true".into()));
        let agent = scenario.start().await;
        let before = scenario.read("credential");
        scenario.server.revoke_leases("database/creds/app");
        scenario.server.journal().clear();
        scenario
            .server
            .faults()
            .add(Fault::on("database/creds/*", Effect::Truncate));
        // The renewal that finds the lease gone comes within the hour.
        agent.advance(2_700).await;
        let lost = asked(&scenario);
        assert!(
            (1..=MOST).contains(&lost) && leases(&scenario) <= lost,
            "{lost} requests"
        );
        assert_eq!(scenario.read("credential"), before);
        scenario.server.faults().clear();
        agent.advance(400).await;
        assert_ne!(scenario.read("credential"), before);
        ends_clean(agent, &scenario, lost).await;
    });
}

#[test]
fn a_value_that_is_only_read_is_asked_for_again_soon() {
    run(async {
        let mut scenario = pod().await;
        scenario.put("bad", json!({"v": "1"})).await;
        let lost = Fault::on("secret/data/bad", Effect::Truncate).times(3);
        scenario.server.faults().add(lost);
        let agent = scenario.start().await;
        agent.advance(5).await;
        assert_eq!(scenario.read("static"), "1");
    });
}
