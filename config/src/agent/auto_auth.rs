//! The `auto_auth` stanza.

mod method;
mod sink;

pub use method::{AppRole, Cert, Jwt, Kubernetes, Ldap, Method, MethodKind, Removal};
pub use sink::FileSink;

pub(super) use method::SERVICE_ACCOUNT_TOKEN;

use super::diagnostic::Report;
use super::fields::{Fields, Part};
use super::keys::AUTO_AUTH;

/// How to log in and where to write the token.
#[derive(Clone, Debug, PartialEq)]
pub struct AutoAuth {
    /// The login.
    pub method: Method,
    /// The files the token is written to.
    pub sinks: Vec<FileSink>,
    /// Log in again when the credential on disk changes.
    pub reauth_on_new_credentials: bool,
}

pub(super) fn read(part: &Part<'_>, report: &Report) -> Option<AutoAuth> {
    let fields = Fields::open(&AUTO_AUTH, part.object, report);
    let methods = fields.blocks("method", true);
    if methods.len() != 1 {
        let at = methods.get(1).map_or(part.start(), Part::start);
        report.error(
            at,
            "auto_auth.method",
            format!("there must be exactly one, found {}", methods.len()),
        );
    }
    let (sinks, written) = sink::read_all(&fields);
    let method = method::read(methods.first()?, report)?;
    // A sink that could not be read has its own finding.
    if sinks.len() == written {
        check_wrapping(&method, &sinks, &fields);
    }
    let reauth_on_new_credentials = fields.bool("enable_reauth_on_new_credentials").unwrap_or(false);
    Some(AutoAuth {
        method,
        sinks,
        reauth_on_new_credentials,
    })
}

/// A token wrapped at login can be handed to one place only, and only once.
fn check_wrapping(method: &Method, sinks: &[FileSink], fields: &Fields<'_>) {
    if method.wrap_ttl.is_none() {
        return;
    }
    if sinks.len() != 1 {
        fields.error(
            "method",
            format!("wrap_ttl needs exactly one sink, found {}", sinks.len()),
        );
    } else if sinks.iter().any(|sink| sink.wrap_ttl.is_some()) {
        fields.error("method", "wrap_ttl is set here and in the sink; wrap in one place only");
    }
}
