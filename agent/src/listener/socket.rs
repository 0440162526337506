//! Opening addresses: TCP, and unix sockets with mode and owner.

use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use coffret_config::agent::{ListenerAddress, Owner};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use crate::account::{self, UnknownAccount};
use crate::exit::{Code, Failure};

/// An address that is listened on.
pub(super) struct Socket {
    listener: Listening,
    /// Removed with this.
    _file: Option<Removed>,
}

enum Listening {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// A connection.
pub(super) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// The file of a unix socket, removed when this is dropped.
struct Removed(PathBuf);

impl Drop for Removed {
    fn drop(&mut self) {
        // Somebody may have been quicker.
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Socket {
    pub(super) async fn open(address: &ListenerAddress, etc: &Path) -> Result<Self, Failure> {
        match address {
            ListenerAddress::Tcp(address) => {
                let refused = |error: std::io::Error| cannot_listen(address, &error.kind().to_string());
                let listener = TcpListener::bind(address).await.map_err(refused)?;
                // Port 0 is any free one.
                let bound = listener.local_addr().map_err(refused)?;
                tracing::info!(target: "agent", event = "listener.started", address = %bound, "listening");
                Ok(Self {
                    listener: Listening::Tcp(listener),
                    _file: None,
                })
            }
            ListenerAddress::Unix {
                path,
                mode,
                user,
                group,
            } => {
                let refused = |why: String| cannot_listen(&path.display().to_string(), &why);
                let socket = bind(path).map_err(refused)?;
                // From here on a failure removes the file again.
                let file = Removed(path.clone());
                let user = id(user.as_ref(), account::user, etc).map_err(|error| refused(error.to_string()))?;
                let group = id(group.as_ref(), account::group, etc).map_err(|error| refused(error.to_string()))?;
                permit(path, *mode, user, group)
                    .map_err(|error| refused(format!("mode or owner: {}", error.kind())))?;
                tracing::info!(target: "agent", event = "listener.started", address = %path.display(), "listening");
                Ok(Self {
                    listener: Listening::Unix(socket),
                    _file: Some(file),
                })
            }
        }
    }

    pub(super) async fn accept(&self) -> std::io::Result<Stream> {
        match &self.listener {
            Listening::Tcp(listener) => listener.accept().await.map(|(stream, _)| Stream::Tcp(stream)),
            Listening::Unix(listener) => listener.accept().await.map(|(stream, _)| Stream::Unix(stream)),
        }
    }
}

/// Binds to a path; a socket left over by a former process is in the way, any other file is somebody's.
fn bind(path: &Path) -> Result<UnixListener, String> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => {
            std::fs::remove_file(path).map_err(|error| format!("removing the old socket: {}", error.kind()))?;
        }
        Ok(_) => return Err("there is a file that is no socket; remove it or choose another path".to_owned()),
        Err(_) => {}
    }
    UnixListener::bind(path).map_err(|error| error.kind().to_string())
}

fn id(
    owner: Option<&Owner>,
    find: fn(&str, &Path) -> Result<u32, UnknownAccount>,
    etc: &Path,
) -> Result<Option<u32>, UnknownAccount> {
    match owner {
        None => Ok(None),
        Some(Owner::Id(id)) => Ok(Some(*id)),
        Some(Owner::Name(name)) => find(name, etc).map(Some),
    }
}

/// The owner first: changing it may take bits of the mode away.
fn permit(path: &Path, mode: Option<u32>, user: Option<u32>, group: Option<u32>) -> std::io::Result<()> {
    if user.is_some() || group.is_some() {
        chown(path, user, group)?;
    }
    match mode {
        Some(mode) => std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)),
        None => Ok(()),
    }
}

fn cannot_listen(address: &str, why: &str) -> Failure {
    Failure::new(
        Code::Configuration,
        format!("listener: cannot listen on {address}: {why}"),
    )
}
