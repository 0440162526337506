//! One request: faults, the core, the log.

use super::reset::{Reset, ResetNow};
use super::respond::{Unreadable, redirect, respond, status_fault, unreadable};
use super::{Shared, outbound};
use crate::core::Answer;
use crate::dev_api;
use crate::faults::Effect;
use crate::http_api::{AnswerBody, Incoming, Outgoing, Step, settle, write};
use crate::journal::Entry;
use crate::json::Object;
use crate::logical::{Client, Request};
use http::Response;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming as IncomingBody;
use std::sync::{Arc, PoisonError};

/// The original's limit of a body.
const MAX_BODY: usize = 32 * 1024 * 1024;

/// So often one request may ask the outside world.
const MAX_QUESTIONS: usize = 4;

/// Answers one request. Faults and log leave the development API alone, so that it can always end them.
pub(super) async fn answer(
    state: Arc<(Client, Reset, Shared)>,
    request: http::Request<IncomingBody>,
) -> Result<Response<AnswerBody>, ResetNow> {
    let (client, reset, shared) = state.as_ref();
    let (incoming, unread) = read(client, request).await;
    if let Some(outgoing) = dev_api::answer(shared, &incoming) {
        return Ok(respond(outgoing, &incoming, false));
    }
    let path = incoming.path.strip_prefix("/v1/").unwrap_or(&incoming.path).to_owned();
    let effects = shared.faults.meet(&incoming.method, &path);
    for effect in &effects {
        if let Effect::Delay(span) = effect {
            tokio::time::sleep(*span).await;
        }
    }
    let strike = effects.into_iter().find(|effect| !matches!(effect, Effect::Delay(_)));
    let mut entry = entry(shared, &incoming, path);
    let outgoing = struck(shared, &incoming, unread, strike.as_ref()).await;
    entry.status = outgoing.as_ref().map_or(0, |outgoing| outgoing.status);
    shared.journal.add(entry);
    let Some(outgoing) = outgoing else {
        reset.arm();
        return Err(ResetNow);
    };
    Ok(respond(outgoing, &incoming, strike == Some(Effect::Truncate)))
}

/// Reads the body, and tells why it could not be read.
async fn read(client: &Client, request: http::Request<IncomingBody>) -> (Incoming, Option<Unreadable>) {
    let (parts, body) = request.into_parts();
    let (body, unread) = match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => (body.to_bytes(), None),
        Err(error) if error.is::<LengthLimitError>() => (bytes::Bytes::new(), Some(Unreadable::TooLarge)),
        Err(_) => (bytes::Bytes::new(), Some(Unreadable::Broken)),
    };
    let incoming = Incoming {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
        client: client.clone(),
    };
    (incoming, unread)
}

/// The answer as a fault leaves it; `None` where the connection is to be reset instead.
async fn struck(
    shared: &Shared,
    incoming: &Incoming,
    unread: Option<Unreadable>,
    strike: Option<&Effect>,
) -> Option<Outgoing> {
    match strike {
        Some(Effect::ResetBefore) => return None,
        Some(Effect::Status {
            status,
            errors,
            retry_after,
        }) => return Some(status_fault(*status, errors, *retry_after)),
        Some(Effect::Redirect(base)) => return Some(redirect(base, incoming)),
        _ => {}
    }
    let outgoing = match unread {
        Some(reason) => unreadable(reason),
        None => work(shared, incoming).await,
    };
    match strike {
        Some(Effect::Reset) => None,
        Some(Effect::Body { content_type, body }) => Some(Outgoing {
            status: 200,
            content_type: content_type.clone(),
            body: body.clone().into_bytes(),
            ..outgoing
        }),
        _ => Some(outgoing),
    }
}

fn entry(shared: &Shared, incoming: &Incoming, path: String) -> Entry {
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
        namespace: incoming.header("x-vault-namespace").to_owned(),
        accessor,
        user_agent: incoming.header("user-agent").to_owned(),
        status: 0,
    }
}

/// Lets the core answer, asking the outside world in between where an engine wants to.
async fn work(shared: &Shared, incoming: &Incoming) -> Outgoing {
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
