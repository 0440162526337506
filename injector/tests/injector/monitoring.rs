//! The chart's alerts and dashboard ask for what a scrape shows: metrics, labels and values.

use std::path::Path;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use coffret_injector::offline::review;
use coffret_injector::webhook::{State, health_router, router};
use http::Request;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::webhook::{pod, settings};

const PREFIXES: [&str; 2] = ["coffret_injector_", "vault_agent_injector_"];
/// Added by Prometheus to everything it scrapes.
const OF_THE_TARGET: [&str; 2] = ["pod", "namespace"];

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../charts/coffret/files")
        .join(name);
    std::fs::read_to_string(path).unwrap()
}

/// Every PromQL expression of the chart.
fn expressions() -> Vec<String> {
    let alerts = file("alerts.yaml");
    let dashboard: Value = serde_json::from_str(&file("dashboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().unwrap());
    alerts
        .lines()
        .filter_map(|line| line.trim().strip_prefix("expr: "))
        .chain(targets.map(|target| target["expr"].as_str().unwrap()))
        .map(str::to_owned)
        .collect()
}

/// Our metrics in an expression, each with the equalities of its selector as they would stand in a scrape.
fn selected(expression: &str) -> Vec<(&str, Vec<&str>)> {
    let starts = PREFIXES.iter().flat_map(|prefix| expression.match_indices(prefix));
    starts
        .map(|(start, _)| {
            let rest = &expression[start..];
            let end = rest
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(rest.len());
            let selector = rest[end..].strip_prefix('{').and_then(|text| text.split_once('}'));
            (
                &rest[..end],
                selector.map_or_else(Vec::new, |(inside, _)| inside.split(',').collect()),
            )
        })
        .collect()
}

/// The labels an expression groups by.
fn grouped(expression: &str) -> Vec<&str> {
    let groups = expression.split("by (").skip(1);
    groups
        .filter_map(|rest| rest.split_once(')'))
        .flat_map(|(labels, _)| labels.split(','))
        .map(str::trim)
        .collect()
}

/// What a scrape shows after a pod was injected, one skipped and one refused.
async fn scrape() -> String {
    let settings = settings(&[]);
    let state = Arc::new(State::new(settings.defaults.clone(), &settings.serve));
    let asked = json!({"vault.hashicorp.com/agent-inject": "true", "vault.hashicorp.com/role": "r"});
    let no_role = json!({"vault.hashicorp.com/agent-inject": "true"});
    for annotations in [asked, json!({}), no_role] {
        let request = Request::post("/mutate")
            .header("content-type", "application/json")
            .body(Body::from(review(&pod(&annotations), "shop", "u").to_string()))
            .unwrap();
        router(Arc::clone(&state)).oneshot(request).await.unwrap();
    }
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let answer = health_router(state).oneshot(request).await.unwrap();
    String::from_utf8(to_bytes(answer.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn alerts_and_dashboard_ask_for_what_is_exported() {
    let scraped = scrape().await;
    let mut metrics = 0;
    for expression in expressions() {
        for (name, selector) in selected(&expression) {
            metrics += 1;
            let series: Vec<&str> = scraped
                .lines()
                .filter(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' '])))
                .filter(|line| selector.iter().all(|label| line.contains(label)))
                .collect();
            assert!(
                !series.is_empty(),
                "{expression}: no {name} with {selector:?} in\n{scraped}"
            );
            for label in grouped(&expression) {
                let known =
                    OF_THE_TARGET.contains(&label) || series.iter().any(|line| line.contains(&format!("{label}=\"")));
                assert!(known, "{expression}: {name} has no label {label}");
            }
        }
    }
    assert!(metrics > 8, "only {metrics} metrics were found in the chart's files");
}
