//! `sys/leases`.

use std::time::Duration;

use serde::Serialize;

use crate::{Call, Client, Error, Token};

/// What is left of a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// How long it lasts from now.
    pub duration: Duration,
    /// Whether it can be renewed again.
    pub renewable: bool,
}

#[derive(Serialize)]
struct Renewal<'a> {
    lease_id: &'a str,
    increment: u64,
}

impl Client {
    /// Renews a lease; an `increment` of zero leaves the length to the server.
    ///
    /// # Errors
    /// Those of [`Client::send`]. 400 and 404 mean that the lease is gone.
    pub async fn renew_lease(&self, token: &Token, lease_id: &str, increment: Duration) -> Result<Lease, Error> {
        let body = Renewal {
            lease_id,
            increment: increment.as_secs(),
        };
        let call = Call::write("sys/leases/renew", &body)?.token(token);
        let envelope = self.send(&call).await?.envelope()?;
        Ok(Lease {
            duration: envelope.lease_duration,
            renewable: envelope.renewable,
        })
    }
}
