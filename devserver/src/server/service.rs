//! One request: faults, the core, the log.

use super::{Shared, outbound};
use crate::core::Answer;
use crate::faults::Effect;
use crate::http_api::{AnswerBody, Incoming, Outgoing, Step, settle, write};
use crate::journal::Entry;
use crate::json::Object;
use crate::logical::{Client, Request};
use http::{HeaderName, HeaderValue, Response};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming as IncomingBody;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;

/// The original's limit of a body.
const MAX_BODY: usize = 32 * 1024 * 1024;

/// So often one request may ask the outside world.
const MAX_QUESTIONS: usize = 4;

/// Makes the end of a connection a reset.
pub(super) struct Reset(Option<OwnedFd>);

/// Ends a connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("connection reset on demand")]
pub(super) struct ResetNow;

impl Reset {
    pub(super) fn new(stream: &TcpStream) -> Self {
        Self(stream.as_fd().try_clone_to_owned().ok())
    }

    /// From now on closing the socket drops what is unsent and tells the peer by a reset.
    fn arm(&self) {
        if let Some(socket) = &self.0 {
            // Without the option the connection just ends, which is as bad for the client.
            let _ends_softly = rustix::net::sockopt::set_socket_linger(socket, Some(Duration::ZERO));
        }
    }
}

/// Answers one request.
pub(super) async fn answer(
    state: Arc<(Client, Reset, Shared)>,
    request: http::Request<IncomingBody>,
) -> Result<Response<AnswerBody>, ResetNow> {
    let (client, reset, shared) = state.as_ref();
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, MAX_BODY).collect().await;
    let (body, too_large) = match body {
        Ok(body) => (body.to_bytes(), false),
        Err(_) => (bytes::Bytes::new(), true),
    };
    let incoming = Incoming {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
        client: client.clone(),
    };
    let path = incoming.path.strip_prefix("/v1/").unwrap_or(&incoming.path).to_owned();
    let effects = shared.faults.meet(&incoming.method, &path);
    for effect in &effects {
        if let Effect::Delay(span) = effect {
            tokio::time::sleep(*span).await;
        }
    }
    let mut entry = entry(shared, &incoming, path);
    let strike = effects.into_iter().find(|effect| !matches!(effect, Effect::Delay(_)));
    let outgoing = match &strike {
        Some(Effect::ResetBefore) => None,
        Some(Effect::Status {
            status,
            errors,
            retry_after,
        }) => Some(status_fault(*status, errors, *retry_after)),
        Some(Effect::Redirect(base)) => Some(redirect(base, &incoming)),
        _ if too_large => Some(too_large_answer()),
        _ => Some(work(shared, &incoming).await),
    };
    let outgoing = outgoing.filter(|_| strike != Some(Effect::Reset));
    entry.status = outgoing.as_ref().map_or(0, |outgoing| outgoing.status);
    shared.journal.add(entry);
    let Some(mut outgoing) = outgoing else {
        reset.arm();
        return Err(ResetNow);
    };
    if let Some(Effect::Body { content_type, body }) = &strike {
        outgoing = Outgoing {
            status: 200,
            content_type: content_type.clone(),
            body: body.clone().into_bytes(),
            ..outgoing
        };
    }
    Ok(respond(outgoing, &incoming, strike == Some(Effect::Truncate)))
}

fn entry(shared: &Shared, incoming: &Incoming, path: String) -> Entry {
    let header = |name: &str| {
        incoming
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    let core = shared.core.lock().unwrap_or_else(PoisonError::into_inner);
    let accessor = core
        .tokens()
        .get(incoming.token())
        .map(|token| token.accessor.clone())
        .unwrap_or_default();
    Entry {
        time: shared.clock.now(),
        method: incoming.method.clone(),
        path,
        query: incoming.query.clone(),
        namespace: header("x-vault-namespace"),
        accessor,
        user_agent: header("user-agent"),
        status: 0,
    }
}

fn status_fault(status: u16, errors: &[String], retry_after: Option<u64>) -> Outgoing {
    let mut outgoing = write(Answer::Refused {
        status,
        errors: errors.to_vec(),
        data: None,
    });
    outgoing
        .headers
        .extend(retry_after.map(|seconds| ("retry-after", seconds.to_string())));
    outgoing
}

fn too_large_answer() -> Outgoing {
    let answer = write(Answer::Refused {
        status: 413,
        errors: vec!["http: request body too large".to_owned()],
        data: None,
    });
    Outgoing { bare: true, ..answer }
}

fn redirect(base: &str, incoming: &Incoming) -> Outgoing {
    let query = if incoming.query.is_empty() {
        String::new()
    } else {
        format!("?{}", incoming.query)
    };
    let location = format!("{}{}{query}", base.trim_end_matches('/'), incoming.path);
    Outgoing {
        status: 307,
        headers: vec![("location", location)],
        ..Outgoing::default()
    }
}

/// Lets the core answer, asking the outside world in between where an engine wants to.
async fn work(shared: &Shared, incoming: &Incoming) -> Outgoing {
    if let Some(outgoing) = crate::dev_api::answer(shared, incoming) {
        return outgoing;
    }
    let status = |path: &str, query: &Object, body: &Object, token: &str| {
        let mut core = shared.core.lock().unwrap_or_else(PoisonError::into_inner);
        core.status_answer(&incoming.method, path, query, body, token)
    };
    let request = match settle(incoming, status) {
        Step::Done(outgoing) => return outgoing,
        Step::Logical(request) => request,
    };
    let mut request = *request;
    for _ in 0..MAX_QUESTIONS {
        match ask_core(shared, request.clone()) {
            Answer::Outbound(question) => request.outbound.push(outbound::ask(&question).await),
            answer => return write(answer),
        }
    }
    write(ask_core(shared, request))
}

fn ask_core(shared: &Shared, mut request: Request) -> Answer {
    shared
        .core
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .handle(&mut request)
}

fn respond(outgoing: Outgoing, incoming: &Incoming, truncate: bool) -> Response<AnswerBody> {
    let head = incoming.method == "HEAD";
    let body = match (head, truncate) {
        (true, _) => AnswerBody::whole(Vec::new()),
        (false, true) => AnswerBody::half(outgoing.body),
        (false, false) => AnswerBody::whole(outgoing.body),
    };
    let mut response = Response::new(body);
    *response.status_mut() = http::StatusCode::from_u16(outgoing.status).unwrap_or_default();
    let headers = response.headers_mut();
    if !outgoing.bare {
        headers.insert("cache-control", HeaderValue::from_static("no-store"));
        headers.insert(
            "strict-transport-security",
            HeaderValue::from_static("max-age=31536000; includeSubDomains"),
        );
    }
    if let Ok(value) = HeaderValue::from_str(&outgoing.content_type)
        && !outgoing.content_type.is_empty()
    {
        headers.insert("content-type", value);
    }
    if let Some(namespace) = incoming.headers.get("x-vault-namespace") {
        headers.insert("x-vault-namespace", namespace.clone());
    }
    for (name, value) in outgoing.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    response
}
