//! Many agents and one server: an outage must not end in a stampede.

use std::collections::BTreeMap;
use std::time::Duration;

use coffret_agent::clock::Moment;
use serde_json::json;

use crate::scenario::{Agent, Scenario, run};

const AGENTS: usize = 500;
/// Over this time a fleet may spread what it does at once, by the ceiling of the request backoff.
const WINDOW: f64 = 60.0;

/// Time moves at least this far.
const STEP: Duration = Duration::from_millis(500);

/// Lets time pass for all agents alike.
async fn advance(fleet: &[Agent], from: Moment, seconds: u64) -> Moment {
    let target = from.after(Duration::from_secs(seconds));
    let mut now = from;
    loop {
        for agent in fleet {
            agent.settle().await;
        }
        if now >= target {
            return now;
        }
        let next = fleet.iter().filter_map(|agent| agent.clock.waits_for()).min();
        // What is due within one step happens together: a stricter test, and far fewer steps.
        now = next.unwrap_or(target).max(now.after(STEP)).min(target);
        for (index, agent) in fleet.iter().enumerate() {
            agent.clock.move_to(now, index == 0);
        }
    }
}

fn peak(scenario: &Scenario) -> usize {
    let mut seconds: BTreeMap<i64, usize> = BTreeMap::new();
    for entry in scenario.server.journal().entries() {
        *seconds.entry(entry.time.as_second()).or_default() += 1;
    }
    seconds.values().copied().max().unwrap_or(0)
}

#[test]
fn five_hundred_agents_come_back_without_a_stampede() {
    run(async {
        let scenario = Scenario::new().await;
        scenario.put("app", json!({"v": "1"})).await;
        let contents = r#"{{ with secret "secret/app" }}{{ .Data.data.v }}{{ end }}"#;
        let mut scenario = scenario.with_token("0", "0").await.template("a", contents);
        scenario.server.journal().clear();
        let fleet: Vec<Agent> = (0..AGENTS).map(|seed| scenario.launch_seeded(seed as u64)).collect();
        let now = advance(&fleet, Moment::default(), 1).await;
        let start = scenario.server.journal().total() as f64 / WINDOW;
        scenario.server.set_sealed(true);
        let now = advance(&fleet, now, 240).await;
        scenario.server.set_sealed(false);
        scenario.put("app", json!({"v": "2"})).await;
        scenario.server.journal().clear();
        advance(&fleet, now, 90).await;
        let after = peak(&scenario);
        println!(
            "{AGENTS} agents: {start:.0} requests/s at the start spread over {WINDOW} s, at most {after}/s after the outage"
        );
        assert_eq!(scenario.read("a"), "2");
        assert!(
            (after as f64) < 3.0 * start,
            "{after}/s after the outage, {start}/s at the start"
        );
    });
}
