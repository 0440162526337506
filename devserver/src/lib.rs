//! An in-memory server that speaks Vault's HTTP API, for trying and testing, with faults on demand.
//!
//! [`Server::start`] gives a running server with a token for everything; its handles ([`Server::clock`],
//! [`Server::faults`], [`Server::journal`], [`Server::leases`]) steer what a test needs. The parts, outermost first:
//!
//! - [`server`]: listener, TLS, handles; [`dev_api`]: the same handles over HTTP, for development only;
//! - `http_api`: HTTP in and out (methods, headers, bodies, status and envelope);
//! - [`core`]: the mount table, tokens, policies and leases; every request passes through [`core::Core::handle`];
//! - [`engine`]: what an engine is and how one plugs in; [`engines`] and [`auth`] hold the engines;
//! - [`logical`], [`json`]: what is passed between them; [`seed`]: what a server begins with.
//!
//! Nothing is kept on disk and nothing is sealed in earnest: this is for development only.

pub mod auth;
pub mod clock;
pub mod core;
pub mod dev_api;
pub mod duration;
pub mod engine;
pub mod engines;
pub mod faults;
mod http_api;
pub mod journal;
pub mod json;
pub mod logical;
pub mod random;
pub mod seed;
pub mod server;

pub use clock::Clock;
pub use http_api::exchange;
pub use server::{Options, Server, StartError, Tls};
