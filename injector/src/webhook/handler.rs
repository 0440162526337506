//! One request to `/mutate`: read within limits, decide, answer with a review, count, log one line.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Request, State as Shared};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use coffret_config::annotations::{Origin, Subject as PodSubject};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::Value;
use tokio::sync::OwnedSemaphorePermit;

use super::metrics::Counted;
use super::state::State;
use crate::mutate::{Outcome, mutate};
use crate::review::{Answer, Question, Subject};

/// The API server itself refuses objects above this.
pub(super) const MOST_BYTES: usize = 3 << 20;

/// Answers a review. Every request gets a well-formed one back.
pub(super) async fn review(Shared(state): Shared<Arc<State>>, request: Request) -> Response {
    let Some(_permit) = admit(&state, &request) else {
        turned_away(&state, "busy");
        let answer = Answer::broken(503, "the injector is busy: try again");
        return respond(
            StatusCode::SERVICE_UNAVAILABLE,
            &answer.into_review(&Question::broken(String::new())),
        );
    };
    match body(&state, request).await {
        Ok(bytes) => respond(StatusCode::OK, &answer(&state, &bytes)),
        Err((status, reason)) => {
            turned_away(&state, "bad_request");
            let question = Question::broken(reason.to_owned());
            respond(status, &Answer::broken(status.as_u16(), reason).into_review(&question))
        }
    }
}

/// Counts and logs a request that nobody looked at.
fn turned_away(state: &State, reason: &'static str) {
    state.metrics.begin();
    state.metrics.end(
        &Counted {
            namespace: "",
            outcome: "refused",
            reason,
            took: Duration::ZERO,
        },
        None,
    );
    tracing::warn!(outcome = "refused", reason, "review");
}

/// Bodies are held within a common budget, so that many slow or large requests cannot fill the memory.
fn admit(state: &State, request: &Request) -> Option<OwnedSemaphorePermit> {
    let kilobytes = (announced(request).unwrap_or(MOST_BYTES) / 1024).max(16);
    let permits = u32::try_from(kilobytes).ok()?;
    Arc::clone(&state.body_budget).try_acquire_many_owned(permits).ok()
}

/// The bytes a request says its body has, at most those that are read.
fn announced(request: &Request) -> Option<usize> {
    let length = request.headers().get(header::CONTENT_LENGTH)?;
    let length: usize = length.to_str().ok()?.parse().ok()?;
    Some(length.min(MOST_BYTES))
}

async fn body(state: &State, request: Request) -> Result<Vec<u8>, (StatusCode, &'static str)> {
    match tokio::time::timeout(state.body_timeout, gather(request)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err((StatusCode::PAYLOAD_TOO_LARGE, "the request is larger than 3 MB"))
        }
        Ok(Err(_)) => Err((StatusCode::BAD_REQUEST, "the request's body ended early")),
        Err(_) => Err((StatusCode::REQUEST_TIMEOUT, "the request's body took too long")),
    }
}

/// The body in one piece; each part is given back as soon as it is copied.
async fn gather(request: Request) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
    let mut whole = Vec::with_capacity(announced(&request).unwrap_or_default());
    let mut parts = Limited::new(request.into_body(), MOST_BYTES);
    while let Some(part) = parts.frame().await {
        if let Ok(data) = part?.into_data() {
            whole.extend_from_slice(&data);
        }
    }
    Ok(whole)
}

/// Decides about a request's body: the review to send back, counted and logged. A panic, which would be a bug
/// of ours, becomes a refusal like any other.
#[must_use]
pub fn answer(state: &State, bytes: &[u8]) -> Value {
    let started = Instant::now();
    state.metrics.begin();
    let question = catch_unwind(|| Question::read(bytes))
        .unwrap_or_else(|_| Question::broken("internal error reading the request".to_owned()));
    let decided = catch_unwind(AssertUnwindSafe(|| decide(state, &question)));
    let (answer, verdict) = decided.unwrap_or_else(|_| {
        (
            Answer::broken(500, "internal error in the injector: see its log"),
            Verdict::new("refused", "internal_error"),
        )
    });
    let took = started.elapsed();
    let counted = Counted {
        namespace: &question.namespace,
        outcome: verdict.outcome,
        reason: verdict.reason,
        took,
    };
    state.metrics.end(&counted, verdict.injection);
    log(&question, &answer, &verdict, took.as_micros());
    answer.into_review(&question)
}

/// A decision in the words of metrics and log.
struct Verdict {
    outcome: &'static str,
    reason: &'static str,
    injection: Option<&'static str>,
}

impl Verdict {
    fn new(outcome: &'static str, reason: &'static str) -> Verdict {
        Verdict {
            outcome,
            reason,
            injection: None,
        }
    }
}

fn decide(state: &State, question: &Question) -> (Answer, Verdict) {
    let pod = match &question.subject {
        Subject::Broken(reason) => return (Answer::broken(400, reason), Verdict::new("refused", "bad_request")),
        Subject::Other(why) => return (Answer::admitted(), Verdict::new("skipped", why)),
        Subject::Pod(pod) => pod,
    };
    let account = pod
        .pointer("/spec/serviceAccountName")
        .and_then(Value::as_str)
        .unwrap_or("default");
    let [namespace, account] = state.inheritance.of(&question.namespace, account);
    let inherited = [(Origin::Namespace, &*namespace), (Origin::ServiceAccount, &*account)];
    let subject = PodSubject {
        pod,
        namespace: &question.namespace,
        inherited: &inherited,
    };
    let outcome = mutate(&subject, &state.defaults.load());
    let verdict = match &outcome {
        Outcome::Patched { injection, .. } => {
            let injection = injection.text();
            Verdict {
                outcome: "injected",
                reason: injection,
                injection: Some(injection),
            }
        }
        Outcome::Skipped { reason, .. } => Verdict::new("skipped", reason.text()),
        Outcome::Refused { step, .. } => Verdict::new("refused", step.text()),
    };
    (Answer::of(&outcome), verdict)
}

/// One line: who, what, why. Refusals quote what the user wrote, so their text goes to the user only.
fn log(question: &Question, answer: &Answer, verdict: &Verdict, micros: u128) {
    let (namespace, uid) = (question.namespace.as_str(), question.uid.as_str());
    let owner = owner(question);
    let micros = u64::try_from(micros).unwrap_or(u64::MAX);
    let (outcome, reason) = (verdict.outcome, verdict.reason);
    match outcome {
        "refused" => tracing::warn!(namespace, owner, uid, outcome, reason, micros, "review"),
        _ => tracing::info!(
            namespace,
            owner,
            uid,
            outcome,
            reason,
            warnings = answer.warnings.len(),
            micros,
            "review"
        ),
    }
}

/// The pod's controller, or its own name.
fn owner(question: &Question) -> String {
    let Subject::Pod(pod) = &question.subject else {
        return String::new();
    };
    let text = |pointer: &str| pod.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    match text("/metadata/ownerReferences/0/name") {
        "" if text("/metadata/name").is_empty() => text("/metadata/generateName").to_owned(),
        "" => text("/metadata/name").to_owned(),
        name => format!("{}/{name}", text("/metadata/ownerReferences/0/kind")),
    }
}

fn respond(status: StatusCode, review: &Value) -> Response {
    let mut response = Response::new(Body::from(review.to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}
