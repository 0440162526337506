//! What a template asks of the server.

use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write as _;

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

/// consul-template's name of the dependency, except that parameters which it leaves out are shown by their names.
/// Values are never shown: they may be secret.
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
            Request::Write { path, data } => {
                let names: Vec<&str> = data.keys().map(String::as_str).collect();
                write!(f, "vault.write({path} -> {})", names.join(","))
            }
            Request::List { path, .. } => write!(f, "vault.list({path})"),
            Request::PkiCert { path, data } => {
                let names: Vec<&str> = data.keys().map(String::as_str).collect();
                write!(f, "vault.pki({path} -> {})", names.join(","))
            }
        }
    }
}
