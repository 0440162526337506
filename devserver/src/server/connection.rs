//! Accepting connections and serving them until the server stops.

use super::reset::Reset;
use super::{Shared, service};
use crate::logical::Client;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// Go's limit of a request's first line and headers, in bytes.
const MAX_HEAD: usize = 1024 * 1024 + 4096;

/// Go takes any number of headers that fit.
const MAX_HEADERS: usize = 1000;

/// Accepts until told to stop; then all connections are closed.
pub(super) async fn accept(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    shared: Shared,
    mut stopped: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A connection that ended before it was accepted is the client's affair.
                let Ok((stream, peer)) = accepted else { continue };
                connections.spawn(serve(stream, peer, acceptor.clone(), shared.clone()));
            }
            _ = stopped.wait_for(|stop| *stop) => return,
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, peer: SocketAddr, acceptor: Option<TlsAcceptor>, shared: Shared) {
    // Answers are small and must not wait for more to send with them.
    let _slower = stream.set_nodelay(true);
    let reset = Reset::new(&stream);
    let mut client = Client {
        address: Some(peer.ip()),
        port: peer.port(),
        certificates: Vec::new(),
    };
    match acceptor {
        None => drive(stream, client, reset, shared).await,
        Some(acceptor) => {
            let Ok(stream) = acceptor.accept(stream).await else {
                return;
            };
            let certificates = stream.get_ref().1.peer_certificates().unwrap_or_default();
            client.certificates = certificates.iter().map(|certificate| certificate.to_vec()).collect();
            drive(stream, client, reset, shared).await;
        }
    }
}

async fn drive<S: AsyncRead + AsyncWrite + Unpin>(stream: S, client: Client, reset: Reset, shared: Shared) {
    let state = Arc::new((client, reset, shared));
    let service = service_fn(move |request| service::answer(Arc::clone(&state), request));
    // A connection that breaks is reported to the client by breaking.
    let _broken = http1::Builder::new()
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD)
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
