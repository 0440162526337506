//! The accept loop: bounded connections, bounded handshakes, graceful end.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;

/// Limits of the accept loop.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most connections at once; more wait in the kernel's queue.
    pub connections: usize,
    /// Longest time for a handshake and for a request's head.
    pub head: Duration,
    /// Longest time open requests get at the end.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 1024,
            head: Duration::from_secs(10),
            drain: Duration::from_secs(20),
        }
    }
}

/// Serves a router over TLS until `stop` is done, then lets open requests finish.
pub async fn serve(
    listener: TcpListener,
    tls: Arc<rustls::ServerConfig>,
    router: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) {
    let acceptor = TlsAcceptor::from(tls);
    run(&listener, limits, stop, move |stream, stopped| {
        let (acceptor, router) = (acceptor.clone(), router.clone());
        async move {
            match tokio::time::timeout(limits.head, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => connection(stream, router, limits, stopped).await,
                Ok(Err(error)) => tracing::debug!(%error, "handshake failed"),
                Err(_) => tracing::debug!("handshake took too long"),
            }
        }
    })
    .await;
}

/// As [`serve`], without TLS: for health and metrics.
pub async fn serve_plain(listener: TcpListener, router: Router, limits: Limits, stop: impl Future<Output = ()>) {
    run(&listener, limits, stop, move |stream, stopped| {
        connection(stream, router.clone(), limits, stopped)
    })
    .await;
}

async fn run<C, F>(listener: &TcpListener, limits: Limits, stop: impl Future<Output = ()>, connect: C)
where
    C: Fn(TcpStream, watch::Receiver<bool>) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let slots = Arc::new(Semaphore::new(limits.connections));
    let (stopping, stopped) = watch::channel(false);
    let mut stop = pin!(stop);
    loop {
        let permit = tokio::select! {
            permit = Arc::clone(&slots).acquire_owned() => permit,
            () = &mut stop => break,
        };
        let stream = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        match stream {
            Ok((stream, _)) => {
                // Answers are small and whole: waiting to fill a packet only adds latency.
                let _ = stream.set_nodelay(true);
                let serving = connect(stream, stopped.clone());
                tokio::spawn(async move {
                    serving.await;
                    drop(permit);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "accepting a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    stopping.send_replace(true);
    let all = u32::try_from(limits.connections).unwrap_or(u32::MAX);
    if tokio::time::timeout(limits.drain, slots.acquire_many(all))
        .await
        .is_err()
    {
        tracing::warn!("connections still open after the drain timeout");
    }
}

async fn connection<S>(stream: S, router: Router, limits: Limits, mut stopped: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head.max(IDLE))
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut serving = pin!(serving);
    let told = async { stopped.wait_for(|stopped| *stopped).await.is_ok() };
    let early = tokio::select! {
        ended = &mut serving => Some(ended),
        _ = told => None,
    };
    let ended = match early {
        Some(ended) => ended,
        None => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection ended");
    }
}

/// Most bytes a connection reads ahead or keeps to be written. Bodies are gathered elsewhere, so more would only
/// lie about in every open connection.
const BUFFER: usize = 64 << 10;

/// An API server keeps its connection open between reviews; the timeout of the next head is also the time a
/// connection may be idle.
const IDLE: Duration = Duration::from_secs(120);
