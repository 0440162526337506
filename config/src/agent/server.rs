//! The `vault` stanza.

use std::path::PathBuf;

use super::diagnostic::Report;
use super::fields::{Fields, Part};
use super::keys::{RETRY, VAULT};

/// How often a failed read is repeated unless `num_retries` says otherwise.
pub const DEFAULT_RETRIES: u32 = 12;

/// The server and how to reach it, as far as files say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Server {
    /// `https://…`, `http://…` or `unix:///path`.
    pub address: Option<String>,
    /// PEM file with the certificate authorities to trust.
    pub ca_cert: Option<PathBuf>,
    /// Directory of such files.
    pub ca_path: Option<PathBuf>,
    /// PEM file with the client certificate.
    pub client_cert: Option<PathBuf>,
    /// PEM file with its private key.
    pub client_key: Option<PathBuf>,
    /// Name to send and to verify.
    pub tls_server_name: Option<String>,
    /// Accept any certificate; `None` when no file says.
    pub tls_skip_verify: Option<bool>,
    /// Namespace of all requests, without slashes at its ends.
    pub namespace: Option<String>,
    /// How often a failed read is repeated, after Vault's reading of 0 and -1; `None` when no file says.
    pub retries: Option<u32>,
}

pub(super) fn read(part: &Part<'_>, report: &Report) -> Server {
    let fields = Fields::open(&VAULT, part.object, report);
    Server {
        address: fields.non_empty("address"),
        ca_cert: fields.path("ca_cert"),
        ca_path: fields.path("ca_path"),
        client_cert: fields.path("client_cert"),
        client_key: fields.path("client_key"),
        tls_server_name: fields.non_empty("tls_server_name"),
        tls_skip_verify: fields.bool("tls_skip_verify"),
        namespace: fields.text("namespace").as_deref().and_then(namespace),
        retries: fields.single("retry", false).and_then(|part| retries(&part, report)),
    }
}

/// A namespace without slashes at its ends; `None` for the root namespace.
pub(super) fn namespace(text: &str) -> Option<String> {
    let text = text.trim_matches('/');
    (!text.is_empty() && text != "root").then(|| text.to_owned())
}

fn retries(part: &Part<'_>, report: &Report) -> Option<u32> {
    let fields = Fields::open(&RETRY, part.object, report);
    match fields.integer("num_retries")? {
        0 => Some(DEFAULT_RETRIES),
        -1 => Some(0),
        number => {
            let retries = u32::try_from(number).ok();
            if retries.is_none() {
                fields.error(
                    "num_retries",
                    "must be -1 (never), 0 (the default) or the number of retries",
                );
            }
            retries
        }
    }
}
