//! Answers that are no envelope of status 200, behind a wrapping token: they are held as the data of one, with status,
//! type and body (the original's `http_status_code`, `http_content_type` and `http_raw_body`, the last in base64).

use super::Envelope;
use crate::http_api;
use crate::json::{self, Object, Value};
use crate::logical::{Raw, Response};
use crate::object;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const STATUS: &str = "http_status_code";
const CONTENT_TYPE: &str = "http_content_type";
const BODY: &str = "http_raw_body";

/// What is held for such an answer; `None` for a usual one.
pub(super) fn held(response: &Response, request_id: &str) -> Option<Object> {
    let raw = match (&response.raw, response.status) {
        (Some(raw), _) => raw.clone(),
        (None, Some(status)) => Raw {
            status,
            content_type: "application/json".to_owned(),
            body: http_api::envelope_text(Envelope::of(response.clone(), request_id)).into_bytes(),
        },
        (None, None) => return None,
    };
    Some(object! {
        STATUS => raw.status,
        CONTENT_TYPE => raw.content_type,
        BODY => STANDARD.encode(raw.body),
    })
}

/// The answer that was held as the data of `text`; a usual one is `text` itself.
pub(super) fn given(text: String) -> Raw {
    bare(&text).unwrap_or_else(|| Raw {
        status: 200,
        content_type: "application/json".to_owned(),
        body: text.into_bytes(),
    })
}

fn bare(text: &str) -> Option<Raw> {
    let envelope = json::parse(text.as_bytes()).ok()?;
    let data = envelope.get("data")?;
    let member = |name| data.get(name).and_then(Value::as_str).unwrap_or_default();
    let body = member(BODY);
    Some(Raw {
        status: u16::try_from(data.get(STATUS)?.as_i64()?).ok()?,
        content_type: member(CONTENT_TYPE).to_owned(),
        // Whoever wraps a body of their own may send it as it is.
        body: STANDARD.decode(body).unwrap_or_else(|_| body.as_bytes().to_vec()),
    })
}
