//! HTTP around the decision: routes, limits, metrics, health.

mod handler;
mod metrics;
mod router;
mod server;
mod state;

pub use handler::answer;
pub use metrics::{Counted, Metrics};
pub use router::{health_router, router};
pub use server::{Limits, serve, serve_plain};
pub use state::{Inheritance, NoInheritance, State};
