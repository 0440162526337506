//! The listeners: addresses on this machine at which the agent serves its own endpoints and passes on other programs'
//! requests.

mod endpoint;
mod socket;
mod tls;

use std::convert::Infallible;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use coffret_config::agent::Listener;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;

use crate::engine::{Control, World};
use crate::exit::{Code, Failure};
use crate::metrics::Metrics;
use crate::proxy::Proxy;
use endpoint::Endpoint;
use socket::{Socket, Stream};
use tls::Tls;

/// Time for the head of a request, and for a TLS handshake.
const HEAD: Duration = Duration::from_secs(10);
/// After a failed accept (too many open files, say) the listener pauses this long.
const PAUSE: Duration = Duration::from_millis(200);
/// Most connections at a time; more wait to be accepted.
const CONNECTIONS: usize = 256;

/// What all listeners share.
#[derive(Clone)]
pub struct Shared {
    /// Passes requests on.
    pub proxy: Rc<Proxy>,
    /// What is counted.
    pub metrics: Rc<Metrics>,
    /// First part of each metric's name; none where Prometheus' format is not turned on.
    pub prometheus: Option<String>,
    /// Time, and where passwd and group are.
    pub world: World,
    /// Tells the engine to stop.
    pub controls: UnboundedSender<Control>,
}

/// Opens a listener and serves it until the returned task is dropped; a unix socket is removed then.
///
/// # Errors
/// The address cannot be listened on, or the certificate cannot be used.
pub async fn serve(listener: &Listener, shared: Shared) -> Result<JoinHandle<()>, Failure> {
    let tls = listener
        .tls
        .as_ref()
        .map(|settings| Tls::new(settings.clone()))
        .transpose();
    let tls = tls.map_err(|why| Failure::new(Code::Configuration, format!("listener: {why}")))?;
    let socket = Socket::open(&listener.address, &shared.world.etc).await?;
    let endpoint = Rc::new(Endpoint::new(listener, shared));
    Ok(tokio::task::spawn_local(accept(socket, tls, endpoint)))
}

async fn accept(socket: Socket, tls: Option<Tls>, endpoint: Rc<Endpoint>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    // The semaphore is never closed.
    while let Ok(permit) = Arc::clone(&room).acquire_owned().await {
        let Ok(stream) = socket.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let (acceptor, endpoint) = (tls.as_ref().map(Tls::acceptor), Rc::clone(&endpoint));
        tokio::task::spawn_local(async move {
            match (acceptor, stream) {
                (None, Stream::Tcp(stream)) => converse(stream, &endpoint).await,
                (None, Stream::Unix(stream)) => converse(stream, &endpoint).await,
                (Some(acceptor), Stream::Tcp(stream)) => shielded(acceptor.accept(stream), &endpoint).await,
                (Some(acceptor), Stream::Unix(stream)) => shielded(acceptor.accept(stream), &endpoint).await,
            }
            drop(permit);
        });
    }
}

async fn shielded<S>(handshake: tokio_rustls::Accept<S>, endpoint: &Endpoint)
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    match tokio::time::timeout(HEAD, handshake).await {
        Ok(Ok(stream)) => converse(stream, endpoint).await,
        Ok(Err(error)) => {
            tracing::debug!(target: "agent", event = "listener.handshake_failed", error = %error, "TLS handshake failed");
        }
        Err(_) => {}
    }
}

async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin + 'static, endpoint: &Endpoint) {
    let service = service_fn(|request| async { Ok::<_, Infallible>(endpoint.answer(request).await) });
    let mut server = hyper::server::conn::http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(HEAD);
    // A client that goes away in the middle is its own affair.
    let _ = server.serve_connection(TokioIo::new(stream), service).await;
}
