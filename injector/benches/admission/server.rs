//! The server as its own process, and what the kernel says about it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustls::pki_types::CertificateDer;

/// A running injector with a certificate from disk.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// What clients have to trust.
    pub certificate: CertificateDer<'static>,
    health: SocketAddr,
    _files: tempfile::TempDir,
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// The program alone on the first core where the machine has `taskset`; the runtime then uses one thread.
fn program() -> Command {
    let binary = env!("CARGO_BIN_EXE_coffret-injector");
    if Command::new("taskset")
        .args(["-c", "0", "true"])
        .status()
        .is_ok_and(|status| status.success())
    {
        let mut pinned = Command::new("taskset");
        pinned.args(["-c", "0", binary]);
        return pinned;
    }
    eprintln!("no taskset: the server is not held to one core, only the figures per CPU second count");
    Command::new(binary)
}

impl Server {
    pub fn start() -> Server {
        let files = tempfile::tempdir().unwrap();
        let (address, health) = (free_address(), free_address());
        let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (certificate, key) = (files.path().join("tls.crt"), files.path().join("tls.key"));
        std::fs::write(&certificate, own.cert.pem()).unwrap();
        std::fs::write(&key, own.signing_key.serialize_pem()).unwrap();
        let child = program()
            .env_clear()
            .env("AGENT_INJECT_LISTEN", address.to_string())
            .env("AGENT_INJECT_HEALTH_LISTEN", health.to_string())
            .env("AGENT_INJECT_VAULT_ADDR", "https://v:8200")
            .env("AGENT_INJECT_KUBERNETES_VERSION", "1.36")
            .env("AGENT_INJECT_TLS_CERT_FILE", &certificate)
            .env("AGENT_INJECT_TLS_KEY_FILE", &key)
            .env("AGENT_INJECT_MAX_REQUESTS", "512")
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Server {
            child,
            address,
            certificate: own.cert.into(),
            health,
            _files: files,
        };
        server.wait_until_ready();
        server
    }

    #[allow(clippy::disallowed_methods)] // the server is another process: it can only be asked again
    fn wait_until_ready(&self) {
        let until = Instant::now() + Duration::from_secs(30);
        while !self
            .get("/health/ready")
            .is_some_and(|answer| answer.starts_with("HTTP/1.1 204"))
        {
            assert!(Instant::now() < until, "the server does not become ready");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn get(&self, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(self.health).ok()?;
        write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }

    fn proc(&self, file: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.child.id())).unwrap()
    }

    /// User and system time so far; the kernel counts it in hundredths of a second.
    pub fn processor_time(&self) -> Duration {
        let stat = self.proc("stat");
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(ticks * 10)
    }

    fn megabytes(&self, line: &str) -> f64 {
        let status = self.proc("status");
        let line = status.lines().find(|found| found.starts_with(line)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    }

    /// Resident memory now.
    pub fn resident_megabytes(&self) -> f64 {
        self.megabytes("VmRSS:")
    }

    /// The most memory that was ever resident.
    pub fn peak_megabytes(&self) -> f64 {
        self.megabytes("VmHWM:")
    }

    /// The share of reviews the server itself saw answered within a millisecond, waiting for the processor included.
    pub fn within_a_millisecond(&self) -> f64 {
        let text = self.get("/metrics").unwrap();
        let value = |name: &str| -> f64 {
            let line = text.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().parse().unwrap()
        };
        value("coffret_injector_review_duration_seconds_bucket{le=\"0.001\"}")
            / value("coffret_injector_review_duration_seconds_count")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
