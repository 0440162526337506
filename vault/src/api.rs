//! Typed calls for the parts of the API an agent needs beyond reading secrets.

mod health;
mod leases;
mod login;
mod mounts;
mod tokens;
mod wrapping;

pub use health::{Health, HealthState};
pub use leases::Lease;
pub use login::{Login, LoginAnswer};
pub use mounts::{Mount, MountKind, Mounts};
pub use tokens::TokenInfo;
pub use wrapping::Wrapping;
