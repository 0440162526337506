//! The routes.

use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::extract::State as Shared;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{any, get};

use super::handler;
use super::state::State;

/// The webhook's routes: `/mutate`, health, and metrics where a path is set.
pub fn router(state: Arc<State>) -> Router {
    let mut router = Router::new()
        .route("/mutate", any(handler::review))
        .route("/health/ready", get(ready))
        .route("/health/live", get(live));
    if state.telemetry_path.starts_with('/') && !state.telemetry_path.contains(['{', '}']) {
        router = router.route(&state.telemetry_path, get(metrics));
    }
    router.with_state(state)
}

/// Health and metrics alone, for a port of their own.
pub fn health_router(state: Arc<State>) -> Router {
    Router::new()
        .route("/health/ready", get(ready))
        .route("/health/live", get(live))
        .route("/metrics", get(metrics))
        .with_state(state)
}

async fn ready(Shared(state): Shared<Arc<State>>) -> StatusCode {
    if state.is_ready(SystemTime::now()) {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    }
}

async fn live() -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn metrics(Shared(state): Shared<Arc<State>>) -> impl IntoResponse {
    let expiry = state.certificate.as_ref().map_or(0, |current| current.expiry());
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], state.metrics.text(expiry))
}
