//! Reading answers that report an error.

use std::time::Duration;

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::{Body, ServerError};

/// How much of a body that is not Vault's is repeated.
const EXCERPT: usize = 200;

#[derive(Deserialize)]
struct ErrorBody {
    #[serde(default)]
    errors: Option<Vec<String>>,
    #[serde(default)]
    warnings: Option<Vec<String>>,
    #[serde(default)]
    data: Option<IgnoredAny>,
}

/// Whether a 404 is an answer: a deleted version of a secret has `data`, an empty list may have `warnings`.
pub(super) fn holds_data(body: &Body) -> bool {
    let parsed: Result<ErrorBody, _> = serde_json::from_slice(body.bytes());
    parsed.is_ok_and(|body| body.data.is_some() || body.warnings.is_some_and(|warnings| !warnings.is_empty()))
}

/// Fills in what body and headers say.
pub(super) fn describe(mut error: ServerError, body: &Body, headers: &HeaderMap) -> ServerError {
    match serde_json::from_slice::<ErrorBody>(body.bytes()) {
        Ok(parsed) => {
            error.errors = parsed
                .errors
                .unwrap_or_default()
                .iter()
                .map(|text| text.trim().to_owned())
                .collect();
            error.warnings = parsed.warnings.unwrap_or_default();
        }
        Err(_) if body.is_empty() => {}
        Err(_) => error.errors = vec![excerpt(body)],
    }
    error.retry_after = retry_after(headers);
    error
}

/// The beginning of a body that some proxy wrote, on one line.
fn excerpt(body: &Body) -> String {
    let text = String::from_utf8_lossy(body.bytes());
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut printable = line.chars().filter(|c| !c.is_control());
    let mut short: String = printable.by_ref().take(EXCERPT).collect();
    if printable.next().is_some() {
        short.push('…');
    }
    short
}

/// `Retry-After` in seconds, or as a date, which is compared with the server's own `Date`.
#[must_use]
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(Duration::from_secs(seconds.into()));
    }
    let date = |text: &str| -> Option<Timestamp> { rfc2822::parse(text).ok().map(|date| date.timestamp()) };
    let now = date(headers.get(DATE)?.to_str().ok()?)?;
    Some(Duration::try_from(date(text)?.duration_since(now)).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::{describe, holds_data, retry_after};
    use crate::{Body, Operation};
    use http::HeaderMap;
    use std::time::Duration;

    fn body(text: &str) -> Body {
        Body::from(text.as_bytes().to_vec())
    }

    #[test]
    fn a_404_with_data_or_warnings_is_an_answer() {
        assert!(holds_data(&body(
            r#"{"data":{"data":null,"metadata":{"deletion_time":"2026-01-01T00:00:00Z"}}}"#
        )));
        assert!(holds_data(&body(r#"{"data":null,"warnings":["nothing here"]}"#)));
        assert!(!holds_data(&body(r#"{"errors":[]}"#)));
        assert!(!holds_data(&body(r#"{"errors":[],"data":null,"warnings":null}"#)));
        assert!(!holds_data(&body("<html>not found</html>")));
        assert!(!holds_data(&body("")));
    }

    #[test]
    fn server_texts_are_kept_and_foreign_pages_shortened() {
        let failed = || Operation::Read.failed(403, "secret/a", "https://vault");
        let json = describe(
            failed(),
            &body("{\"errors\":[\"1 error occurred:\\n\\t* denied\\n\\n\"]}"),
            &HeaderMap::new(),
        );
        assert_eq!(json.errors, ["1 error occurred:\n\t* denied"]);
        let page = format!("<html>\n {}</html>", "x".repeat(500));
        let html = describe(failed(), &body(&page), &HeaderMap::new());
        assert!(html.errors[0].starts_with("<html> xxx") && html.errors[0].ends_with('…'));
        assert_eq!(html.errors[0].chars().count(), 201);
        assert!(describe(failed(), &body(""), &HeaderMap::new()).errors.is_empty());
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let headers = |retry: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", retry.parse().unwrap());
            headers.insert("date", "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap());
            headers
        };
        assert_eq!(retry_after(&headers("7")), Some(Duration::from_secs(7)));
        assert_eq!(
            retry_after(&headers("Sun, 06 Nov 1994 08:50:07 GMT")),
            Some(Duration::from_secs(30))
        );
        assert_eq!(
            retry_after(&headers("Sun, 06 Nov 1994 08:00:00 GMT")),
            Some(Duration::ZERO)
        );
        assert_eq!(retry_after(&headers("soon")), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
