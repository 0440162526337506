//! `auth/token`: the token's own affairs.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::envelope::{nullable, seconds};
use crate::{Auth, Call, Client, Error, Operation, Token};

/// What the server knows about a token.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct TokenInfo {
    /// A name for the token that gives no rights.
    pub accessor: String,
    /// How long it lasts from now; zero means for ever.
    #[serde(deserialize_with = "seconds")]
    pub ttl: Duration,
    /// How long it lasted when it was made.
    #[serde(deserialize_with = "seconds")]
    pub creation_ttl: Duration,
    /// How long it can last at most, counted from its making; zero means no own limit.
    #[serde(deserialize_with = "seconds")]
    pub explicit_max_ttl: Duration,
    /// The length each renewal gives to a periodic token; zero for others.
    #[serde(deserialize_with = "seconds")]
    pub period: Duration,
    /// Whether it can be renewed.
    pub renewable: bool,
    /// `service` or `batch`.
    #[serde(rename = "type")]
    pub kind: String,
    /// How often it can still be used; 0 means any number of times.
    pub num_uses: u64,
    /// Whether it outlives its parent.
    pub orphan: bool,
    /// Its policies.
    #[serde(deserialize_with = "nullable")]
    pub policies: Vec<String>,
    /// The login or call that made it.
    pub path: String,
    /// The entity behind it; empty when there is none.
    pub entity_id: String,
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
