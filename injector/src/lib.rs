//! The admission webhook: a review in, a JSON patch out; certificates and metrics.
//!
//! The heart is [`mutate`], a pure function of a pod and the settings. [`webhook`] puts HTTP around it,
//! [`tls`] certificates, [`offline`] a manifest file instead of a cluster.

mod check;
mod inheritance;
mod mutate;
pub mod offline;
pub mod pod;
pub mod review;
mod serve;
pub mod settings;
mod start;
pub mod tls;
mod version;
pub mod webhook;

pub use check::{CheckError, check};
pub use inheritance::{ClusterInheritance, watch as watch_annotations};
pub use mutate::{Injection, Outcome, mutate};
pub use serve::{ServeError, serve};
pub use start::{Running, StartError, start};
pub use version::follow as follow_version;
