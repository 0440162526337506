//! A request as HTTP brings it.

use crate::logical::Client;
use bytes::Bytes;
use http::HeaderMap;

/// The parts of an HTTP request.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    pub(crate) method: String,
    /// Path of the URL, still encoded.
    pub(crate) path: String,
    /// Query of the URL, still encoded.
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) client: Client,
}

impl Incoming {
    /// A header's first value; empty if it is not there, or no text.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The token: its own header, or a bearer token.
    pub(crate) fn token(&self) -> &str {
        match self.header("x-vault-token") {
            "" => self
                .header("authorization")
                .strip_prefix("Bearer ")
                .unwrap_or_default()
                .trim(),
            token => token,
        }
    }

    /// The media type of the body in lower case, without parameters.
    pub(super) fn media_type(&self) -> String {
        let text = self.header("content-type");
        text.split(';').next().unwrap_or_default().trim().to_lowercase()
    }
}
