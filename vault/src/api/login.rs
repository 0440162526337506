//! Logging in.

use std::time::Duration;

use crate::{Auth, Body, Call, Client, Error, Operation, Token, WrapInfo};

/// The answer to a login.
#[derive(Clone, Debug)]
pub enum LoginAnswer {
    /// The token and what is known about it.
    Token(Token, Auth),
    /// Where the token is hidden, as wrapping was asked for.
    Wrapped(WrapInfo),
}

impl Client {
    /// Logs in at `path`, such as `auth/kubernetes/login`, with the credentials in `body`; with `wrap_ttl` the answer is
    /// wrapped.
    ///
    /// # Errors
    /// Those of [`Client::send`]; an answer without a token is [`Error::NoToken`].
    pub async fn login(&self, path: String, body: Body, wrap_ttl: Option<Duration>) -> Result<LoginAnswer, Error> {
        let mut call = Call::new(Operation::Write, path).body(body);
        call.wrap_ttl = wrap_ttl;
        let envelope = self.send(&call).await?.envelope()?;
        if let Some(wrapped) = envelope.wrap_info {
            return Ok(LoginAnswer::Wrapped(wrapped));
        }
        let auth = envelope
            .auth
            .and_then(|mut auth| Some((auth.client_token.take()?, auth)));
        match auth {
            Some((token, auth)) => Ok(LoginAnswer::Token(token, auth)),
            None => Err(Error::NoToken { path: call.path }),
        }
    }
}
