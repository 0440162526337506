//! Server addresses.

use std::fmt;
use std::path::{Path, PathBuf};

use reqwest::Url;

use super::SettingsError;

/// Where Vault listens unless it is told otherwise.
pub(super) const DEFAULT: &str = "https://127.0.0.1:8200";

/// The address of a server.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    url: Url,
    socket: Option<PathBuf>,
}

impl Address {
    /// Reads `https://host[:port][/prefix]`, `http://…` or `unix:///path`; `source_name` is named in the error.
    ///
    /// # Errors
    /// When the text is no address of one of these forms, or holds a user name, a query or a fragment.
    pub fn parse(text: &str, source_name: &str) -> Result<Address, SettingsError> {
        let error = |reason: &str| SettingsError::Address {
            source_name: source_name.to_owned(),
            reason: reason.to_owned(),
        };
        let text = text.trim();
        if let Some(path) = text.strip_prefix("unix://") {
            if !path.starts_with('/') {
                return Err(error("a unix address must be unix:///absolute/path"));
            }
            let url = Url::parse("http://localhost").map_err(|_| error("is no address"))?;
            return Ok(Address {
                url,
                socket: Some(PathBuf::from(path)),
            });
        }
        let url =
            Url::parse(text).map_err(|cause| error(&format!("is no address ({cause}); write https://host:port")))?;
        match url.scheme() {
            _ if !matches!(url.scheme(), "https" | "http") => {
                Err(error("must begin with https://, http:// or unix://"))
            }
            _ if url.host_str().is_none_or(str::is_empty) => Err(error("has no host")),
            _ if !url.username().is_empty() || url.password().is_some() => {
                Err(error("must not hold a user name or password"))
            }
            _ if url.query().is_some() || url.fragment().is_some() => Err(error("must not hold '?' or '#'")),
            _ => Ok(Address { url, socket: None }),
        }
    }

    /// Whether connections use TLS.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The unix socket, if the address is one.
    #[must_use]
    pub fn socket(&self) -> Option<&Path> {
        self.socket.as_deref()
    }

    /// The URL; that of a unix socket is `http://localhost/`.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.socket {
            Some(path) => write!(f, "unix://{}", path.display()),
            None => f.write_str(self.url.as_str().trim_end_matches('/')),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}
