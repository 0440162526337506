//! The load: connections that send one review after the other for a few seconds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::server::Server;

const CONNECTIONS: usize = 32;
const SPAN: Duration = Duration::from_secs(5);

/// Sends reviews over all connections; the number answered with a patch.
pub fn run(server: &Server, body: &[u8]) -> u64 {
    let head = format!(
        "POST /mutate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let request: Arc<[u8]> = [head.as_bytes(), body].concat().into();
    let (tls, done) = (Arc::new(trusting(server)), Arc::new(AtomicU64::new(0)));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let one = || {
            connection(
                server.address,
                Arc::clone(&tls),
                Arc::clone(&request),
                Arc::clone(&done),
            )
        };
        let all: Vec<_> = (0..CONNECTIONS).map(|_| tokio::spawn(one())).collect();
        for one in all {
            one.await.unwrap();
        }
    });
    done.load(Ordering::Relaxed)
}

fn trusting(server: &Server) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(server.certificate.clone()).unwrap();
    ClientConfig::builder_with_provider(coffret_injector::tls::provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

async fn connection(address: std::net::SocketAddr, tls: Arc<ClientConfig>, request: Arc<[u8]>, done: Arc<AtomicU64>) {
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let connector = tokio_rustls::TlsConnector::from(tls);
    let mut stream = connector
        .connect(ServerName::try_from("localhost").unwrap(), stream)
        .await
        .unwrap();
    let mut buffer = vec![0; 64 << 10];
    let until = Instant::now() + SPAN;
    while Instant::now() < until {
        stream.write_all(&request).await.unwrap();
        stream.flush().await.unwrap();
        let (mut got, mut whole) = (0, None);
        while whole.is_none_or(|whole| got < whole) {
            let read = stream.read(&mut buffer[got..]).await.unwrap();
            assert!(read > 0, "the server closed the connection");
            got += read;
            whole = whole.or_else(|| length(&buffer[..got]));
        }
        assert!(buffer.starts_with(b"HTTP/1.1 200"), "not answered");
        done.fetch_add(1, Ordering::Relaxed);
    }
}

/// Bytes of the whole answer, once its head is there.
fn length(answer: &[u8]) -> Option<usize> {
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&answer[..head]).to_lowercase();
    let length = text.split("content-length: ").nth(1)?.split("\r\n").next()?;
    Some(head + length.parse::<usize>().unwrap())
}
