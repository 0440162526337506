//! A stretch of network between agent and server that can be taken away and given back.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

/// Time between two bytes of a dripping answer.
const DROP: Duration = Duration::from_millis(20);

/// How connections are passed on.
#[derive(Clone)]
enum Passage {
    Plain,
    Tls(TlsAcceptor),
    Dripping,
}

/// Forwards connections while it is up; while it is down, connecting is refused.
pub struct Relay {
    address: SocketAddr,
    /// Keeps the port while nobody listens on it.
    _reserved: TcpSocket,
    backend: SocketAddr,
    tasks: JoinSet<()>,
}

fn socket(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseport(true).unwrap();
    socket.bind(address).unwrap();
    socket
}

impl Relay {
    /// A relay to `backend` that is down.
    pub fn to(backend: SocketAddr) -> Self {
        let reserved = socket("127.0.0.1:0".parse().unwrap());
        let address = reserved.local_addr().unwrap();
        Self {
            address,
            _reserved: reserved,
            backend,
            tasks: JoinSet::new(),
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn up(&mut self) {
        self.serve(Passage::Plain);
    }

    /// Speaks TLS to the agent with this certificate.
    pub fn up_with(&mut self, certificate: ServerConfig) {
        self.serve(Passage::Tls(TlsAcceptor::from(Arc::new(certificate))));
    }

    /// Lets answers through byte by byte.
    pub fn up_dripping(&mut self) {
        self.serve(Passage::Dripping);
    }

    fn serve(&mut self, passage: Passage) {
        let listener = socket(self.address).listen(64).unwrap();
        let backend = self.backend;
        self.tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                connections.spawn(forward(client, backend, passage.clone()));
            }
        });
    }

    /// Refuses new connections and drops those there are.
    pub async fn down(&mut self) {
        self.tasks.shutdown().await;
    }
}

/// Either side may go at any time.
async fn forward(mut client: TcpStream, backend: SocketAddr, passage: Passage) {
    let Ok(mut server) = TcpStream::connect(backend).await else {
        return;
    };
    match passage {
        Passage::Plain => {
            let _ = copy_bidirectional(&mut client, &mut server).await;
        }
        Passage::Tls(acceptor) => {
            if let Ok(mut client) = acceptor.accept(client).await {
                let _ = copy_bidirectional(&mut client, &mut server).await;
            }
        }
        Passage::Dripping => {
            let (mut from_client, mut to_client) = client.split();
            let (mut from_server, mut to_server) = server.split();
            tokio::select! {
                _ = tokio::io::copy(&mut from_client, &mut to_server) => {}
                _ = drip(&mut from_server, &mut to_client) => {}
            }
        }
    }
}

async fn drip(from: &mut (impl AsyncRead + Unpin), to: &mut (impl AsyncWrite + Unpin)) -> std::io::Result<()> {
    let mut drops = tokio::time::interval(DROP);
    loop {
        drops.tick().await;
        to.write_u8(from.read_u8().await?).await?;
    }
}
