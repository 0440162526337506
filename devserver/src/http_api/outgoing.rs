//! An answer as HTTP.

use super::incoming::Incoming;
use crate::core::{Answer, Envelope, Issued, WrapInfo};
use crate::json::{self, Object, Value};
use crate::object;

/// The parts of an HTTP response.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outgoing {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Leaves out the headers that all other answers have: Go's HTTP server speaks, not the API.
    pub(crate) bare: bool,
}

const JSON: &str = "application/json";

const HTML: &str = "text/html; charset=utf-8";

/// Writes an answer.
pub(crate) fn write(answer: Answer) -> Outgoing {
    match answer {
        Answer::Empty => Outgoing {
            status: 204,
            content_type: JSON.to_owned(),
            ..Outgoing::default()
        },
        Answer::Raw(raw) => Outgoing {
            status: raw.status,
            content_type: raw.content_type,
            body: raw.body,
            ..Outgoing::default()
        },
        Answer::Refused { status, errors, data } => {
            let mut body = object! { "errors" => errors };
            if let Some(data) = data {
                body.insert("data".to_owned(), data);
            }
            json_answer(status, &Value::Object(body).to_string())
        }
        Answer::Envelope(envelope) => json_answer(envelope.status, &envelope_text(*envelope)),
        Answer::Outbound(_) => json_answer(500, r#"{"errors":["an outside question was left unanswered"]}"#),
    }
}

/// An answer of Go's HTTP server itself; `close` ends the connection.
pub(crate) fn plain(status: u16, text: &str, close: bool) -> Outgoing {
    Outgoing {
        status,
        content_type: match text {
            "" => String::new(),
            _ => "text/plain; charset=utf-8".to_owned(),
        },
        body: text.as_bytes().to_vec(),
        headers: close.then(|| ("connection", "close".to_owned())).into_iter().collect(),
        bare: true,
    }
}

/// What stands where the original has its user interface.
pub(crate) fn page() -> Outgoing {
    Outgoing {
        status: 200,
        content_type: HTML.to_owned(),
        body:
            b"<!DOCTYPE html>\n<p>This development server has an API at <code>/v1/</code> and no user interface.</p>\n"
                .to_vec(),
        ..Outgoing::default()
    }
}

/// Redirects to a path, as Go's router does; only what was read gets a body.
pub(crate) fn moved(path: &str, incoming: &Incoming) -> Outgoing {
    let query = match incoming.query.as_str() {
        "" => String::new(),
        query => format!("?{query}"),
    };
    let location = format!("{}{query}", super::query::encode_path(path));
    let page = format!(
        "<a href=\"{}\">Temporary Redirect</a>.\n\n",
        location.replace('&', "&amp;")
    );
    let (content_type, body) = match incoming.method.as_str() {
        "GET" => (HTML, page.into_bytes()),
        "HEAD" => (HTML, Vec::new()),
        _ => ("", Vec::new()),
    };
    Outgoing {
        status: 307,
        content_type: content_type.to_owned(),
        body,
        headers: vec![("location", location)],
        ..Outgoing::default()
    }
}

impl Outgoing {
    /// The answer to a `HEAD` that writes no body: an error then has no type either.
    pub(super) fn without_body(mut self) -> Self {
        if self.status == 400 {
            self.content_type.clear();
        }
        self.body.clear();
        self
    }
}

fn json_answer(status: u16, text: &str) -> Outgoing {
    let body = format!("{text}\n").into_bytes();
    Outgoing {
        status,
        content_type: JSON.to_owned(),
        body,
        ..Outgoing::default()
    }
}

/// The envelope, its members in the original's order; injected members come first.
pub(crate) fn envelope_text(envelope: Envelope) -> String {
    let injected = envelope.data.clone().filter(|_| envelope.inject).unwrap_or_default();
    let lease = envelope.lease.unwrap_or_default();
    let warnings = (!envelope.warnings.is_empty()).then_some(envelope.warnings);
    let members = [
        ("request_id", Value::from(envelope.request_id)),
        ("lease_id", Value::from(lease.id)),
        ("renewable", Value::from(lease.renewable)),
        ("lease_duration", Value::from(lease.duration)),
        ("data", Value::from(envelope.data)),
        ("wrap_info", Value::from(envelope.wrap_info.map(wrap_info))),
        ("warnings", Value::from(warnings)),
        ("auth", Value::from(envelope.auth.map(auth))),
    ];
    let injected = injected.iter().map(|(key, value)| (key.as_str(), value));
    let members = injected.chain(members.iter().map(|(key, value)| (*key, value)));
    let mut text = String::from("{");
    for (index, (key, value)) in members.enumerate() {
        if index > 0 {
            text.push(',');
        }
        json::write(&Value::from(key), &mut text);
        text.push(':');
        json::write(value, &mut text);
    }
    text.push('}');
    text
}

fn wrap_info(info: WrapInfo) -> Object {
    let mut shown = object! {
        "token" => info.token,
        "accessor" => info.accessor,
        "ttl" => info.ttl,
        "creation_time" => info.creation_time,
        "creation_path" => info.creation_path,
    };
    if !info.wrapped_accessor.is_empty() {
        shown.insert("wrapped_accessor".to_owned(), Value::from(info.wrapped_accessor));
    }
    shown
}

fn auth(issued: Issued) -> Object {
    let metadata = issued.metadata.map(|metadata| -> Object {
        metadata
            .into_iter()
            .map(|(key, text)| (key, Value::from(text)))
            .collect()
    });
    let all = |more: &[String]| -> Vec<String> {
        let mut all = [issued.policies.as_slice(), more].concat();
        all.sort();
        all.dedup();
        all
    };
    let mut shown = object! {
        "client_token" => issued.token,
        "accessor" => issued.accessor,
        "policies" => all(&issued.identity_policies),
        "metadata" => metadata,
        "lease_duration" => issued.lease_duration,
        "renewable" => issued.renewable,
        "entity_id" => issued.entity_id,
        "token_type" => issued.token_type,
        "orphan" => issued.orphan,
        "mfa_requirement" => Value::Null,
        "num_uses" => issued.num_uses,
    };
    if !issued.identity_policies.is_empty() {
        let mut sorted = issued.identity_policies;
        sorted.sort();
        shown.insert("identity_policies".to_owned(), Value::from(sorted));
    }
    if !issued.policies.is_empty() {
        shown.insert("token_policies".to_owned(), Value::from(issued.policies));
    }
    shown
}
