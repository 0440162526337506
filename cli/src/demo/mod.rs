//! `coffret demo`: a pod's annotations become a running agent and real files, on loopback, every step checked.

mod checks;
mod cluster;
mod example;
mod files;
mod mounts;
mod operator;
mod pod;
mod process;
mod progress;
mod review;
mod run;
mod secrets;
mod servers;
mod service_account;

use std::path::PathBuf;

use serde_json::Value;

/// What `coffret demo` can be told.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Use the example in this directory (deployment.yaml, seed.yaml, demo.yaml) instead of the built-in examples/web
    #[arg(long, value_name = "DIR")]
    example: Option<PathBuf>,
    /// The agent's binary; by default the one beside this program
    #[arg(long, value_name = "FILE")]
    agent: Option<PathBuf>,
    /// Leave everything running after the checks, until Ctrl-C
    #[arg(long)]
    keep: bool,
    /// The dev server's address; port 0 takes any free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: std::net::SocketAddr,
}

pub use run::run;

/// The elements of the list at a JSON pointer; none when there is no list.
fn items<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}
