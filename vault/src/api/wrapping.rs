//! `sys/wrapping`: hiding an answer behind a single-use token.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Call, Client, Error, Operation, Response, Token, WrapInfo};

/// What the server tells about a wrapping token.
#[derive(Clone, Debug, Deserialize)]
pub struct Wrapping {
    /// The path whose answer it hides; compare it with the expected one before unwrapping.
    pub creation_path: String,
}

impl Client {
    /// Wraps a value for `ttl`.
    ///
    /// # Errors
    /// Those of [`Client::send`]; an answer without wrapping is [`Error::NoToken`].
    pub async fn wrap(&self, token: &Token, value: &impl Serialize, ttl: Duration) -> Result<WrapInfo, Error> {
        let path = "sys/wrapping/wrap";
        let response = self.send(&Call::write(path, value)?.token(token).wrap_ttl(ttl)).await?;
        response
            .envelope()?
            .wrap_info
            .ok_or_else(|| Error::NoToken { path: path.to_owned() })
    }

    /// Tells where a wrapping token comes from without using it up.
    ///
    /// # Errors
    /// Those of [`Client::send`]; 400 and 403 mean that the token was used or has expired.
    pub async fn wrapping_lookup(&self, wrapping: &Token) -> Result<Wrapping, Error> {
        self.send(&Call::read("sys/wrapping/lookup").token(wrapping))
            .await?
            .data()
    }

    /// Uses up a wrapping token and returns the hidden answer.
    ///
    /// # Errors
    /// Those of [`Client::send`]; 400 and 403 mean that the token was used or has expired.
    pub async fn unwrap_answer(&self, wrapping: &Token) -> Result<Response, Error> {
        self.send(&Call::new(Operation::Write, "sys/wrapping/unwrap").token(wrapping))
            .await
    }
}
