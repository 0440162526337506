//! What all requests share.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use coffret_config::annotations::Defaults;
use tokio::sync::Semaphore;

use super::metrics::Metrics;
use crate::settings::ServeSettings;
use crate::tls::Current;

/// Annotations of a pod's service account and namespace, from a cache.
pub trait Inheritance: Send + Sync {
    /// Annotations of the namespace and of the service account, in this order.
    fn of(&self, namespace: &str, service_account: &str) -> [Arc<BTreeMap<String, String>>; 2];
}

/// Nothing is inherited.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoInheritance;

impl Inheritance for NoInheritance {
    fn of(&self, _namespace: &str, _service_account: &str) -> [Arc<BTreeMap<String, String>>; 2] {
        [Arc::default(), Arc::default()]
    }
}

/// The shared state of the webhook.
pub struct State {
    /// What applies to every pod; swapped when the cluster's version becomes known.
    pub defaults: ArcSwap<Defaults>,
    /// Where inherited annotations come from.
    pub inheritance: Box<dyn Inheritance>,
    /// The counters.
    pub metrics: Metrics,
    /// The served certificate; `None` where TLS is somebody else's business.
    pub certificate: Option<Arc<Current>>,
    /// Path of the metrics on this port; empty for none.
    pub telemetry_path: String,
    /// Longest time for a request's body to arrive.
    pub body_timeout: Duration,
    /// Bytes of bodies that may be held at once, in kilobytes.
    pub body_budget: Arc<Semaphore>,
    draining: AtomicBool,
}

impl State {
    /// The state for these settings.
    #[must_use]
    pub fn new(defaults: Defaults, serve: &ServeSettings) -> State {
        State {
            defaults: ArcSwap::from_pointee(defaults),
            inheritance: Box::new(NoInheritance),
            metrics: Metrics::new(),
            certificate: None,
            telemetry_path: serve.telemetry_path.clone(),
            body_timeout: serve.request_timeout,
            body_budget: Arc::new(Semaphore::new(budget(serve.max_requests))),
            draining: AtomicBool::new(false),
        }
    }

    /// From now on the webhook is not ready: no new work should come.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Whether new work may come.
    #[must_use]
    pub fn is_ready(&self, now: std::time::SystemTime) -> bool {
        !self.draining.load(Ordering::Relaxed) && self.certificate.as_ref().is_none_or(|current| current.is_valid(now))
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State")
            .field("telemetry_path", &self.telemetry_path)
            .finish_non_exhaustive()
    }
}

/// Kilobytes of body each of the allowed requests may bring on average.
const BUDGET_PER_REQUEST: usize = 256;

/// Enough for one request of the largest size, however few are allowed.
fn budget(requests: usize) -> usize {
    requests
        .saturating_mul(BUDGET_PER_REQUEST)
        .clamp(super::handler::MOST_BYTES / 1024, Semaphore::MAX_PERMITS)
}
