//! The listeners: addresses on this machine at which the agent serves its own endpoints and passes on other programs'
//! requests.

mod endpoint;
mod socket;
mod tls;

use std::convert::Infallible;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use coffret_config::agent::{AgentConfig, Listener};
use coffret_vault::{Client, Settings};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedSender;

use crate::cache::keeper::Keeper;
use crate::engine::{Control, Engine, World};
use crate::exit::{Code, Failure};
use crate::metrics::Metrics;
use crate::proxy::Proxy;
use crate::setup;
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
struct Shared {
    /// Passes requests on.
    proxy: Rc<Proxy>,
    /// What is counted.
    metrics: Rc<Metrics>,
    /// First part of each metric's name; none where Prometheus' format is not turned on.
    prometheus: Option<String>,
    /// Time, and where passwd and group are.
    world: World,
    /// Tells the engine to stop.
    controls: UnboundedSender<Control>,
}

/// Opens the listeners of a configuration and serves them until the runtime ends; without any, nothing is set up.
///
/// # Errors
/// Which address cannot be listened on, or which certificate cannot be used, and why.
pub async fn serve_all(
    config: &AgentConfig,
    settings: &Settings,
    engine: &Engine,
    world: World,
    controls: &UnboundedSender<Control>,
) -> Result<(), Failure> {
    if config.listeners.is_empty() {
        return Ok(());
    }
    let client = Client::new(setup::proxy_settings(config, settings))
        .map_err(|error| Failure::new(Code::Configuration, error.to_string()))?;
    let client = Rc::new(client);
    let keeper = config.cache.as_ref().map(|_| keep(&client, &world));
    let rules = setup::proxy_rules(config, settings);
    let (random, metrics) = (Rc::clone(&world.random), engine.metrics());
    let proxy = Proxy::new(client, rules, engine.token(), random, Rc::clone(&metrics), keeper);
    let shared = Shared {
        proxy: Rc::new(proxy),
        metrics,
        prometheus: config
            .telemetry
            .as_ref()
            .map(|telemetry| telemetry.metrics_prefix.clone()),
        world,
        controls: controls.clone(),
    };
    for listener in &config.listeners {
        serve(listener, shared.clone()).await?;
    }
    Ok(())
}

/// A cache that renews what it holds.
fn keep(client: &Rc<Client>, world: &World) -> Rc<Keeper> {
    let keeper = Keeper::new(Rc::clone(client), Rc::clone(&world.clock), Rc::clone(&world.random));
    let keeper = Rc::new(keeper);
    let task = Rc::clone(&keeper);
    tokio::task::spawn_local(async move { task.run().await });
    keeper
}

/// Opens a listener and serves it until the runtime ends; a unix socket is removed then.
async fn serve(listener: &Listener, shared: Shared) -> Result<(), Failure> {
    let tls = listener
        .tls
        .as_ref()
        .map(|settings| Tls::new(settings.clone()))
        .transpose();
    let tls = tls.map_err(|why| Failure::new(Code::Configuration, format!("listener: {why}")))?;
    let socket = Socket::open(&listener.address, &shared.world.etc).await?;
    let endpoint = Rc::new(Endpoint::new(listener, shared));
    tokio::task::spawn_local(accept(socket, tls, endpoint));
    Ok(())
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
