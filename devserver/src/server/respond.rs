//! Answers of the server itself, and answers as HTTP responses.

use crate::core::Answer;
use crate::http_api::{AnswerBody, BUFFER, Incoming, Outgoing, write};
use http::{HeaderName, HeaderValue, Response};

/// The answer of a fault that answers with a status.
pub(super) fn status_fault(status: u16, errors: &[String], retry_after: Option<u64>) -> Outgoing {
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

/// The answer to a body that cannot be read.
pub(super) fn unreadable(body: Unreadable) -> Outgoing {
    let (status, text) = match body {
        Unreadable::TooLarge => (413, "http: request body too large"),
        Unreadable::Broken => (500, "invalid byte in chunk length"),
    };
    let answer = write(Answer::Refused {
        status,
        errors: vec![text.to_owned()],
        data: None,
    });
    Outgoing { bare: true, ..answer }
}

/// Why a body cannot be read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unreadable {
    /// It is larger than the original takes.
    TooLarge,
    /// Its chunks are none.
    Broken,
}

/// The answer of a standby that knows who is active.
pub(super) fn redirect(base: &str, incoming: &Incoming) -> Outgoing {
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

/// The response; `truncate` lets only half of its body arrive.
pub(super) fn respond(outgoing: Outgoing, incoming: &Incoming, truncate: bool) -> Response<AnswerBody> {
    let head = incoming.method == "HEAD";
    let length = outgoing.body.len();
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
    if head && (1..=BUFFER).contains(&length) {
        headers.insert("content-length", HeaderValue::from(length));
    }
    for (name, value) in outgoing.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    response
}
