//! Many agents and one server: an outage must not end in a stampede.

use std::collections::BTreeMap;
use std::time::Duration;

use coffret_agent::clock::Moment;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;

use crate::scenario::{Agent, Scenario, run};

const AGENTS: usize = 500;
/// Over this time a fleet may spread what it does at once, by the ceiling of the request backoff.
const WINDOW: f64 = 60.0;
/// File descriptors for two fleets at a time, and whatever else is open.
const NEEDED: u64 = 6_000;
/// While requests are counted, time moves at least this far.
const FINE: Duration = Duration::from_millis(500);
/// While nobody counts.
const COARSE: Duration = Duration::from_secs(10);

/// Lets time pass for all agents alike; what is due within one step happens together.
async fn advance(fleet: &[Agent], from: Moment, seconds: u64, step: Duration) -> Moment {
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
        now = next.unwrap_or(target).max(now.after(step)).min(target);
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

/// Every agent reads the same secret; all of them start within the same second.
struct Fleet {
    scenario: Scenario,
    agents: Vec<Agent>,
    now: Moment,
}

/// Each agent has a connection with two ends in this process, which other tests share.
fn allow_descriptors() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.map_or(NEEDED, |most| most.min(NEEDED));
    if current.is_some_and(|current| current < wanted) {
        let current = Some(wanted);
        setrlimit(Resource::Nofile, Rlimit { current, maximum }).unwrap();
    }
}

impl Fleet {
    async fn new() -> Self {
        allow_descriptors();
        let scenario = Scenario::new().await;
        scenario.put("app", json!({"v": "1"})).await;
        let contents = r#"{{ with secret "secret/app" }}{{ .Data.data.v }}{{ end }}"#;
        let mut scenario = scenario.with_token("0", "0").await.template("a", contents);
        // All requests of one second come at once, to a machine that may have other work.
        scenario.timeout = Duration::from_secs(120);
        scenario.server.journal().clear();
        let agents = (0..AGENTS).map(|seed| scenario.launch_seeded(seed as u64)).collect();
        let now = Moment::default();
        Self { scenario, agents, now }
    }

    async fn advance(&mut self, seconds: u64, step: Duration) {
        self.now = advance(&self.agents, self.now, seconds, step).await;
    }

    /// The server is unsealed; answers the most requests in one second until all agents are back.
    async fn peak_of_recovery(&mut self) -> usize {
        self.scenario.server.set_sealed(false);
        self.scenario.put("app", json!({"v": "2"})).await;
        self.scenario.server.journal().clear();
        self.advance(75, FINE).await;
        assert_eq!(self.scenario.read("a"), "2");
        peak(&self.scenario)
    }
}

#[test]
fn five_hundred_agents_come_back_without_a_stampede() {
    run(async {
        let mut fleet = Fleet::new().await;
        fleet.advance(1, FINE).await;
        let start = fleet.scenario.server.journal().total() as f64 / WINDOW;
        println!("{AGENTS} agents: {start:.0} requests/s at the start, spread over {WINDOW} s");
        // An hour takes as many requests as all other tests together: the gate's own test simulates it.
        for length in [10, 60, 240] {
            fleet.scenario.server.set_sealed(true);
            fleet.advance(length, COARSE).await;
            let peak = fleet.peak_of_recovery().await;
            println!("at most {peak}/s after an outage of {length} s");
            assert!(
                (peak as f64) < 3.0 * start,
                "{peak}/s after {length} s, {start}/s at the start"
            );
        }
    });
}

#[test]
fn five_hundred_agents_that_start_during_an_outage_do_not_stampede() {
    run(async {
        let mut fleet = Fleet::new().await;
        fleet.scenario.server.set_sealed(true);
        fleet.advance(120, COARSE).await;
        let peak = fleet.peak_of_recovery().await;
        let start = AGENTS as f64 * 3.0 / WINDOW;
        println!("{AGENTS} agents start while the server is sealed: at most {peak}/s once it is not");
        assert!((peak as f64) < 3.0 * start, "{peak}/s against {start}/s");
    });
}
