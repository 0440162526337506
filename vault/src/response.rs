//! One answer.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{Body, Envelope, Error};

/// An answer of the server.
///
/// A 404 is an answer too when it has `data` or `warnings`: a deleted version of a KV v2 secret is one.
#[derive(Clone, Debug)]
pub struct Response {
    status: u16,
    path: String,
    body: Body,
}

impl Response {
    pub(crate) fn new(status: u16, path: String, body: Body) -> Self {
        Response { status, path, body }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Whether there is something at the path (the status is not 404).
    #[must_use]
    pub fn is_found(&self) -> bool {
        self.status != 404
    }

    /// The JSON text as it was sent; empty for status 204.
    #[must_use]
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// The JSON text as it was sent.
    #[must_use]
    pub fn into_body(self) -> Body {
        self.body
    }

    /// The members around `data`; those of an empty body are all empty.
    ///
    /// # Errors
    /// When the body is not such a JSON object.
    pub fn envelope(&self) -> Result<Envelope, Error> {
        if self.body.is_empty() {
            return Ok(Envelope::default());
        }
        self.parse()
    }

    /// The member `data` in a form of the caller's.
    ///
    /// # Errors
    /// When there is no `data`, or it has another form.
    pub fn data<T: DeserializeOwned>(&self) -> Result<T, Error> {
        #[derive(Deserialize)]
        struct WithData<T> {
            data: T,
        }
        self.parse::<WithData<T>>().map(|with| with.data)
    }

    /// The whole body in a form of the caller's.
    pub(crate) fn parse<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(self.body.bytes()).map_err(|error| Error::Malformed {
            path: self.path.clone(),
            status: self.status,
            line: error.line(),
            column: error.column(),
        })
    }
}
