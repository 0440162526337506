//! Setting up the HTTP library, and telling its errors apart.

use std::error::Error as StdError;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Proxy, Url};
use rustls::{AlertDescription, CertificateError};

use crate::redirect::origin;
use crate::tls::client_config;
use crate::{Error, Settings, SettingsError};

/// An HTTP client with what the certificate files hold now.
pub(super) fn build(settings: &Settings) -> Result<reqwest::Client, SettingsError> {
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(client_config(&settings.tls)?)
        .redirect(Policy::none())
        .referer(false)
        .no_proxy()
        .user_agent(&settings.user_agent)
        .connect_timeout(settings.connect_timeout)
        .pool_idle_timeout(settings.idle_timeout);
    if settings.disable_keep_alives {
        builder = builder.pool_max_idle_per_host(0);
    }
    if let Some(path) = settings.address.socket() {
        builder = builder.unix_socket(path);
    } else if !settings.proxy.is_empty() {
        let rule = settings.proxy.clone();
        builder = builder.proxy(Proxy::custom(move |url| rule.proxy_for(url)));
    }
    if let (Some(name), Some(host)) = (&settings.tls.server_name, settings.address.url().host_str()) {
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        builder = builder.dns_resolver(Arc::new(ShownName {
            name: name.to_lowercase(),
            host,
        }));
    }
    builder
        .build()
        .map_err(|error| SettingsError::Client(innermost(&error)))
}

/// Resolves the TLS server name to the address's real host.
struct ShownName {
    name: String,
    host: String,
}

impl Resolve for ShownName {
    fn resolve(&self, name: Name) -> Resolving {
        let host = if name.as_str().to_lowercase() == self.name {
            self.host.clone()
        } else {
            name.as_str().to_owned()
        };
        Box::pin(async move {
            let found: Vec<_> = tokio::net::lookup_host((host, 0)).await?.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// What an error of the HTTP library means.
pub(super) fn error(error: &reqwest::Error, settings: &Settings, path: &str, url: &Url) -> Error {
    let address = if settings.address.socket().is_some() {
        settings.address.to_string()
    } else {
        origin(url)
    };
    if let Some(cause) = find::<rustls::Error>(error) {
        return Error::Tls {
            address,
            reason: tls_reason(cause, settings),
        };
    }
    if error.is_connect() && error.is_timeout() {
        return Error::Connect {
            address,
            reason: format!("no connection within {:?}", settings.connect_timeout),
        };
    }
    if error.is_connect() {
        return Error::Connect {
            address,
            reason: innermost(error),
        };
    }
    if error.is_builder() {
        return Error::Request {
            path: path.to_owned(),
            reason: "the HTTP library refused it",
        };
    }
    Error::Interrupted {
        address,
        path: path.to_owned(),
    }
}

/// The first cause of this type; an `io::Error` is looked into.
fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(found) = cause.downcast_ref::<T>() {
            return Some(found);
        }
        let inner = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner),
            None => cause.source(),
        };
    }
    None
}

/// The text of the last cause, which says what happened; those around it say what was tried.
fn innermost(error: &reqwest::Error) -> String {
    let mut last: &dyn StdError = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    last.to_string()
}

/// What was wrong with TLS, and the likely fix.
fn tls_reason(error: &rustls::Error, settings: &Settings) -> String {
    match error {
        rustls::Error::InvalidCertificate(problem) => certificate_reason(problem, settings),
        rustls::Error::AlertReceived(alert) => alert_reason(*alert),
        rustls::Error::InvalidMessage(_) => {
            "the server does not speak TLS; is the address meant to be http://?".to_owned()
        }
        other => other.to_string(),
    }
}

fn certificate_reason(problem: &CertificateError, settings: &Settings) -> String {
    match problem {
        CertificateError::UnknownIssuer if settings.tls.authorities.is_empty() => {
            "the certificate is not signed by an authority of the system; name the right one with VAULT_CACERT or vault.ca_cert".to_owned()
        }
        CertificateError::UnknownIssuer => {
            "the certificate is not signed by any of the configured authorities; is the CA file the current one?".to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the certificate has expired (or the clock of this machine is wrong)".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the certificate is not valid yet (or the clock of this machine is wrong)".to_owned()
        }
        CertificateError::NotValidForName => {
            "the certificate is for another name; set VAULT_TLS_SERVER_NAME or vault.tls_server_name to a name it holds".to_owned()
        }
        CertificateError::NotValidForNameContext { expected, presented } => format!(
            "the certificate is not for {} but for {}; set VAULT_TLS_SERVER_NAME or vault.tls_server_name to one of these",
            expected.to_str(),
            presented.join(", ")
        ),
        CertificateError::Other(other) if other.0.to_string().contains("CaUsedAsEndEntity") => {
            "the server shows a certificate that is marked as an authority's (CA:TRUE); give exactly this certificate as the CA file, or give the server a certificate of its own".to_owned()
        }
        other => other.to_string(),
    }
}

fn alert_reason(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::CertificateRequired => "the server wants a client certificate and none is set".to_owned(),
        AlertDescription::BadCertificate
        | AlertDescription::UnknownCA
        | AlertDescription::CertificateUnknown
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateRevoked => {
            format!("the server does not accept the client certificate ({alert:?})")
        }
        other => format!("the server ended the handshake ({other:?})"),
    }
}
