//! Requests and responses as engines see them, free of HTTP.

mod error;
mod request;
mod response;

pub use error::{Error, ErrorKind};
pub use request::{Client, Operation, Request};
pub use response::{Auth, Raw, Reply, Response, Secret, TokenType};
