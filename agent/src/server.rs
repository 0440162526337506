//! The server as the engine talks to it: calls made of what the store and the session want, failures turned into
//! [`Trouble`] with a likely fix.

mod login;
mod refusal;
mod secret;

use std::time::Duration;

use coffret_vault::{Client, Token, WrapInfo};

pub use refusal::{Contact, Refusal, code};
pub use secret::wire_subject;

use crate::token::Grant;
use refusal::refusal;

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
}

impl Server {
    /// A server at `address` (for messages), spoken to by `client`.
    #[must_use]
    pub const fn new(client: Client, login_client: Option<Client>, address: String) -> Self {
        Self {
            client,
            login_client,
            address,
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
        let auth = self.client.renew_self(token, Duration::ZERO).await;
        auth.map(|auth| (auth.lease_duration, auth.renewable))
            .map_err(|error| refusal(&error, "renewing the agent's token"))
    }

    /// Asks how long the token is good, and whether it can be extended.
    ///
    /// # Errors
    /// Why not; `denied` when the server does not know the token.
    pub async fn look_up(&self, token: &Token) -> Result<(Duration, bool), Refusal> {
        let info = self.client.lookup_self(token).await;
        info.map(|info| (info.ttl, info.renewable))
            .map_err(|error| refusal(&error, "looking up the agent's token"))
    }

    /// Revokes the token, and with it its leases.
    ///
    /// # Errors
    /// Why not.
    pub async fn revoke_self(&self, token: &Token) -> Result<(), Refusal> {
        let revoked = self.client.revoke_self(token).await;
        revoked.map_err(|error| refusal(&error, "revoking the agent's token"))
    }

    /// Wraps the token for one use within `ttl`.
    ///
    /// # Errors
    /// Why not.
    pub async fn wrap(&self, token: &Token, ttl: Duration) -> Result<WrapInfo, Refusal> {
        let wrapped = self
            .client
            .wrap(token, &serde_json::json!({"token": token.expose()}), ttl)
            .await;
        wrapped.map_err(|error| refusal(&error, "wrapping the token for a sink"))
    }
}
