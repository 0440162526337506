//! The `listener` stanzas.

use std::path::PathBuf;

use crate::agent::diagnostic::Report;
use crate::agent::fields::{Fields, Part};
use crate::agent::keys::{AGENT_API, LISTENER};
use crate::agent::template::{Owner, parse_owner};

/// A local address that is served.
#[derive(Clone, Debug, PartialEq)]
pub struct Listener {
    /// The address.
    pub address: ListenerAddress,
    /// Serve nothing but metrics.
    pub metrics_only: bool,
    /// Refuse requests without `X-Vault-Request: true`.
    pub require_request_header: bool,
    /// Let `POST /agent/v1/quit` end the agent.
    pub enable_quit: bool,
    /// TLS; `None` serves plain HTTP.
    pub tls: Option<ListenerTls>,
}

/// Where to listen.
#[derive(Clone, Debug, PartialEq)]
pub enum ListenerAddress {
    /// `host:port`.
    Tcp(String),
    /// A unix socket.
    Unix {
        /// Its path.
        path: PathBuf,
        /// Its mode; `None` leaves it to the process's umask.
        mode: Option<u32>,
        /// Its owner.
        user: Option<Owner>,
        /// Its group.
        group: Option<Owner>,
    },
}

/// TLS of a listener.
#[derive(Clone, Debug, PartialEq)]
pub struct ListenerTls {
    /// PEM file with the certificate.
    pub cert_file: PathBuf,
    /// PEM file with its private key.
    pub key_file: PathBuf,
    /// PEM file with the authorities of client certificates.
    pub client_ca_file: Option<PathBuf>,
    /// Refuse clients without a certificate.
    pub require_client_cert: bool,
    /// Do not ask clients for a certificate.
    pub disable_client_certs: bool,
    /// Oldest protocol version.
    pub min_version: TlsVersion,
    /// Newest protocol version.
    pub max_version: TlsVersion,
    /// Suites of TLS 1.2 to offer, by their standard names; none offers all that are built in.
    pub cipher_suites: Vec<String>,
}

/// A version of TLS that can be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// TLS 1.2.
    V12,
    /// TLS 1.3.
    V13,
}

pub(in crate::agent) fn read(part: &Part<'_>, report: &Report) -> Option<Listener> {
    let fields = Fields::open(&LISTENER, part.object, report);
    let kind = match (fields.has("type"), part.label) {
        (true, _) => fields.word("type")?.to_owned(),
        (false, Some(label)) => label.text.to_lowercase(),
        (false, None) => String::new(),
    };
    let address = match kind.as_str() {
        "tcp" => Some(ListenerAddress::Tcp(tcp_address(&fields))),
        "unix" => unix_address(&fields),
        _ => {
            let at = part.label.map_or(part.start(), |label| label.span.start);
            report.error(at, "listener.type", "must be tcp or unix, here or as the label");
            None
        }
    };
    let quit = fields.single("agent_api", false).and_then(|part| {
        let fields = Fields::open(&AGENT_API, part.object, report);
        fields.bool("enable_quit")
    });
    let tls = read_tls(&fields);
    Some(Listener {
        address: address?,
        metrics_only: fields.word("role") == Some("metrics_only"),
        require_request_header: fields.bool("require_request_header").unwrap_or(false),
        enable_quit: quit.unwrap_or(false),
        tls: tls?,
    })
}

fn tcp_address(fields: &Fields<'_>) -> String {
    let address = fields
        .non_empty("address")
        .unwrap_or_else(|| "127.0.0.1:8200".to_owned());
    if address.contains("{{") {
        fields.error(
            "address",
            "address templates are not built in; write the address itself",
        );
    }
    address
}

fn unix_address(fields: &Fields<'_>) -> Option<ListenerAddress> {
    let owner = |name| fields.non_empty(name).map(parse_owner);
    let path = fields.required_path("address");
    let (mode, user, group) = (fields.octal("socket_mode"), owner("socket_user"), owner("socket_group"));
    Some(ListenerAddress::Unix {
        path: path?,
        mode,
        user,
        group,
    })
}

/// TLS is on unless it is turned off; the outer `None` stands for a mistake that was reported.
fn read_tls(fields: &Fields<'_>) -> Option<Option<ListenerTls>> {
    if fields.bool("tls_disable").unwrap_or(false) {
        return Some(None);
    }
    let (cert_file, key_file) = (fields.path("tls_cert_file"), fields.path("tls_key_file"));
    let (Some(cert_file), Some(key_file)) = (cert_file, key_file) else {
        fields.error(
            "tls_cert_file",
            "tls_cert_file and tls_key_file are required unless tls_disable is true",
        );
        return None;
    };
    let version = |name, default| match fields.word(name) {
        Some("tls12") => TlsVersion::V12,
        Some("tls13") => TlsVersion::V13,
        _ => default,
    };
    let tls = ListenerTls {
        cert_file,
        key_file,
        client_ca_file: fields.path("tls_client_ca_file"),
        require_client_cert: fields.bool("tls_require_and_verify_client_cert").unwrap_or(false),
        disable_client_certs: fields.bool("tls_disable_client_certs").unwrap_or(false),
        min_version: version("tls_min_version", TlsVersion::V12),
        max_version: version("tls_max_version", TlsVersion::V13),
        cipher_suites: fields.list("tls_cipher_suites").unwrap_or_default(),
    };
    check_client_certs(fields, &tls);
    if tls.min_version > tls.max_version {
        fields.error("tls_min_version", "must not be newer than tls_max_version");
        return None;
    }
    Some(Some(tls))
}

fn check_client_certs(fields: &Fields<'_>, tls: &ListenerTls) {
    let name = "tls_require_and_verify_client_cert";
    if tls.require_client_cert && tls.disable_client_certs {
        fields.error(name, "contradicts tls_disable_client_certs");
    } else if tls.require_client_cert && tls.client_ca_file.is_none() {
        fields.error(
            name,
            "needs tls_client_ca_file, or no client certificate could be verified",
        );
    }
}
