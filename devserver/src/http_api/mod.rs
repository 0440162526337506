//! HTTP in and out: what a request means, and how an answer is written.

mod asked;
mod body;
mod incoming;
mod input;
mod meaning;
mod outgoing;
mod query;

pub(crate) use body::{AnswerBody, BUFFER};
pub(crate) use incoming::Incoming;
pub(crate) use outgoing::{Outgoing, envelope_text, write};

use crate::core::{Answer, Core};
use crate::json::Object;
use crate::logical::{Client, Request};
use bytes::Bytes;
use http::HeaderMap;
use meaning::{Meaning, understand};
use outgoing::{moved, page, plain};

/// A request as far as it can be answered without an engine.
pub(crate) enum Step {
    /// Answered.
    Done(Outgoing),
    /// For the core, and perhaps for the outside world.
    Logical(Box<Request>),
}

/// Answers what needs no engine. `status` asks the core what it tells before any token is looked at, by path, query,
/// body and token.
pub(crate) fn settle(incoming: &Incoming, status: impl FnOnce(&str, &Object, &Object, &str) -> Option<Answer>) -> Step {
    Step::Done(match understand(incoming) {
        Meaning::Refused(answer) => write(answer),
        Meaning::Plain { status, text, close } => plain(status, text, close),
        Meaning::Page => page(),
        Meaning::Moved(path) => moved(&path, incoming),
        Meaning::Logical(request) => return Step::Logical(request),
        Meaning::Status {
            path,
            query,
            body,
            token,
        } => {
            let unknown = || Answer::Refused {
                status: 404,
                errors: Vec::new(),
                data: None,
            };
            let outgoing = write(status(&path, &query, &body, &token).unwrap_or_else(unknown));
            match path == "sys/health" && incoming.method == "HEAD" {
                true => outgoing.without_body(),
                false => outgoing,
            }
        }
    })
}

/// Answers one request without a network: method, path with query (still encoded), headers and body in; status and
/// body out. Questions to the outside world stay unanswered (500).
pub fn exchange(core: &mut Core, method: &str, target: &str, headers: HeaderMap, body: Bytes) -> (u16, Vec<u8>) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let incoming = Incoming {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body,
        client: Client::default(),
    };
    let step = settle(&incoming, |path, query, body, token| {
        core.status_answer(method, path, query, body, token)
    });
    let outgoing = match step {
        Step::Done(outgoing) => outgoing,
        Step::Logical(mut request) => write(core.handle(&mut request)),
    };
    (outgoing.status, outgoing.body)
}
