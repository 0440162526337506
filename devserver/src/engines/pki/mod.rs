//! The PKI engine: authorities, roles, certificates, revocation and its lists.
//!
//! Certificates are real and verify; keys are RSA, P-256, P-384 and Ed25519. There is no OCSP responder, no ACME and
//! no cross-signing, and no delta list.

mod acme;
mod authority;
mod certificate;
mod config;
mod given_out;
mod issue;
mod issuer;
mod issuer_settings;
mod issuers;
mod lifetime;
mod names;
mod request;
mod role;
mod roles;
mod store;
mod tidy;

use crate::engine::{Backend, Call, Context, LeaseTerms, Renewal, Router, SpecialPaths};
use crate::json::{Object, Value};
use crate::logical::Error;
use acme::Acme;
use certificate::Urls;
use config::CrlConfig;
use issuer::Authorities;
use role::Role;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use store::Stored;
use tidy::Tidying;

/// A mount of PKI.
#[derive(Default)]
pub(crate) struct Pki {
    authorities: Authorities,
    roles: BTreeMap<String, Role>,
    /// By serial number.
    certificates: BTreeMap<String, Stored>,
    urls: Urls,
    crl: CrlConfig,
    /// Number of the newest list of revoked certificates.
    crl_number: u64,
    acme: Acme,
    tidying: Tidying,
}

static ROUTER: LazyLock<Router<Pki>> = LazyLock::new(|| {
    let mut routes = authority::routes();
    routes.extend(issuers::routes());
    routes.extend(roles::routes());
    routes.extend(issue::routes());
    routes.extend(config::routes());
    routes.extend(acme::routes());
    routes.extend(tidy::routes());
    routes.extend(store::routes());
    Router::new("Issues certificates by authorities that are kept here.", routes)
});

impl Backend for Pki {
    fn router() -> &'static Router<Self> {
        &ROUTER
    }

    fn special_paths() -> SpecialPaths {
        SpecialPaths {
            unauthenticated: &[
                "cert/*",
                "ca",
                "ca/pem",
                "ca_chain",
                "crl",
                "crl/pem",
                "crl/delta",
                "crl/delta/pem",
                "issuers/",
                "issuers",
                "issuer/+/pem",
                "issuer/+/der",
                "issuer/+/json",
                "issuer/+/crl",
                "issuer/+/crl/pem",
                "issuer/+/crl/der",
            ],
            root: &["root", "root/sign-self-issued"],
        }
    }

    fn renew(&mut self, _: &mut Context<'_>, _: &LeaseTerms<'_>) -> Result<Renewal, Error> {
        Err(Error::response("lease is not renewable"))
    }

    /// A certificate with a lease is revoked with it.
    fn revoke(&mut self, context: &mut Context<'_>, internal: &Object) -> Result<(), Error> {
        let serial = internal
            .get("serial_number")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if let Some(stored) = self.certificates.get_mut(serial) {
            stored.revoked.get_or_insert(context.now);
        }
        Ok(())
    }
}

/// The reference to an issuer in a path, `default` where there is none.
fn issuer_reference<'c>(call: &'c Call<'_>) -> &'c str {
    match call.text("issuer_ref") {
        "" => "default",
        reference => reference,
    }
}
