//! What is counted: vault-k8s' names, so that dashboards go on working, and ours beside them.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text::encode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Decision {
    outcome: &'static str,
    reason: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct InNamespace {
    namespace: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Injected {
    namespace: String,
    injection_type: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Failed {
    namespace: String,
}

/// Names of namespaces come from outside: no more than this many get a label of their own.
const MOST_NAMESPACES: usize = 2000;

/// All metrics of one injector.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    queue: Gauge,
    millis: Histogram,
    seconds: Histogram,
    injections: Family<Injected, Counter>,
    failures: Family<Failed, Counter>,
    decisions: Family<Decision, Counter>,
    namespaces: Family<InNamespace, Counter>,
    expiry: Gauge<u64, AtomicU64>,
    known: Mutex<BTreeSet<String>>,
}

/// One decision, for counting.
#[derive(Debug, Clone, Copy)]
pub struct Counted<'a> {
    /// The request's namespace.
    pub namespace: &'a str,
    /// `injected`, `skipped` or `refused`.
    pub outcome: &'static str,
    /// Why, in one word.
    pub reason: &'a str,
    /// Time spent on it.
    pub took: Duration,
}

impl Default for Metrics {
    fn default() -> Metrics {
        Metrics::new()
    }
}

impl Metrics {
    /// Registers everything.
    #[must_use]
    pub fn new() -> Metrics {
        let mut metrics = Metrics {
            registry: Registry::default(),
            queue: Gauge::default(),
            millis: Histogram::new([
                5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 1000.0, 2500.0, 5000.0, 7500.0, 10000.0,
            ]),
            seconds: Histogram::new([
                0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0,
            ]),
            injections: Family::default(),
            failures: Family::default(),
            decisions: Family::default(),
            namespaces: Family::default(),
            expiry: Gauge::default(),
            known: Mutex::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let theirs = self.registry.sub_registry_with_prefix("vault_agent_injector");
        theirs.register("request_queue_length", "Reviews being handled", self.queue.clone());
        theirs.register(
            "request_processing_duration_ms",
            "Time to answer a review, in milliseconds",
            self.millis.clone(),
        );
        theirs.register("injections_by_namespace", "Pods injected", self.injections.clone());
        theirs.register("failed_injections_by_namespace", "Pods refused", self.failures.clone());
        let ours = self.registry.sub_registry_with_prefix("coffret_injector");
        ours.register("reviews", "Reviews by outcome and reason", self.decisions.clone());
        ours.register(
            "namespace_reviews",
            "Reviews by namespace and outcome",
            self.namespaces.clone(),
        );
        ours.register(
            "review_duration_seconds",
            "Time to answer a review",
            self.seconds.clone(),
        );
        ours.register(
            "certificate_expiry_timestamp_seconds",
            "End of the served certificate",
            self.expiry.clone(),
        );
    }

    /// A review begins.
    pub fn begin(&self) {
        self.queue.inc();
    }

    /// A review ends.
    pub fn end(&self, counted: &Counted<'_>, injection_type: Option<&'static str>) {
        self.queue.dec();
        #[allow(clippy::cast_precision_loss)] // milliseconds of one request are far below 2^52
        self.millis.observe(counted.took.as_millis() as f64);
        self.seconds.observe(counted.took.as_secs_f64());
        let namespace = self.label(counted.namespace);
        self.decisions
            .get_or_create(&Decision {
                outcome: counted.outcome,
                reason: counted.reason.to_owned(),
            })
            .inc();
        self.namespaces
            .get_or_create(&InNamespace {
                namespace: namespace.clone(),
                outcome: counted.outcome,
            })
            .inc();
        if let Some(injection_type) = injection_type {
            self.injections
                .get_or_create(&Injected {
                    namespace,
                    injection_type,
                })
                .inc();
        } else if counted.outcome == "refused" {
            self.failures.get_or_create(&Failed { namespace }).inc();
        }
    }

    fn label(&self, namespace: &str) -> String {
        let Ok(mut known) = self.known.lock() else {
            return "other".to_owned();
        };
        if known.contains(namespace) || (known.len() < MOST_NAMESPACES && namespace.len() <= 63) {
            known.insert(namespace.to_owned());
            return namespace.to_owned();
        }
        "other".to_owned()
    }

    /// The text for a scraper.
    #[must_use]
    pub fn text(&self, certificate_expiry: u64) -> String {
        self.expiry.set(certificate_expiry);
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = encode(&mut out, &self.registry);
        out
    }
}
