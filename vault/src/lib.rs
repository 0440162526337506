//! The HTTP API of Vault and OpenBao: requests, envelope, errors, redirects, TLS; no policy of when to call.
//!
//! [`Client::send`] makes exactly one attempt (and follows at most one redirect to the active node). Whether and
//! when to try again is the caller's to decide, with [`Error::is_transient`], [`Error::retry_after`] and
//! [`Error::may_have_happened`]: a request that creates a credential must not be repeated blindly.
//!
//! Tokens and bodies are wiped when dropped and printed as placeholders. Names follow the API: a *secret* is an
//! answer with a lease, *auth* the answer to a login, *wrapping* hiding an answer behind a single-use token.

mod api;
mod body;
mod call;
mod client;
mod envelope;
mod error;
mod proxy;
mod redirect;
mod response;
mod settings;
mod tls;
mod token;

pub use api::{Lease, LoginAnswer, Mount, TokenInfo, Wrapping};
pub use body::Body;
pub use call::{Call, Operation};
pub use client::{Answer, Client, Truncated, retry_after};
pub use envelope::{Auth, Envelope, WrapInfo};
pub use error::{Error, Failure, ServerError};
pub use proxy::ProxyRule;
pub use response::Response;
pub use settings::{Address, ConnectionOptions, Settings, SettingsError, duration_from};
pub use tls::{Certificate, CertificateSource, ClientCertificate, Fingerprint, TlsSettings, install_crypto_provider};
pub use token::{InvalidToken, Token};
