//! Where the server is and how to talk to it.

mod address;
mod duration;
mod environment;

pub use address::Address;
pub use duration::duration_from;

use std::path::PathBuf;
use std::time::Duration;

use crate::proxy::ProxyRule;
use crate::tls::TlsSettings;

/// Connection options as one layer (flags, or configuration files) gives them; `None` leaves a lower layer's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionOptions {
    /// `https://…`, `http://…` or `unix:///path`.
    pub address: Option<String>,
    /// PEM file with the certificate authorities to trust.
    pub ca_cert: Option<PathBuf>,
    /// Directory of such files.
    pub ca_path: Option<PathBuf>,
    /// PEM file with the client certificate.
    pub client_cert: Option<PathBuf>,
    /// PEM file with its private key.
    pub client_key: Option<PathBuf>,
    /// Name to send and to verify.
    pub tls_server_name: Option<String>,
    /// Accept any certificate.
    pub tls_skip_verify: Option<bool>,
    /// Namespace of all requests.
    pub namespace: Option<String>,
}

/// Everything the client needs to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The server.
    pub address: Address,
    /// Namespace of all requests that do not name another; `None` is the root namespace.
    pub namespace: Option<String>,
    /// TLS.
    pub tls: TlsSettings,
    /// How long one request may take, from the connection to the last byte of the answer.
    pub timeout: Duration,
    /// How long a connection may take to be made, TLS included.
    pub connect_timeout: Duration,
    /// How long an unused connection is kept.
    pub idle_timeout: Duration,
    /// Keep no connection at all between requests.
    pub disable_keep_alives: bool,
    /// How often the caller may repeat a failed request, if the environment says.
    pub max_retries: Option<u32>,
    /// Do not follow the redirect of a standby.
    pub disable_redirects: bool,
    /// Largest answer that is read, in bytes.
    pub max_body: usize,
    /// The `User-Agent` header.
    pub user_agent: String,
    /// Which proxy to use.
    pub proxy: ProxyRule,
    /// Settings of the environment that have no effect, in words.
    pub warnings: Vec<String>,
}

impl Settings {
    /// Vault's defaults for this server: 60 seconds for a request, the system's certificate authorities, no proxy.
    #[must_use]
    pub fn new(address: Address) -> Self {
        Settings {
            address,
            namespace: None,
            tls: TlsSettings::default(),
            timeout: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(5),
            disable_keep_alives: false,
            max_retries: None,
            disable_redirects: false,
            max_body: 32 << 20,
            user_agent: concat!("coffret/", env!("CARGO_PKG_VERSION")).to_owned(),
            proxy: ProxyRule::default(),
            warnings: Vec::new(),
        }
    }
}

/// A setting that cannot be used: which one and why. Its value is not repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// An address that is no address.
    #[error("{source_name}: {reason}")]
    Address {
        /// The variable, flag or key.
        source_name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A variable whose value has the wrong form.
    #[error("the variable {name} must be {wanted}")]
    Variable {
        /// The variable.
        name: String,
        /// What it must be.
        wanted: &'static str,
    },
    /// One of two settings that need each other.
    #[error("{given} is set but {missing} is not; both are needed")]
    Pair {
        /// The one that is set.
        given: &'static str,
        /// The one that is missing.
        missing: &'static str,
    },
    /// A certificate or key that cannot be used.
    #[error("{what} {from}: {reason}")]
    Certificate {
        /// What it is for.
        what: &'static str,
        /// The file, directory or variable.
        from: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The HTTP library refused the settings.
    #[error("the HTTP client cannot be set up: {0}")]
    Client(String),
}
