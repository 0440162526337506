//! Certificates: where they come from, when they change, and how they are served.

mod acceptor;
mod authority;
pub mod cluster;
mod current;
mod disk;
pub mod expiry;
pub mod rotation;

use std::error::Error;

pub use acceptor::{TlsError, provider, server_config};
pub use authority::{Authority, AuthorityError, CA_LIFE, LEAF_LIFE, Leaf};
pub use current::{Current, CurrentError};
pub use disk::{Disk, DiskError};

/// An error and its sources in one line, each said once.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let answer = answer(error);
        next = if answer.is_some() { None } else { error.source() };
        let said = answer.unwrap_or_else(|| error.to_string());
        if !text.contains(&said) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&said);
        }
    }
    text
}

/// What the API server said, if this is an answer of it; everything else in its status only repeats that.
fn answer(error: &(dyn Error + 'static)) -> Option<String> {
    let boxed = error.downcast_ref::<Box<kube::Error>>().map(AsRef::as_ref);
    match boxed.or_else(|| error.downcast_ref::<kube::Error>())? {
        kube::Error::Api(status) => Some(status.message.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kube::core::Status;

    #[test]
    fn an_answer_of_the_api_server_is_one_sentence() {
        let refused = kube::Error::Api(Box::new(Status::failure("secrets is forbidden", "Forbidden")));
        let error = cluster::ClusterError::Api {
            step: "creating the CA Secret",
            source: Box::new(refused),
        };
        assert_eq!(chain(&error), "creating the CA Secret: secrets is forbidden");
    }
}
