//! The PKI engine: authorities, roles, certificates, revocation, its lists and its responder.
//!
//! Certificates are real and verify; keys are RSA, Ed25519 and of the curves P-224 to P-521. There is no ACME, and roles
//! whose rules are programs are refused.

mod acme;
mod addresses;
mod config;
mod creation;
mod documents;
mod fields;
mod given_out;
mod import;
mod intermediate;
mod issue;
mod issuer;
mod issuer_settings;
mod issuers;
mod keys;
mod lifetime;
mod list_settings;
mod lists;
mod moment;
mod names;
mod network;
mod ocsp;
mod programs;
mod request;
mod revocation;
mod role;
mod role_rules;
mod roles;
mod root;
mod sign_issuer;
mod sign_list;
mod store;
mod tidy;
mod tidy_settings;

use crate::engine::{Backend, Call, Context, LeaseTerms, Renewal, Router, SpecialPaths};
use crate::engines::x509::X509Error;
use crate::json::{Object, Value};
use crate::logical::Error;
use acme::Acme;
use addresses::{Addresses, Cluster};
use issuer::Authorities;
use list_settings::ListSettings;
use lists::Lists;
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
    addresses: Addresses,
    cluster: Cluster,
    list_settings: ListSettings,
    lists: Lists,
    acme: Acme,
    tidying: Tidying,
}

static ROUTER: LazyLock<Router<Pki>> = LazyLock::new(|| {
    let parts = [
        root::routes(),
        intermediate::routes(),
        sign_issuer::routes(),
        import::routes(),
        issuers::routes(),
        keys::routes(),
        roles::routes(),
        programs::routes(),
        issue::routes(),
        config::routes(),
        addresses::routes(),
        list_settings::routes(),
        acme::routes(),
        tidy::routes(),
        tidy_settings::routes(),
        revocation::routes(),
        lists::routes(),
        sign_list::routes(),
        ocsp::routes(),
        documents::routes(),
        store::routes(),
    ];
    let routes = parts.into_iter().flatten().collect();
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
                "issuer/+/crl/delta",
                "issuer/+/crl/delta/pem",
                "issuer/+/crl/delta/der",
                "ocsp",
                "ocsp/*",
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
        if self.certificates.contains_key(serial) {
            self.revoke_stored(context, serial)?;
        }
        Ok(())
    }
}

/// The reference to an issuer in a path, `default` where there is none.
fn issuer_reference<'c>(call: &'c Call<'_>) -> &'c str {
    match call.text("issuer_ref").trim() {
        "" => "default",
        reference if reference.eq_ignore_ascii_case("default") => "default",
        reference => reference,
    }
}

/// What calls hear that name an issuer by an empty text.
const NO_REFERENCE: &str = "missing issuer reference";

/// The reference to the issuer that the path or the body of a call names; none where the body has an empty one.
fn named_issuer(call: &Call<'_>) -> Option<String> {
    match call.string("issuer_ref").trim() {
        "" if call.has("issuer_ref") => None,
        "" => Some("default".to_owned()),
        reference if reference.eq_ignore_ascii_case("default") => Some("default".to_owned()),
        reference => Some(reference.to_owned()),
    }
}

#[allow(clippy::needless_pass_by_value, reason = "the shape that map_err asks for")]
fn unmade(error: X509Error) -> Error {
    Error::internal(format!("unable to create certificate: {error}"))
}
