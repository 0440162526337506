//! `auth/token`: the token's own affairs.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::envelope::seconds;
use crate::{Auth, Call, Client, Error, Operation, Token};

/// What the server knows about a token.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub struct TokenInfo {
    /// How long it lasts from now; zero means for ever.
    #[serde(deserialize_with = "seconds")]
    pub ttl: Duration,
    /// Whether it can be renewed.
    #[serde(deserialize_with = "flag")]
    pub renewable: bool,
}

/// Lookups of tokens that never end leave it out or null.
fn flag<'de, D: serde::Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or(false))
}

#[derive(Serialize)]
struct Increment {
    increment: u64,
}

impl Client {
    /// Looks up the token itself.
    ///
    /// # Errors
    /// Those of [`Client::send`]; 403 means that the token is no longer good or may not look itself up.
    pub async fn lookup_self(&self, token: &Token) -> Result<TokenInfo, Error> {
        self.send(&Call::read("auth/token/lookup-self").token(token))
            .await?
            .data()
    }

    /// Renews the token; an `increment` of zero leaves the length to the server.
    ///
    /// # Errors
    /// Those of [`Client::send`]; an answer without `auth` is [`Error::NoToken`].
    pub async fn renew_self(&self, token: &Token, increment: Duration) -> Result<Auth, Error> {
        let path = "auth/token/renew-self";
        let call = Call::write(
            path,
            &Increment {
                increment: increment.as_secs(),
            },
        )?
        .token(token);
        let auth = self.send(&call).await?.envelope()?.auth;
        auth.ok_or_else(|| Error::NoToken { path: path.to_owned() })
    }

    /// Revokes the token and all leases made with it.
    ///
    /// # Errors
    /// Those of [`Client::send`].
    pub async fn revoke_self(&self, token: &Token) -> Result<(), Error> {
        self.send(&Call::new(Operation::Write, "auth/token/revoke-self").token(token))
            .await
            .map(drop)
    }
}
