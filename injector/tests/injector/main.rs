//! The injector from outside: golden files, the real router, real TLS, a mocked API server.
#![allow(missing_docs)] // test helpers explain themselves by name
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // all of this is a test, helpers included

mod check;
mod cluster;
mod decision_log;
mod disk;
mod faults;
mod fixed_point;
mod golden;
mod handshake;
mod hostile;
mod inherited;
mod monitoring;
mod pages;
mod pod_security;
mod reinvocation;
mod settings;
mod version;
mod webhook;
