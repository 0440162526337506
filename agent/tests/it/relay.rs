//! A stretch of network between agent and server that can be taken away and given back.

use std::net::SocketAddr;

use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

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
        let listener = socket(self.address).listen(64).unwrap();
        let backend = self.backend;
        self.tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                connections.spawn(forward(client, backend));
            }
        });
    }

    /// Refuses new connections and drops those there are.
    pub async fn down(&mut self) {
        self.tasks.shutdown().await;
    }
}

async fn forward(mut client: TcpStream, backend: SocketAddr) {
    if let Ok(mut server) = TcpStream::connect(backend).await {
        // Either side may go at any time.
        let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
    }
}
