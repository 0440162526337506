//! The outside world of a golden case: its fixtures, a fixed clock, and random bytes that are not random.

use std::collections::BTreeMap;
use std::sync::Arc;

use coffret_templates::{Answer, FileWrite, Keys, Request, Secret, Source};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value as Json;

use super::keys::TestKeys;

pub(crate) struct World {
    secrets: Json,
    env: Json,
    files: Json,
    now: Timestamp,
    noise: u64,
    keys: TestKeys,
}

impl World {
    pub(crate) fn new(case: &Json, shared: &Json) -> Self {
        let secrets = case.get("secrets").unwrap_or(&shared["secrets"]).clone();
        let now = case["now"].as_str().unwrap_or("2024-02-29T13:04:05.678901234Z");
        World {
            secrets,
            env: case["env"].clone(),
            files: case["files"].clone(),
            now: now.parse().unwrap(),
            noise: 1,
            keys: TestKeys::default(),
        }
    }

    fn lookup(&self, method: &str, path: &str, query: &[(String, String)]) -> Answer {
        let wanted: BTreeMap<&str, &str> = query
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        let found = self.secrets.as_object().into_iter().flatten().find(|(key, _)| {
            let (fixture_method, address) = key
                .split_once(' ')
                .filter(|(word, _)| word.bytes().all(|byte| byte.is_ascii_uppercase()))
                .unwrap_or(("GET", key));
            let (fixture_path, query) = address.split_once('?').unwrap_or((address, ""));
            let query: BTreeMap<&str, &str> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
            fixture_method == method && fixture_path.trim_matches('/') == path && query == wanted
        });
        match found {
            None => Answer::Pending,
            Some((_, Json::Null)) => Answer::NotFound,
            Some((_, body)) => {
                // A response that is given as text keeps its numbers as they are written.
                let body = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
                Answer::Ready(Arc::new(Secret::from_response(body.as_bytes()).unwrap()))
            }
        }
    }
}

impl Source for World {
    fn answer(&mut self, request: &Request) -> Answer {
        match request {
            Request::Read { path, query } => self.lookup("GET", path, query),
            Request::List { path, query } => self.lookup("LIST", path, query),
            Request::Write { path, .. } | Request::PkiCert { path, .. } => self.lookup("PUT", path, &[]),
        }
    }

    fn env(&self, name: &str) -> Option<String> {
        self.env[name].as_str().map(str::to_owned)
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn named_time_zone(&self, name: &str) -> Option<TimeZone> {
        TimeZone::get(name).ok()
    }

    fn file(&mut self, path: &str) -> Result<Vec<u8>, String> {
        let text = self.files[path].as_str().ok_or("no such file")?;
        Ok(text.as_bytes().to_vec())
    }

    fn plugin(&mut self, command: &str, _: &[String]) -> Result<Vec<u8>, String> {
        match command {
            "hostname" => Ok(b"web-0\n".to_vec()),
            _ => Err("no such command".to_owned()),
        }
    }

    fn host_addresses(&mut self, _: &str) -> Result<Vec<std::net::IpAddr>, String> {
        Ok(vec![[192, 0, 2, 1].into()])
    }

    fn kernel_file(&mut self, path: &str) -> Result<String, String> {
        super::machine::kernel_file(path)
    }

    fn keys(&mut self) -> Option<&mut dyn Keys> {
        Some(&mut self.keys)
    }

    fn write_file(&mut self, _: &FileWrite) -> Result<(), String> {
        Ok(())
    }

    /// Deterministic, so that a failure can be repeated.
    fn random(&mut self, bytes: &mut [u8]) -> Result<(), String> {
        for byte in bytes {
            self.noise = self
                .noise
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            *byte = self.noise.to_be_bytes()[0];
        }
        Ok(())
    }
}

pub(crate) fn texts(list: &Json) -> Vec<String> {
    list.as_array()
        .into_iter()
        .flatten()
        .map(|text| text.as_str().unwrap().to_owned())
        .collect()
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let padded = [chunk[0], *chunk.get(1).unwrap_or(&0), *chunk.get(2).unwrap_or(&0), 0];
        let group = u32::from_be_bytes(padded);
        for digit in 0..4 {
            let index = (group >> (26 - 6 * digit)) & 63;
            text.push(if digit > chunk.len() {
                '='
            } else {
                char::from(DIGITS[index as usize])
            });
        }
    }
    text
}
