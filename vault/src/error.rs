//! What can go wrong with a request.

use std::time::Duration;

use crate::{Operation, SettingsError};

/// A request that got no usable answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No connection: the name is unknown, nothing listens, the network is down.
    #[error("cannot connect to {address}: {reason}")]
    Connect {
        /// The server.
        address: String,
        /// What failed, in words.
        reason: String,
    },
    /// The server's certificate, or ours, was not accepted.
    #[error("TLS with {address} failed: {reason}")]
    Tls {
        /// The server.
        address: String,
        /// What was wrong and the likely fix.
        reason: String,
    },
    /// No complete answer in time.
    #[error("{address} did not answer {path} within {after:?}")]
    Timeout {
        /// The server.
        address: String,
        /// The path.
        path: String,
        /// How long was waited.
        after: Duration,
    },
    /// The connection ended before the answer was complete.
    #[error("the connection to {address} ended during {path}")]
    Interrupted {
        /// The server.
        address: String,
        /// The path.
        path: String,
    },
    /// The server answered with an error.
    #[error(transparent)]
    Server(Box<ServerError>),
    /// The answer is larger than the limit.
    #[error("the answer to {path} is larger than {limit} bytes")]
    TooLarge {
        /// The path.
        path: String,
        /// The limit.
        limit: usize,
    },
    /// The answer is not the JSON it should be.
    #[error("the answer to {path} (status {status}) is not the JSON it should be, at line {line}, column {column}")]
    Malformed {
        /// The path.
        path: String,
        /// The HTTP status.
        status: u16,
        /// Line of the body, from 1.
        line: usize,
        /// Column of that line, from 1.
        column: usize,
    },
    /// An answer that should hold a token and holds none, as when a second factor is wanted.
    #[error("the answer to {path} holds no token")]
    NoToken {
        /// The path.
        path: String,
    },
    /// A redirect that is not followed.
    #[error("{address} redirects {path} to {target}, which is not followed: {reason}")]
    Redirect {
        /// The server.
        address: String,
        /// The path.
        path: String,
        /// Scheme and host of where it points.
        target: String,
        /// Why not.
        reason: &'static str,
    },
    /// A request that cannot be made.
    #[error("the request for {path} cannot be made: {reason}")]
    Request {
        /// The path.
        path: String,
        /// Why not.
        reason: &'static str,
    },
    /// The settings cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

/// An error the server answered with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation} of {path} on {address} was answered with status {status}{}", listed(.errors))]
pub struct ServerError {
    /// The HTTP status.
    pub status: u16,
    /// What was asked for, in a word.
    pub operation: &'static str,
    /// The path.
    pub path: String,
    /// The server.
    pub address: String,
    /// The server's texts; of a body that is not Vault's JSON, its beginning.
    pub errors: Vec<String>,
    /// The server's remarks.
    pub warnings: Vec<String>,
    /// How long the server asks to be left alone.
    pub retry_after: Option<Duration>,
}

fn listed(errors: &[String]) -> String {
    if errors.is_empty() {
        String::new()
    } else {
        format!(": {}", errors.join("; "))
    }
}

/// What a failure means to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// The server cannot be reached, or does not answer properly.
    Unreachable,
    /// The server is sealed, or a standby without an active node: 503 and 472, 473.
    Unavailable,
    /// The server is not initialised: 501.
    NotInitialised,
    /// The token or credential is not accepted, or not allowed to do this: 403 (and 401 of proxies).
    NotAuthorised,
    /// There is nothing at the path: 404.
    NotFound,
    /// The request is wrong: other 4xx, or it could not even be made.
    Rejected,
    /// Too many requests: 429.
    RateLimited,
    /// The server failed: other 5xx, and 412 of a replica that lags behind.
    Failed,
}

impl Error {
    /// What the failure means.
    #[must_use]
    pub fn failure(&self) -> Failure {
        match self {
            Error::Connect { .. } | Error::Tls { .. } | Error::Timeout { .. } | Error::Interrupted { .. } => {
                Failure::Unreachable
            }
            Error::Malformed { .. } => Failure::Failed,
            Error::Server(error) => failure_of(error.status),
            Error::NoToken { .. } => Failure::NotAuthorised,
            Error::TooLarge { .. } | Error::Redirect { .. } | Error::Request { .. } | Error::Settings(_) => {
                Failure::Rejected
            }
        }
    }

    /// Whether the same request may succeed later without anyone changing it: connection and TLS trouble
    /// (certificate files are read again when they change), 412, 429, 472, 473 and 5xx except 501.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self.failure() {
            Failure::Unreachable | Failure::Unavailable | Failure::RateLimited | Failure::Failed => true,
            Failure::NotInitialised | Failure::NotAuthorised | Failure::NotFound | Failure::Rejected => false,
        }
    }

    /// How long the server asks to be left alone (`Retry-After`).
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Error::Server(error) => error.retry_after,
            _ => None,
        }
    }

    /// Whether the server may have done what was asked although no answer came: repeating a request that creates
    /// something may then create it twice.
    #[must_use]
    pub fn may_have_happened(&self) -> bool {
        match self {
            Error::Timeout { .. } | Error::Interrupted { .. } | Error::Malformed { .. } | Error::TooLarge { .. } => {
                true
            }
            Error::Server(error) => matches!(error.status, 500 | 502 | 504),
            _ => false,
        }
    }

    /// The HTTP status, if the server answered with an error.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Error::Server(error) => Some(error.status),
            Error::Malformed { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// The server's texts.
    #[must_use]
    pub fn errors(&self) -> &[String] {
        match self {
            Error::Server(error) => &error.errors,
            _ => &[],
        }
    }

    /// Whether the server says that the token itself is no longer good (newer Vaults do; others only say
    /// "permission denied", which looking up the token tells apart).
    #[must_use]
    pub fn is_invalid_token(&self) -> bool {
        self.status() == Some(403) && self.errors().iter().any(|text| text.contains("invalid token"))
    }
}

fn failure_of(status: u16) -> Failure {
    match status {
        401 | 403 => Failure::NotAuthorised,
        404 => Failure::NotFound,
        412 => Failure::Failed,
        429 => Failure::RateLimited,
        472 | 473 | 503 => Failure::Unavailable,
        501 => Failure::NotInitialised,
        500.. => Failure::Failed,
        _ => Failure::Rejected,
    }
}

impl Operation {
    pub(crate) fn failed(self, status: u16, path: &str, address: &str) -> ServerError {
        ServerError {
            status,
            operation: self.name(),
            path: path.to_owned(),
            address: address.to_owned(),
            errors: Vec::new(),
            warnings: Vec::new(),
            retry_after: None,
        }
    }
}
