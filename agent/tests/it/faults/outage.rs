//! Trouble that meets every request: the server is down, sealed, or hidden behind a load balancer that answers for it.

use std::ops::RangeInclusive;
use std::time::Duration;

use coffret_devserver::faults::{Effect, Fault};
use serde_json::json;

use super::{both, files, recovers, set, two};
use crate::relay::Relay;
use crate::scenario::{Scenario, run};

/// Secrets of a pod beside the two that are looked at.
const MORE: usize = 8;

/// A pod with ten templates over ten secrets.
async fn ten() -> Scenario {
    let mut scenario = two().await;
    for index in 0..MORE {
        scenario.put(&format!("more{index}"), json!({"v": "1"})).await;
        let contents = format!(r#"{{{{ with secret "secret/more{index}" }}}}{{{{ .Data.data.v }}}}{{{{ end }}}}"#);
        scenario = scenario.template(&format!("more{index}"), &contents);
    }
    scenario
}

/// An hour of an outage: the files stay, so many requests arrive, and afterwards the files follow again, with two
/// requests for each secret at most.
async fn an_hour_of(
    strike: impl AsyncFnOnce(&Scenario),
    mend: impl AsyncFnOnce(&Scenario),
    meanwhile: RangeInclusive<usize>,
) {
    let mut scenario = ten().await;
    let agent = scenario.start().await;
    assert_eq!(files(&scenario), both("1", "1"));
    strike(&scenario).await;
    scenario.server.journal().clear();
    agent.advance(3_600).await;
    assert_eq!(files(&scenario), both("1", "1"));
    let requests = scenario.total();
    assert!(meanwhile.contains(&requests), "{requests} requests in an hour");
    mend(&scenario).await;
    set(&scenario, "2").await;
    scenario.server.journal().clear();
    agent.advance(130).await;
    assert_eq!(files(&scenario), both("2", "2"));
    let requests = scenario.total();
    assert!(requests <= 4 * (MORE + 2), "{requests} requests after the outage");
    assert!(agent.stop().await.is_ok());
}

#[test]
fn sealed_for_an_hour() {
    run(an_hour_of(
        async |scenario| scenario.server.set_sealed(true),
        async |scenario| scenario.server.set_sealed(false),
        60..=75,
    ));
}

async fn a_load_balancer_answers(status: u16) {
    let page = Effect::status(status, "<html>no healthy upstream</html>");
    an_hour_of(
        async |scenario| scenario.server.faults().add(Fault::on("", page)),
        async |scenario| scenario.server.faults().clear(),
        60..=75,
    )
    .await;
}

#[test]
fn a_load_balancer_answers_for_the_server() {
    run(async {
        for status in [502, 503, 504] {
            a_load_balancer_answers(status).await;
        }
    });
}

#[test]
fn connections_break_for_an_hour() {
    run(an_hour_of(
        async |scenario| scenario.server.faults().add(Fault::on("", Effect::ResetBefore)),
        async |scenario| scenario.server.faults().clear(),
        60..=75,
    ));
}

#[test]
fn a_load_balancer_answers_during_the_start() {
    run(async {
        let mut scenario = ten().await;
        scenario
            .server
            .faults()
            .add(Fault::on("", Effect::status(503, "no upstream")));
        scenario.server.journal().clear();
        let agent = scenario.start().await;
        agent.advance(240).await;
        let requests = scenario.total();
        assert!(requests <= 16, "{requests} requests in four minutes");
        scenario.server.faults().clear();
        agent.advance(59).await;
        assert_eq!(files(&scenario), both("1", "1"));
        assert!(agent.is_running());
    });
}

#[test]
fn two_paths_that_fail_do_not_stop_the_others() {
    run(async {
        let mut scenario = ten().await;
        scenario.config["template_config"]["static_secret_render_interval"] = json!("5m");
        let agent = scenario.start().await;
        for path in ["secret/data/more0", "secret/data/more1"] {
            let fault = Fault::on(path, Effect::status(503, "upstream is not available"));
            scenario.server.faults().add(fault);
        }
        scenario.server.journal().clear();
        for round in 2..=10 {
            set(&scenario, &round.to_string()).await;
            // The interval, and at most a minute more.
            agent.advance(360).await;
            assert_eq!(files(&scenario), both(&round.to_string(), &round.to_string()));
        }
        let failing = scenario.count("GET", "secret/data/more0") + scenario.count("GET", "secret/data/more1");
        assert!(failing <= 150, "{failing} requests for two failing paths in 54 minutes");
    });
}

async fn behind_relay() -> (Scenario, Relay) {
    let mut scenario = two().await;
    let relay = Relay::to(scenario.server.address());
    scenario.config["vault"]["address"] = json!(format!("http://{}", relay.address()));
    (scenario, relay)
}

#[test]
fn down_at_the_start_then_up() {
    run(async {
        let (mut scenario, mut relay) = behind_relay().await;
        let agent = scenario.start().await;
        agent.advance(120).await;
        assert!(scenario.read("good").starts_with('<'), "there is a file already");
        scenario.server.journal().clear();
        relay.up();
        agent.advance(120).await;
        assert_eq!(files(&scenario), both("1", "1"));
        let requests = scenario.total();
        assert!(requests <= 4 + 2 * 3, "{requests} requests after coming up");
    });
}

#[test]
fn down_for_an_hour_after_the_start() {
    run(async {
        let (mut scenario, mut relay) = behind_relay().await;
        relay.up();
        let agent = scenario.start().await;
        assert_eq!(files(&scenario), both("1", "1"));
        relay.down().await;
        agent.advance(3_600).await;
        assert_eq!(files(&scenario), both("1", "1"));
        assert!(agent.is_running());
        set(&scenario, "2").await;
        scenario.server.journal().clear();
        relay.up();
        agent.advance(70).await;
        assert_eq!(files(&scenario), both("2", "2"));
        let requests = scenario.total();
        assert!(requests <= 6, "{requests} requests within a minute of coming up");
    });
}

#[test]
fn never_up_ends_with_one_sentence() {
    run(async {
        let (mut scenario, _relay) = behind_relay().await;
        let agent = scenario.start().await;
        agent.advance(301).await;
        let failure = agent.end().await.unwrap_err();
        assert_eq!(failure.code().number(), 69);
        let text = failure.to_string();
        assert!(
            text.contains("cannot connect to") && text.contains("gave up after 5 minutes"),
            "{text}"
        );
    });
}

#[test]
fn sealed_until_the_deadline() {
    run(async {
        let mut scenario = two().await;
        scenario.server.set_sealed(true);
        let agent = scenario.start().await;
        agent.advance(301).await;
        let failure = agent.end().await.unwrap_err();
        assert_eq!(failure.code().number(), 75, "{failure}");
    });
}

#[test]
fn the_node_sleeps_for_two_hours() {
    run(async {
        let mut scenario = two().await;
        let agent = scenario.start().await;
        set(&scenario, "2").await;
        scenario.server.journal().clear();
        agent.clock.jump(Duration::from_secs(7_200)).await;
        assert_eq!(files(&scenario), both("2", "2"));
        assert!(scenario.total() <= 3);
        recovers(&scenario, &agent).await;
    });
}
