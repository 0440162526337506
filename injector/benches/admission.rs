//! `cargo bench -p coffret-injector`: reviews per second over TLS keep-alive from 32 connections with one
//! serving thread, the handler's time at the 99th percentile, and resident memory, for pods of 2, 20 and
//! 200 KB. Prints figures; `-- --check` fails below the budgets for 20 KB pods.
#![allow(missing_docs)] // a program
#![allow(clippy::unwrap_used)] // a failed step is a failed bench

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use coffret_injector::offline::review;
use coffret_injector::settings::Settings;
use coffret_injector::webhook::{State, answer};
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const CONNECTIONS: usize = 32;
const SPAN: Duration = Duration::from_secs(3);

fn settings() -> Settings {
    let env = |name: &str| (name == "AGENT_INJECT_VAULT_ADDR").then(|| "https://v:8200".to_owned());
    Settings::read(&[], &env).unwrap()
}

fn pod(kilobytes: usize) -> Value {
    let env: Vec<Value> = (0..kilobytes * 1024 / 64)
        .map(|n| json!({"name": format!("VARIABLE_{n:05}"), "value": "x".repeat(24)}))
        .collect();
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "annotations": {
        "vault.hashicorp.com/agent-inject": "true", "vault.hashicorp.com/role": "r",
        "vault.hashicorp.com/agent-inject-secret-db": "database/creds/app"}},
        "spec": {"containers": [{"name": "app", "image": "app", "env": env}]}})
}

/// The handler alone: its time at the 99th percentile.
fn handler(body: &[u8]) -> Duration {
    let settings = settings();
    let state = State::new(settings.defaults.clone(), &settings.serve);
    let mut times: Vec<Duration> = (0..2000)
        .map(|_| {
            let started = Instant::now();
            let review = answer(&state, body);
            assert!(review["response"]["patch"].is_string());
            started.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() * 99 / 100]
}

async fn client(
    address: std::net::SocketAddr,
    tls: Arc<rustls::ClientConfig>,
    request: Arc<Vec<u8>>,
    done: Arc<AtomicU64>,
) {
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let connector = tokio_rustls::TlsConnector::from(tls);
    let mut stream = connector
        .connect(ServerName::try_from("localhost").unwrap(), stream)
        .await
        .unwrap();
    let mut buffer = vec![0; 64 << 10];
    let until = Instant::now() + SPAN;
    while Instant::now() < until {
        stream.write_all(&request).await.unwrap();
        let mut got = stream.read(&mut buffer).await.unwrap();
        let head = String::from_utf8_lossy(&buffer[..got]).to_lowercase();
        let length: usize = head
            .split("content-length: ")
            .nth(1)
            .unwrap()
            .split("\r\n")
            .next()
            .unwrap()
            .parse()
            .unwrap();
        let whole = head.find("\r\n\r\n").unwrap() + 4 + length;
        while got < whole {
            got += stream.read(&mut buffer).await.unwrap();
        }
        done.fetch_add(1, Ordering::Relaxed);
    }
}

/// The serving thread runs alone in its runtime; the load comes from another.
fn load(body: &[u8]) -> f64 {
    let server = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let running = server
        .block_on(coffret_injector::start(&settings(), "127.0.0.1:0"))
        .unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(running.ca_pem().as_bytes()).unwrap())
        .unwrap();
    let tls = rustls::ClientConfig::builder_with_provider(coffret_injector::tls::provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut request = format!(
        "POST /mutate HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    let (request, tls, done) = (Arc::new(request), Arc::new(tls), Arc::new(AtomicU64::new(0)));
    let clients = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let started = Instant::now();
    clients.block_on(async {
        let all: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                tokio::spawn(client(
                    running.address(),
                    Arc::clone(&tls),
                    Arc::clone(&request),
                    Arc::clone(&done),
                ))
            })
            .collect();
        for one in all {
            one.await.unwrap();
        }
    });
    #[allow(clippy::cast_precision_loss)] // a count of requests in seconds
    let rate = done.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64();
    server.block_on(running.shutdown());
    rate
}

fn resident_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}

fn main() {
    let strict = std::env::args().any(|arg| arg == "--check");
    println!("pod       reviews/s  handler p99   resident (client included)");
    for kilobytes in [2, 20, 200] {
        let body = review(&pod(kilobytes), "ns", "u").to_string().into_bytes();
        let p99 = handler(&body);
        let rate = load(&body);
        let resident = resident_megabytes();
        println!(
            "{kilobytes:>3} KB {rate:>12.0} {:>9} us {resident:>10.1} MB",
            p99.as_micros()
        );
        if strict && kilobytes == 20 {
            assert!(
                rate >= 4000.0 && p99 <= Duration::from_millis(1) && resident <= 20.0,
                "over budget"
            );
        }
    }
}
