//! The outside world as a template rendered on somebody's own machine sees it: fixtures for secrets, real files,
//! environment, clock and randomness.

use std::fs;
use std::io::Write;
use std::process::Command;
use std::sync::Arc;

use coffret_templates::{Answer, FileWrite, Keys, Request, Secret, Source};

use crate::fixtures::{Fixture, Fixtures, Method};
use crate::keys::MachineKeys;
use crate::written_file;

/// Answers from fixtures; everything else from this machine.
pub struct Outside<'a> {
    fixtures: &'a Fixtures,
    keys: MachineKeys,
    unusable: Vec<String>,
}

impl<'a> Outside<'a> {
    /// An outside whose secrets are these fixtures.
    pub fn new(fixtures: &'a Fixtures) -> Self {
        Self {
            fixtures,
            keys: MachineKeys::default(),
            unusable: Vec::new(),
        }
    }

    /// The fixtures that were asked for but are no answers, each with what is wrong with it.
    pub fn unusable(&self) -> &[String] {
        &self.unusable
    }
}

impl Source for Outside<'_> {
    fn answer(&mut self, request: &Request) -> Answer {
        let (method, query) = match request {
            Request::Read { query, .. } => (Method::Get, query_text(query)),
            Request::List { query, .. } => (Method::List, query_text(query)),
            Request::Write { .. } | Request::PkiCert { .. } => (Method::Put, String::new()),
        };
        match self.fixtures.answer(method, request.path(), &query) {
            Fixture::Absent => Answer::Pending,
            Fixture::NotFound => Answer::NotFound,
            Fixture::Body(body) => match Secret::from_response(body.as_bytes()) {
                Ok(secret) if method == Method::Get && secret.is_deleted(self.now()) => Answer::NotFound,
                Ok(secret) => Answer::Ready(Arc::new(secret)),
                Err(error) => {
                    self.unusable.push(format!("the fixture for {request}: {error}"));
                    Answer::Pending
                }
            },
        }
    }

    fn env(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }

    fn named_time_zone(&self, name: &str) -> Option<jiff::tz::TimeZone> {
        jiff::tz::TimeZone::get(name).ok()
    }

    fn file(&mut self, path: &str) -> Result<Vec<u8>, String> {
        fs::read(path).map_err(|error| format!("open {path}: {error}"))
    }

    fn write_file(&mut self, write: &FileWrite) -> Result<(), String> {
        written_file::write(write)
    }

    fn plugin(&mut self, command: &str, arguments: &[String]) -> Result<Vec<u8>, String> {
        let output = Command::new(command)
            .args(arguments)
            .output()
            .map_err(|error| format!("exec {command}: {error}"))?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        Err(format!(
            "exec {command}: {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        ))
    }

    fn random(&mut self, bytes: &mut [u8]) -> Result<(), String> {
        getrandom::fill(bytes).map_err(|error| error.to_string())
    }

    fn kernel_file(&mut self, path: &str) -> Result<String, String> {
        std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))
    }

    fn keys(&mut self) -> Option<&mut dyn Keys> {
        Some(&mut self.keys)
    }

    fn print(&mut self, text: &[u8]) {
        // What a debugging function prints must not fail the render.
        let _ = std::io::stderr().write_all(text);
    }
}

fn query_text(query: &[(String, String)]) -> String {
    query
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect::<Vec<_>>()
        .join("&")
}
