//! The server as the engine talks to it: calls made of what the store and the session want, failures turned into
//! [`Trouble`] with a likely fix.

mod login;
mod refusal;
mod secret;

use std::time::Duration;

use coffret_vault::{Call, Client, Token, WrapInfo};
use serde::Deserialize;

pub use refusal::{Refusal, code};
pub use secret::wire_subject;

use crate::token::Grant;
use refusal::{refusal, security};

/// What a login gave.
#[derive(Debug)]
pub enum LoggedIn {
    /// A token.
    Token(Grant),
    /// A wrapping token for somebody else, as the sinks get it.
    Wrapped(WrapInfo),
}

/// One server and the way to log in there.
#[derive(Debug)]
pub struct Server {
    client: Client,
    /// For the login when it has certificates of its own.
    login_client: Option<Client>,
    address: String,
    namespace: Option<String>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    #[serde(default)]
    ttl: u64,
    #[serde(default)]
    renewable: Option<bool>,
}

impl Server {
    /// A server at `address` (for messages), spoken to by `client`.
    #[must_use]
    pub const fn new(client: Client, login_client: Option<Client>, address: String, namespace: Option<String>) -> Self {
        Self {
            client,
            login_client,
            address,
            namespace,
        }
    }

    /// The address, for messages.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Extends the token; answers what is left of it and whether it can be extended again.
    ///
    /// # Errors
    /// Why not.
    pub async fn renew_self(&self, token: &Token) -> Result<(Duration, bool), Refusal> {
        let subject = "renewing the agent's token";
        let call = Call::write("auth/token/renew-self", &serde_json::json!({"increment": 0}))
            .map_err(|error| refusal(&error, subject))?
            .token(token);
        let response = self
            .client
            .send(&call)
            .await
            .map_err(|error| refusal(&error, subject))?;
        let envelope = response.envelope().map_err(|error| refusal(&error, subject))?;
        let auth = envelope
            .auth
            .ok_or_else(|| security(format!("{subject}: the answer holds no token")))?;
        Ok((auth.lease_duration, auth.renewable))
    }

    /// Asks how long the token is good, and whether it can be extended.
    ///
    /// # Errors
    /// Why not; `denied` when the server does not know the token.
    pub async fn look_up(&self, token: &Token) -> Result<(Duration, bool), Refusal> {
        let call = Call::read("auth/token/lookup-self").token(token);
        let answer = self
            .client
            .send(&call)
            .await
            .and_then(|response| response.data::<TokenAnswer>());
        let answer = answer.map_err(|error| refusal(&error, "looking up the agent's token"))?;
        Ok((Duration::from_secs(answer.ttl), answer.renewable.unwrap_or(false)))
    }

    /// Revokes the token, and with it its leases.
    ///
    /// # Errors
    /// Why not.
    pub async fn revoke_self(&self, token: &Token) -> Result<(), Refusal> {
        let call = Call::new(coffret_vault::Operation::Write, "auth/token/revoke-self").token(token);
        self.client
            .send(&call)
            .await
            .map(drop)
            .map_err(|error| refusal(&error, "revoking the agent's token"))
    }

    /// Wraps the token for one use within `ttl`.
    ///
    /// # Errors
    /// Why not.
    pub async fn wrap(&self, token: &Token, ttl: Duration) -> Result<WrapInfo, Refusal> {
        let subject = "wrapping the token for a sink";
        let call = Call::write("sys/wrapping/wrap", &serde_json::json!({"token": token.expose()}))
            .map_err(|error| refusal(&error, subject))?
            .token(token)
            .wrap_ttl(ttl);
        let response = self
            .client
            .send(&call)
            .await
            .map_err(|error| refusal(&error, subject))?;
        let envelope = response.envelope().map_err(|error| refusal(&error, subject))?;
        envelope
            .wrap_info
            .ok_or_else(|| security(format!("{subject}: the answer holds no wrapping token")))
    }
}
