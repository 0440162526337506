//! The webhook in this process, with a certificate of its own: for trying it out and for tests. It is the
//! same router and the same TLS as in a cluster.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::settings::Settings;
use crate::tls::{Authority, AuthorityError, Current, CurrentError, TlsError, provider, server_config};
use crate::webhook::{Limits, State, router, serve};

/// Why the webhook cannot be started.
#[derive(Debug, Error)]
pub enum StartError {
    /// The address is taken or not ours.
    #[error("listening on {address}")]
    Listen {
        /// The address.
        address: String,
        /// Why.
        source: std::io::Error,
    },
    /// Certificates.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The served certificate.
    #[error(transparent)]
    Current(#[from] CurrentError),
    /// TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// A webhook that is being served.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    ca_pem: String,
    state: Arc<State>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where reviews go.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://{}/mutate", self.address)
    }

    /// The CA to trust, PEM.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The shared state, to look at metrics.
    #[must_use]
    pub fn state(&self) -> &Arc<State> {
        &self.state
    }

    /// Lets open requests finish, then ends.
    pub async fn shutdown(mut self) {
        self.state.drain();
        if let Some(stop) = self.stop.take() {
            // The receiver is gone only when the server is.
            let _ = stop.send(());
        }
        let _ = (&mut self.task).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Starts the webhook on an address such as `127.0.0.1:0`, with a certificate for `localhost` and that address.
///
/// # Errors
/// When the address cannot be used or the certificate cannot be made.
pub async fn start(settings: &Settings, address: &str) -> Result<Running, StartError> {
    let listen = |source| StartError::Listen {
        address: address.to_owned(),
        source,
    };
    let listener = TcpListener::bind(address).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let now = SystemTime::now();
    let authority = Authority::generate(now)?;
    let current = Arc::new(Current::new(provider()));
    current.serve(authority.issue(&["localhost".to_owned(), address.ip().to_string()], now)?)?;
    let tls = server_config(&settings.tls, Arc::clone(&current))?;
    let mut state = State::new(settings.defaults.clone(), &settings.serve);
    state.certificate = Some(current);
    let state = Arc::new(state);
    let (stop, stopped) = oneshot::channel::<()>();
    let limits = Limits {
        head: settings.serve.request_timeout,
        drain: settings.serve.drain_timeout,
        ..Limits::default()
    };
    let app = router(Arc::clone(&state));
    let stopping = async {
        // A dropped sender means the same as a message.
        let _ = stopped.await;
    };
    let task = tokio::spawn(serve(listener, tls, app, limits, stopping));
    Ok(Running {
        address,
        ca_pem: authority.certificate_pem().to_owned(),
        state,
        stop: Some(stop),
        task,
    })
}
