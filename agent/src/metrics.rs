//! What the agent counts, for `/agent/v1/metrics` on a listener.

use std::cell::Cell;
use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Serialize;

/// Something that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counter {
    /// A login or a renewal of the token.
    AuthSuccess,
    /// A failed one.
    AuthFailure,
    /// A request that was passed on and answered.
    ProxySuccess,
    /// A request that the server answered with an error.
    ProxyClientError,
    /// A request that got no answer.
    ProxyError,
    /// An answer from the cache.
    CacheHit,
    /// An answer of the server's.
    CacheMiss,
}

/// The counters with the names that the agents this one replaces give them.
const NAMES: [(Counter, &str); 7] = [
    (Counter::AuthSuccess, "agent.auth.success"),
    (Counter::AuthFailure, "agent.auth.failure"),
    (Counter::ProxySuccess, "agent.proxy.success"),
    (Counter::ProxyClientError, "agent.proxy.client_error"),
    (Counter::ProxyError, "agent.proxy.error"),
    (Counter::CacheHit, "agent.cache.hit"),
    (Counter::CacheMiss, "agent.cache.miss"),
];

/// The counts since the start.
#[derive(Debug, Default)]
pub struct Metrics([Cell<u64>; NAMES.len()]);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Sample {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sum: Option<u64>,
    labels: Labels,
}

#[derive(Serialize)]
struct Labels {}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Summary {
    timestamp: String,
    gauges: Vec<Sample>,
    points: [u8; 0],
    counters: Vec<Sample>,
    samples: [u8; 0],
}

impl Metrics {
    /// Counts one more.
    pub fn count(&self, counter: Counter) {
        let cell = NAMES.iter().zip(&self.0).find(|((known, _), _)| *known == counter);
        if let Some((_, cell)) = cell {
            cell.set(cell.get().saturating_add(1));
        }
    }

    fn counted(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let all = NAMES.iter().zip(&self.0).map(|((_, name), cell)| (*name, cell.get()));
        all.filter(|(_, count)| *count > 0)
    }

    /// The form without a format asked for: a summary as the agents this one replaces write it, counted since the start.
    #[must_use]
    pub fn json(&self, prefix: &str, authenticated: bool, now: Timestamp) -> Vec<u8> {
        let sample = |name: &str| Sample {
            name: format!("{prefix}.{name}"),
            value: None,
            count: None,
            sum: None,
            labels: Labels {},
        };
        let counters = self.counted().map(|(name, count)| Sample {
            count: Some(count),
            sum: Some(count),
            ..sample(name)
        });
        let summary = Summary {
            timestamp: now.strftime("%Y-%m-%d %H:%M:%S +0000 UTC").to_string(),
            gauges: vec![Sample {
                value: Some(u64::from(authenticated)),
                ..sample("agent.authenticated")
            }],
            points: [],
            counters: counters.collect(),
            samples: [],
        };
        serde_json::to_vec(&summary).unwrap_or_default()
    }

    /// Prometheus' text format.
    #[must_use]
    pub fn prometheus(&self, prefix: &str, authenticated: bool) -> Vec<u8> {
        let mut text = String::new();
        let mut add = |name: &str, kind: &str, value: u64| {
            let name = format!("{prefix}.{name}").replace(['.', '-'], "_");
            // Writing to a string cannot fail.
            let _ = write!(text, "# HELP {name} {name}\n# TYPE {name} {kind}\n{name} {value}\n");
        };
        add("agent.authenticated", "gauge", u64::from(authenticated));
        self.counted().for_each(|(name, count)| add(name, "counter", count));
        text.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_name_what_was_counted() {
        let metrics = Metrics::default();
        metrics.count(Counter::AuthSuccess);
        metrics.count(Counter::AuthSuccess);
        metrics.count(Counter::CacheHit);
        let text = String::from_utf8(metrics.prometheus("vault", true)).unwrap();
        assert!(
            text.contains("# TYPE vault_agent_auth_success counter\nvault_agent_auth_success 2\n"),
            "{text}"
        );
        assert!(
            text.contains("vault_agent_authenticated 1\n") && !text.contains("failure"),
            "{text}"
        );
        let json = metrics.json("vault", false, "2026-11-22T08:51:20Z".parse().unwrap());
        assert_eq!(
            String::from_utf8(json).unwrap(),
            r#"{"Timestamp":"2026-11-22 08:51:20 +0000 UTC","Gauges":[{"Name":"vault.agent.authenticated","Value":0,"Labels":{}}],"Points":[],"Counters":[{"Name":"vault.agent.auth.success","Count":2,"Sum":2,"Labels":{}},{"Name":"vault.agent.cache.hit","Count":1,"Sum":1,"Labels":{}}],"Samples":[]}"#
        );
    }
}
