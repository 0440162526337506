//! The injector from outside: golden files, the real router, real TLS, a mocked API server.
#![allow(missing_docs)] // test helpers explain themselves by name

mod golden;
mod pod_security;
