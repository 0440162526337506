//! Typed calls for the parts of the API an agent needs beyond reading secrets.

mod leases;
mod login;
mod mounts;
mod tokens;
mod wrapping;

pub use leases::Lease;
pub use login::LoginAnswer;
pub use mounts::Mount;
pub use tokens::TokenInfo;
pub use wrapping::Wrapping;
