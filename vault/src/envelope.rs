//! The members every answer may have.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use crate::Token;

/// The members of an answer around its `data`; numbers that count seconds are durations.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Envelope {
    /// The lease; empty for secrets without one.
    pub lease_id: String,
    /// How long the lease lasts from now.
    #[serde(deserialize_with = "seconds")]
    pub lease_duration: Duration,
    /// Whether the lease can be renewed.
    pub renewable: bool,
    /// Where the real answer is hidden, if wrapping was asked for.
    pub wrap_info: Option<WrapInfo>,
    /// The answer to a login or to a renewal of a token.
    pub auth: Option<Auth>,
}

/// The answer to a login.
#[derive(Clone, Debug, Deserialize)]
pub struct Auth {
    /// The token; `None` when the server wants a second factor first.
    #[serde(deserialize_with = "token", default)]
    pub client_token: Option<Token>,
    /// A name for the token that gives no rights.
    #[serde(default)]
    pub accessor: String,
    /// Whether the token outlives its parent.
    #[serde(default)]
    pub orphan: bool,
    /// How long the token lasts from now; zero means for ever.
    #[serde(default, deserialize_with = "seconds")]
    pub lease_duration: Duration,
    /// Whether the token can be renewed.
    #[serde(default)]
    pub renewable: bool,
}

/// Where a wrapped answer is hidden.
#[derive(Clone, Deserialize)]
pub struct WrapInfo {
    /// The single-use token that gives the answer.
    pub token: Token,
    /// A name for that token that gives no rights.
    #[serde(default)]
    pub accessor: String,
    /// How long the token can be used.
    #[serde(default, deserialize_with = "seconds")]
    pub ttl: Duration,
    /// When it was made, in RFC 3339.
    #[serde(default)]
    pub creation_time: String,
    /// The path whose answer it hides.
    #[serde(default)]
    pub creation_path: String,
    /// The accessor of the token inside, if the answer holds one.
    #[serde(default)]
    pub wrapped_accessor: String,
}

impl fmt::Debug for WrapInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WrapInfo")
            .field("ttl", &self.ttl)
            .field("creation_path", &self.creation_path)
            .finish_non_exhaustive()
    }
}

impl<'de> Deserialize<'de> for Token {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = zeroize::Zeroizing::new(String::deserialize(deserializer)?);
        Token::new(&text).map_err(D::Error::custom)
    }
}

/// A token, or none where the text is empty.
fn token<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Token>, D::Error> {
    let text = zeroize::Zeroizing::new(Option::<String>::deserialize(deserializer)?.unwrap_or_default());
    if text.is_empty() {
        Ok(None)
    } else {
        Token::new(&text).map(Some).map_err(D::Error::custom)
    }
}

/// Seconds; negative ones count as none.
pub(crate) fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let number = Option::<f64>::deserialize(deserializer)?.unwrap_or(0.0);
    Ok(Duration::try_from_secs_f64(number.max(0.0)).unwrap_or(Duration::MAX))
}
