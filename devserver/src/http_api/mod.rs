//! HTTP in and out: what a request means, and how an answer is written.

mod body;
mod incoming;
mod outgoing;
mod query;

pub(crate) use body::AnswerBody;
pub(crate) use incoming::{Incoming, Meaning, understand};
pub(crate) use outgoing::{Outgoing, envelope_text, malformed, moved, write};

use crate::core::{Answer, Core};
use crate::logical::Client;
use bytes::Bytes;
use http::HeaderMap;

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
    let outgoing = match understand(&incoming) {
        Meaning::Refused(answer) => write(answer),
        Meaning::Malformed(text) => malformed(text),
        Meaning::Moved(path) => moved(&path, query, matches!(method, "GET" | "HEAD")),
        Meaning::Logical(mut request) => write(core.handle(&mut request)),
        Meaning::Status {
            path,
            query,
            body,
            token,
        } => {
            let nothing = Answer::Refused {
                status: 404,
                errors: Vec::new(),
                data: None,
            };
            write(
                core.status_answer(method, &path, &query, &body, &token)
                    .unwrap_or(nothing),
            )
        }
    };
    (outgoing.status, outgoing.body)
}
