//! The two languages users write: pod annotations and agent configuration (HCL 1 and JSON), and the way from one to the other.

pub mod agent;
pub mod annotations;
