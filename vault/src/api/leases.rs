//! `sys/leases`.

use std::time::Duration;

use serde::Serialize;

use crate::{Call, Client, Error, Token};

/// What is left of a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The lease.
    pub id: String,
    /// How long it lasts from now.
    pub duration: Duration,
    /// Whether it can be renewed again.
    pub renewable: bool,
    /// Remarks of the server, such as that its maximum is near.
    pub warnings: Vec<String>,
}

#[derive(Serialize)]
struct Renewal<'a> {
    lease_id: &'a str,
    increment: u64,
}

#[derive(Serialize)]
struct Revocation<'a> {
    lease_id: &'a str,
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
        let envelope = self
            .send(&Call::write("sys/leases/renew", &body)?.token(token))
            .await?
            .envelope()?;
        let id = if envelope.lease_id.is_empty() {
            lease_id.to_owned()
        } else {
            envelope.lease_id
        };
        Ok(Lease {
            id,
            duration: envelope.lease_duration,
            renewable: envelope.renewable,
            warnings: envelope.warnings,
        })
    }

    /// Revokes a lease.
    ///
    /// # Errors
    /// Those of [`Client::send`].
    pub async fn revoke_lease(&self, token: &Token, lease_id: &str) -> Result<(), Error> {
        self.send(&Call::write("sys/leases/revoke", &Revocation { lease_id })?.token(token))
            .await
            .map(drop)
    }
}
