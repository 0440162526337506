//! The listener and the handles by which a test or a program steers a running server.

mod connection;
mod handles;
mod outbound;
mod reset;
mod respond;
mod service;
mod tls;

pub use handles::{LeaseView, Stats};

use crate::core::Core;
use crate::faults::Faults;
use crate::journal::Journal;
use crate::{Clock, seed};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// How to start a server.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; port 0 takes any free port. Loopback by default.
    pub listen: SocketAddr,
    /// The root token; a random one by default.
    pub root_token: Option<String>,
    /// Serves HTTPS with these; plain HTTP by default.
    pub tls: Option<Tls>,
    /// Mounts, policies, roles and secrets to begin with, as YAML text (see [`crate::seed`]).
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
    address: SocketAddr,
    root_token: String,
    shared: Shared,
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

/// What all connections share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) core: Arc<Mutex<Core>>,
    pub(crate) clock: Clock,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    pub(crate) root_token: Arc<str>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
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
    #[error("setting up TLS: {0}")]
    Tls(String),
    /// The seed is wrong; names the line and the key.
    #[error("seed: {0}")]
    Seed(seed::SeedError),
}

impl Server {
    /// Starts a server on the caller's runtime.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let address = options.listen;
        let listen_error = |source| StartError::Listen { address, source };
        let acceptor = options
            .tls
            .as_ref()
            .map(tls::acceptor)
            .transpose()
            .map_err(StartError::Tls)?;
        let listener = tokio::net::TcpListener::bind(address).await.map_err(listen_error)?;
        let address = listener.local_addr().map_err(listen_error)?;
        let url = format!("{}://{address}", if acceptor.is_some() { "https" } else { "http" });
        let mut core = Core::new(options.clock.clone(), url.clone());
        let root_token = core.create_root_token(options.root_token);
        if let Some(seed) = &options.seed {
            seed::plant(&mut core, &root_token, seed).map_err(StartError::Seed)?;
        }
        let shared = Shared {
            core: Arc::new(Mutex::new(core)),
            clock: options.clock,
            faults: Faults::default(),
            journal: Journal::default(),
            root_token: root_token.as_str().into(),
        };
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(connection::accept(listener, acceptor, shared.clone(), stopped));
        Ok(Self {
            url,
            address,
            root_token,
            shared,
            stop,
            task,
        })
    }

    /// Base URL, e.g. `http://127.0.0.1:8200`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The token for everything.
    pub fn root_token(&self) -> &str {
        &self.root_token
    }

    /// The server's clock, to be sped up or made to jump.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// The faults in force.
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// The log of requests.
    pub fn journal(&self) -> &Journal {
        &self.shared.journal
    }

    /// Stops listening and closes all connections.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        // The task ends by itself once told; a panic in it has nothing left to harm.
        let _ended = (&mut self.task).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}
