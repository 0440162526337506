//! `sys/health`.

use serde::Deserialize;

use crate::{Call, Client, Error};

/// What the server says about itself.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Health {
    /// The state; not part of the body but its status.
    #[serde(skip)]
    pub state: HealthState,
    /// The version, such as `1.21.0`.
    pub version: String,
    /// A name of the cluster.
    pub cluster_name: String,
}

/// The state of a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HealthState {
    /// It answers requests: 200.
    Active,
    /// It passes requests on: 429, 473.
    Standby,
    /// It takes no requests: a secondary for disaster recovery (472), a standby without an active node (474), a
    /// removed node (530).
    Unusable,
    /// It is not initialised: 501.
    NotInitialised,
    /// It is sealed: 503.
    Sealed,
    /// Some other status.
    #[default]
    Unknown,
}

impl Client {
    /// Asks the server for its state; needs no token.
    ///
    /// # Errors
    /// When there is no answer; every answer gives a state.
    pub async fn health(&self) -> Result<Health, Error> {
        let response = self.send(&Call::read("sys/health").namespace("").any_status()).await?;
        // A proxy's page tells the state by its status, too.
        let mut health: Health = response.parse().unwrap_or_default();
        health.state = match response.status() {
            200 => HealthState::Active,
            429 | 473 => HealthState::Standby,
            472 | 474 | 530 => HealthState::Unusable,
            501 => HealthState::NotInitialised,
            503 => HealthState::Sealed,
            _ => HealthState::Unknown,
        };
        Ok(health)
    }
}
