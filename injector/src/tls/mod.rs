//! Certificates: where they come from, when they change, and how they are served.

mod acceptor;
mod authority;
mod current;
pub mod expiry;

pub use acceptor::{TlsError, provider, server_config};
pub use authority::{Authority, AuthorityError, CA_LIFE, LEAF_LIFE, Leaf};
pub use current::{Current, CurrentError};
