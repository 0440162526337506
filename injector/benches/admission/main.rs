//! `cargo bench -p coffret-injector`: the shipped program under load. 32 TLS connections that are kept alive send
//! reviews of pods of 2, 20 and 200 KB to one serving process on one core, its own process, so that neither the
//! processor time nor the memory of the load generator is in the figures. Prints, per size: reviews per second,
//! reviews per second of the server's processor time (what is left on a machine busy with other things), the
//! handler's time at the 99th percentile and resident memory during and after the load.
//! `-- --check` fails beyond the budgets for 20 KB pods.
#![allow(missing_docs)] // a program
#![allow(clippy::unwrap_used)] // a failed step is a failed bench

mod load;
mod server;

use std::time::{Duration, Instant};

use coffret_injector::offline::review;
use coffret_injector::settings::Settings;
use coffret_injector::webhook::{State, answer};
use serde_json::{Value, json};

use self::server::Server;

/// An annotated pod of about this many kilobytes; the bulk is environment variables.
fn pod(kilobytes: usize) -> Value {
    let env: Vec<Value> = (0..kilobytes * 1024 / 64)
        .map(|n| json!({"name": format!("VARIABLE_{n:05}"), "value": "x".repeat(24)}))
        .collect();
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "annotations": {
        "vault.hashicorp.com/agent-inject": "true", "vault.hashicorp.com/role": "r",
        "vault.hashicorp.com/agent-inject-secret-db": "database/creds/app"}},
        "spec": {"containers": [{"name": "app", "image": "app", "env": env}]}})
}

/// The handler alone, without HTTP and TLS: its time at the 99th percentile.
fn handler(body: &[u8]) -> Duration {
    let env = |name: &str| (name == "AGENT_INJECT_VAULT_ADDR").then(|| "https://v:8200".to_owned());
    let settings = Settings::read(&[], &env).unwrap();
    let state = State::new(settings.defaults.clone(), &settings.serve);
    let mut times: Vec<Duration> = (0..2000)
        .map(|_| {
            let started = Instant::now();
            assert!(answer(&state, body)["response"]["patch"].is_string());
            started.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() * 99 / 100]
}

#[allow(clippy::cast_precision_loss)] // counts of a few seconds
fn main() {
    let strict = std::env::args().any(|arg| arg == "--check");
    println!("pod      reviews/s  per CPU second  CPU per review  handler p99  <= 1 ms under load   RSS during  after");
    for kilobytes in [2, 20, 200] {
        let body = review(&pod(kilobytes), "ns", "u").to_string().into_bytes();
        let p99 = handler(&body);
        let server = Server::start();
        let (before, started) = (server.processor_time(), Instant::now());
        let done = load::run(&server, &body) as f64;
        let elapsed = started.elapsed().as_secs_f64();
        let busy = (server.processor_time() - before).as_secs_f64();
        let (peak, within) = (server.peak_megabytes(), server.within_a_millisecond());
        let (rate, per_second) = (done / elapsed, done / busy);
        println!(
            "{kilobytes:>3} KB {rate:>12.0} {per_second:>15.0} {:>12.0} us {:>9} us {:>19.2}% {peak:>9.1} MB {:>5.1} MB",
            1e6 / per_second,
            p99.as_micros(),
            within * 100.0,
            server.resident_megabytes(),
        );
        if strict && kilobytes == 20 {
            assert!(per_second >= 4000.0, "fewer than 4000 reviews per second of one core");
            assert!(p99 <= Duration::from_millis(1), "the handler takes longer than 1 ms");
            assert!(peak <= 20.0, "more than 20 MB resident");
        }
    }
}
