//! What a template asks of the server.
//!
//! Paths are read as Go's `net/url` reads them.

use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write as _;

use sha1::{Digest, Sha1};

/// One thing asked of the server. Two requests are the same when all their parts are, parameters included.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Request {
    /// `secret PATH`.
    Read {
        /// Path below `/v1/`, without slashes at its ends, percent-escapes decoded.
        path: String,
        /// Query parameters, in the order of the template.
        query: Vec<(String, String)>,
    },
    /// `secret PATH k=v…`: also the way to read what needs parameters.
    Write {
        /// Path below `/v1/`, without slashes at its ends, taken literally.
        path: String,
        /// The fields to send.
        data: BTreeMap<String, String>,
    },
    /// `secrets PATH`.
    List {
        /// Path below `/v1/`, without slashes at its ends.
        path: String,
        /// Query parameters, in the order of the template.
        query: Vec<(String, String)>,
    },
    /// `pkiCert PATH k=v…`: a certificate that is kept while it is valid.
    PkiCert {
        /// Path below `/v1/`, without slashes at its ends.
        path: String,
        /// The fields to send.
        data: BTreeMap<String, String>,
    },
}

impl Request {
    /// The path below `/v1/`.
    pub fn path(&self) -> &str {
        match self {
            Request::Read { path, .. }
            | Request::Write { path, .. }
            | Request::List { path, .. }
            | Request::PkiCert { path, .. } => path,
        }
    }
}

/// consul-template's name of the dependency. It shows no values: those of a write are a checksum, and what it leaves
/// out (other query parameters, the fields of a certificate request) is left out here too.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Request::Read { path, query } => {
                write!(f, "vault.read({path}")?;
                match query.iter().find(|(name, _)| name == "version") {
                    Some((_, version)) => write!(f, ".v{version})"),
                    None => f.write_char(')'),
                }
            }
            Request::Write { path, data } => write!(f, "vault.write({path} -> {})", checksum(data)),
            Request::List { path, .. } => write!(f, "vault.list({path})"),
            Request::PkiCert { path, .. } => write!(f, "vault.pki({path}->)"),
        }
    }
}

/// The first four bytes of the SHA-1 over the fields.
fn checksum(data: &BTreeMap<String, String>) -> String {
    let mut hash = Sha1::new();
    for (key, value) in data {
        hash.update(key.as_bytes());
        hash.update(b"=");
        hash.update(crate::fmt::quote::quoted(value.as_bytes()));
    }
    let digest = hash.finalize();
    digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// Splits a path into the path proper, percent-escapes decoded, and the query parameters in their order.
///
/// # Errors
/// The text of Go's `url.Parse`.
pub(crate) fn parse_path(text: &str) -> Result<(String, Vec<(String, String)>), String> {
    let quoted = || String::from_utf8_lossy(&crate::fmt::quote::quoted(text.as_bytes())).into_owned();
    if text.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
        return Err(format!("parse {}: net/url: invalid control character in URL", quoted()));
    }
    let (rest, fragment) = text.split_once('#').unwrap_or((text, ""));
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    if path.split('/').next().is_some_and(|segment| segment.contains(':')) {
        return Err(format!(
            "parse {}: first path segment in URL cannot contain colon",
            quoted()
        ));
    }
    let decoded = unescape(path, Escapes::Path).and_then(|path| unescape(fragment, Escapes::Path).map(|_| path));
    let path = decoded.map_err(|escape| format!("parse {}: invalid URL escape \"{escape}\"", quoted()))?;
    let pairs = query.split('&').filter(|pair| !pair.is_empty() && !pair.contains(';'));
    let query = pairs.filter_map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((
            unescape(name, Escapes::Query).ok()?,
            unescape(value, Escapes::Query).ok()?,
        ))
    });
    Ok((path, query.collect()))
}

/// What a plus sign stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    Path,
    Query,
}

/// Decodes percent-escapes; the error is the escape that is none.
fn unescape(text: &str, escapes: Escapes) -> Result<String, String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'%' => {
                let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
                let digits = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
                let Some(decoded) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) else {
                    let shown = &after[..after.len().min(2)];
                    return Err(format!("%{}", String::from_utf8_lossy(shown)));
                };
                out.push(decoded);
                rest = &after[2..];
            }
            b'+' if escapes == Escapes::Query => out.push(b' '),
            byte => out.push(byte),
        }
    }
    Ok(String::from_utf8_lossy(&out).into_owned())
}
