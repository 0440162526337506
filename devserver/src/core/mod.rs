//! The heart: mounts, tokens, policies and leases. It does no I/O and holds no lock; the server calls
//! [`Core::handle`] with one request at a time.

mod mounts;
mod tokens;

pub use mounts::Mounts;
pub use tokens::TokenEntry;

use crate::Clock;
use crate::engine::{Context, Lifetimes};
use crate::logical::{Error, Reply, Request};

/// All state of a server.
pub struct Core {
    clock: Clock,
    address: String,
    mounts: Mounts,
    lifetimes: Lifetimes,
}

impl Core {
    /// An empty, unsealed server that is reached at `address`.
    pub fn new(clock: Clock, address: String) -> Self {
        Self {
            clock,
            address,
            mounts: Mounts::default(),
            lifetimes: Lifetimes::default(),
        }
    }

    /// Answers a request whose path still holds the mount.
    ///
    /// # Errors
    /// Whatever is refused: by the token, the policies, the router or the engine.
    pub fn handle(&mut self, request: &mut Request) -> Reply {
        let full = format!("{}{}", request.namespace, request.path);
        let Some(mount) = self.mounts.find(&full) else {
            return Err(Error::coded(
                404,
                format!("no handler for route {:?}. route entry not found.", request.path),
            ));
        };
        let info = mount.info.clone();
        let mut context = Context {
            now: self.clock.now(),
            mount: &info,
            system: self.lifetimes,
            address: &self.address,
        };
        request.path = request.path[info.path.len()..].to_owned();
        mount.engine.handle(&mut context, request)
    }
}
