//! Connections that end with a reset.

use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;
use tokio::net::TcpStream;

/// Makes the end of a connection a reset.
pub(super) struct Reset(Option<OwnedFd>);

/// Ends a connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("connection reset on demand")]
pub(super) struct ResetNow;

impl Reset {
    pub(super) fn new(stream: &TcpStream) -> Self {
        Self(stream.as_fd().try_clone_to_owned().ok())
    }

    /// From now on closing the socket drops what is unsent and tells the peer by a reset.
    pub(super) fn arm(&self) {
        if let Some(socket) = &self.0 {
            // Without the option the connection just ends, which is as bad for the client.
            let _ends_softly = rustix::net::sockopt::set_socket_linger(socket, Some(Duration::ZERO));
        }
    }
}
