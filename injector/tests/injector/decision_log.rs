//! One line per decision: who, what, why, and never a value.

use std::cell::RefCell;
use std::io::Write;
use std::sync::{Arc, Once};

use coffret_injector::offline::review;
use coffret_injector::webhook::{State, answer, router};
use http::Request;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::webhook::{pod, settings};

thread_local! {
    /// What this thread logged so far.
    static LINES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct Lines;

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LINES.with_borrow_mut(|lines| lines.write(bytes))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Logs as the program does with its default settings. All tests share one log, because which levels are of
/// interest is known to the whole process; each reads the lines of its own thread.
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing_subscriber::fmt()
            .json()
            .with_max_level(settings(&[]).serve.log_level)
            .with_writer(|| Lines)
            .init();
    });
}

/// Takes what was logged, one JSON object per line.
fn logged() -> Vec<Value> {
    let text = String::from_utf8(LINES.take()).unwrap();
    assert!(!text.contains("s3cr3t"), "{text}");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn state() -> Arc<State> {
    let settings = settings(&[]);
    Arc::new(State::new(settings.defaults.clone(), &settings.serve))
}

#[test]
fn every_decision_is_one_line() {
    listen();
    let state = state();
    let role = "vault.hashicorp.com/role";
    let asked = json!({"vault.hashicorp.com/agent-inject": "true", role: "s3cr3t", "vault.hashicorp.com/agent-inject-secret-x": "s3cr3t"});
    let no_role = json!({"vault.hashicorp.com/agent-inject": "true", "vault.hashicorp.com/namespace": "s3cr3t"});
    let wrong = json!({"vault.hashicorp.com/agent-inject": "s3cr3t"});
    let mut owned = pod(&asked);
    owned["metadata"]["ownerReferences"] = json!([{"kind": "ReplicaSet", "name": "web-1"}]);
    let plain = pod(&json!({}));
    for (pod, outcome, reason, owner) in [
        (&owned, "injected", "native", "ReplicaSet/web-1"),
        (&plain, "skipped", "not_requested", "p"),
        (&pod(&no_role), "refused", "validation", "p"),
        (&pod(&wrong), "refused", "should_inject", "p"),
    ] {
        let _ = answer(&state, review(pod, "shop", "u").to_string().as_bytes());
        let logged = logged();
        assert_eq!(logged.len(), 1, "{logged:?}");
        let fields = &logged[0]["fields"];
        let found = ["namespace", "owner", "outcome", "reason"].map(|name| fields[name].as_str().unwrap_or_default());
        assert_eq!(found, ["shop", owner, outcome, reason]);
    }
    let _ = answer(&state, b"s3cr3t");
    assert_eq!(logged().len(), 1);
}

#[tokio::test]
async fn a_request_nobody_looked_at_is_logged_and_counted_too() {
    listen();
    let state = state();
    let all = u32::try_from(state.body_budget.available_permits()).unwrap();
    let taken = Arc::clone(&state.body_budget).acquire_many_owned(all).await.unwrap();
    let request = Request::post("/mutate").body(axum::body::Body::from("{}")).unwrap();
    router(Arc::clone(&state)).oneshot(request).await.unwrap();
    drop(taken);
    let logged = logged();
    assert_eq!(logged.len(), 1, "{logged:?}");
    assert_eq!(logged[0]["fields"]["reason"], "busy");
    let metrics = state.metrics.text(0);
    assert!(
        metrics.contains("reviews_total{outcome=\"refused\",reason=\"busy\"} 1"),
        "{metrics}"
    );
}

#[test]
fn short_reviews_are_told_apart() {
    let state = state();
    let _ = answer(&state, review(&pod(&json!({})), "shop", "u").to_string().as_bytes());
    let metrics = state.metrics.text(7);
    for bound in ["0.0001", "0.00025", "0.0005", "0.001"] {
        let bucket = format!("coffret_injector_review_duration_seconds_bucket{{le=\"{bound}\"}}");
        assert!(metrics.contains(&bucket), "{metrics}");
    }
    assert!(metrics.contains("certificate_expiry_timestamp_seconds 7"), "{metrics}");
    assert!(
        metrics.contains("namespace_reviews_total{namespace=\"shop\",outcome=\"skipped\"} 1"),
        "{metrics}"
    );
}
