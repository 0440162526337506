//! The agent in the pod: login, leases, renders, files, commands and probes.
//!
//! Pure state machines decide (`lease`, `backoff`, `store`, `token`), thin shells around them do; time, randomness,
//! environment and signals come in as parameters, so every rule is tested with a clock that the test moves.

pub mod account;
pub mod answer;
pub mod backoff;
pub mod cache;
pub mod certificate;
pub mod child;
pub mod clock;
pub mod command;
pub mod engine;
pub mod environment;
pub mod exit;
pub mod file;
pub mod flags;
pub mod gate;
pub mod handover;
pub mod invocation;
pub mod lease;
pub mod listener;
pub mod log;
pub mod login;
pub mod metrics;
pub mod orphans;
pub mod program;
pub mod proxy;
pub mod random;
pub mod reload;
pub mod script;
pub mod server;
pub mod setup;
pub mod signals;
pub mod stamp;
pub mod state;
pub mod store;
pub mod supervisor;
pub mod token;
pub mod unit;
pub mod view;
pub mod watch;
pub mod wire;
