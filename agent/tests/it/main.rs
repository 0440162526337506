//! The agent against the dev server, in one process: real requests over loopback, time moved by the test.

#![allow(clippy::unwrap_used, clippy::panic)] // clippy exempts test functions only, and this whole crate is tests

mod authority;
mod clock;
mod cluster;
mod http;
mod program;
mod relay;
mod scenario;

mod certificates;
mod disk;
mod faults;
mod files;
mod fleet;
mod leases;
mod life;
mod listener;
mod logins;
mod network;
mod passwords;
mod process;
mod reload;
mod secrecy;
mod secrets;
mod sinks;
mod supervisor;
