//! Certificates: where they come from, when they change, and how they are served.

mod acceptor;
mod authority;
pub mod cluster;
mod current;
mod disk;
pub mod expiry;
pub mod rotation;

pub use acceptor::{TlsError, provider, server_config};
pub use authority::{Authority, AuthorityError, CA_LIFE, LEAF_LIFE, Leaf};
pub use current::{Current, CurrentError};
pub use disk::{Disk, DiskError};

/// An error and its sources in one line, each said once.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        source = inner.source();
    }
    text
}
