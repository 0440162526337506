//! The API server's version decides what mode `auto` is, also when it changes or cannot be asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use coffret_injector::follow_version;
use coffret_injector::webhook::State;
use http::{Request, Response};
use kube::client::Body;
use serde_json::json;

use crate::webhook::settings;

/// What the server says, one answer after the other; the last one stays. Empty text is an error, `…` silence.
fn client(answers: &[&'static str]) -> kube::Client {
    let answers = Arc::new(Mutex::new(answers.iter().copied().collect::<VecDeque<_>>()));
    let service = tower::service_fn(move |request: Request<Body>| {
        assert_eq!(request.uri().path(), "/version");
        let mut left = answers.lock().unwrap();
        let answer = if left.len() > 1 {
            left.pop_front()
        } else {
            left.front().copied()
        };
        let answer = answer.unwrap_or_default();
        async move {
            if answer == "…" {
                std::future::pending::<()>().await;
            }
            let (major, minor) = answer.split_once('.').unwrap_or(("", ""));
            let body = json!({"major": major, "minor": minor, "gitVersion": answer, "gitCommit": "", "gitTreeState": "",
                "buildDate": "", "goVersion": "", "compiler": "", "platform": ""});
            let status = if answer.is_empty() { 500 } else { 200 };
            let response = Response::builder().status(status);
            Ok::<_, std::convert::Infallible>(response.body(Body::from(body.to_string().into_bytes())).unwrap())
        }
    });
    kube::Client::new(service, "inj")
}

/// Whether native mode is on after each span.
async fn seen(answers: &[&'static str], spans: &[u64]) -> Vec<bool> {
    let settings = settings(&[("AGENT_INJECT_KUBERNETES_VERSION", "1.31")]);
    let state = Arc::new(State::new(settings.defaults.clone(), &settings.serve));
    let following = tokio::spawn(follow_version(client(answers), Arc::clone(&state)));
    let mut found = Vec::new();
    for span in spans {
        tokio::time::sleep(Duration::from_secs(*span)).await;
        found.push(state.defaults.load().native_supported);
    }
    following.abort();
    found
}

#[tokio::test(start_paused = true)]
async fn from_1_32_on_pods_are_native() {
    assert_eq!(seen(&["1.32"], &[1]).await, [true]);
    assert_eq!(seen(&["1.36+"], &[1]).await, [true]);
    assert_eq!(seen(&["1.31"], &[1]).await, [false]);
}

#[tokio::test(start_paused = true)]
async fn an_upgrade_and_a_rollback_are_followed() {
    assert_eq!(
        seen(&["1.31", "1.33", "1.31"], &[1, 600, 600]).await,
        [false, true, false]
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_that_fails_or_is_silent_is_asked_again_soon() {
    assert_eq!(seen(&["", "…", "1.34"], &[1, 20, 30]).await, [false, false, true]);
}

#[tokio::test(start_paused = true)]
async fn what_was_known_stays_while_the_server_is_away() {
    assert_eq!(seen(&["1.34", ""], &[1, 600, 3600]).await, [true, true, true]);
}

#[tokio::test(start_paused = true)]
async fn nonsense_means_the_shape_that_works_everywhere() {
    assert_eq!(seen(&["x.y"], &[1]).await, [false]);
}
