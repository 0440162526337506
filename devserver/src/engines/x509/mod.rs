//! X.509: names, extensions, certificates, requests and lists of the revoked (RFC 5280, RFC 2986), written in the order
//! and with the choices of the original, so that what is made here differs in nothing but keys and numbers.

mod algorithm;
mod certificate;
mod extension;
mod general_name;
mod name;
mod policy;
mod request;
mod revocation_list;

pub(crate) use algorithm::SignatureAlgorithm;
pub(crate) use certificate::{Certificate, Template, Urls};
pub(crate) use extension::{BasicConstraints, KeyUsage, RESERVED, extended_key_usage, extension as extension_of};
pub(crate) use general_name::AlternativeNames;
pub(crate) use name::NameParts;
pub(crate) use policy::Policy;
pub(crate) use request::{Request, make_request};
pub(crate) use revocation_list::{Revocation, RevocationList, read_revocation_list};
pub(crate) use x509_cert::der::oid::ObjectIdentifier;
pub(crate) use x509_cert::ext::Extension;

use crate::engines::asymmetric::PublicKey;
use sha1::{Digest as _, Sha1};
use std::time::Duration;
use x509_cert::der::asn1::{GeneralizedTime, UtcTime};
use x509_cert::der::{Decode as _, Encode};
use x509_cert::spki::SubjectPublicKeyInfoOwned;
use x509_cert::time::Time;

/// Why something of X.509 cannot be read or made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum X509Error {
    /// The bytes are not what they should be.
    #[error("malformed {0}")]
    Read(&'static str),
    /// A value has no place in it.
    #[error("{0} cannot be written")]
    Write(String),
    /// The key cannot sign this way.
    #[error("the key does not sign with {0}")]
    Sign(&'static str),
}

/// An object identifier of a text with dots; `None` where it is none.
pub(crate) fn oid(text: &str) -> Option<ObjectIdentifier> {
    ObjectIdentifier::new(text).ok()
}

fn der_of(value: &impl Encode, what: &str) -> Result<Vec<u8>, X509Error> {
    value.to_der().map_err(|_| X509Error::Write(what.to_owned()))
}

/// A moment in seconds since 1970: years before 2050 in the short form, as RFC 5280 §4.1.2.5 asks.
fn moment(seconds: i64) -> Result<Time, X509Error> {
    let wrong = |_| X509Error::Write(format!("the moment {seconds}"));
    let span = Duration::from_secs(seconds.max(0).unsigned_abs());
    match UtcTime::from_unix_duration(span) {
        Ok(time) => Ok(Time::UtcTime(time)),
        Err(_) => Ok(Time::GeneralTime(
            GeneralizedTime::from_unix_duration(span).map_err(wrong)?,
        )),
    }
}

/// Seconds since 1970.
fn seconds(time: Time) -> i64 {
    i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
}

/// The identifier of a public key: the SHA-1 of its bits (RFC 5280 §4.2.1.2), as the original makes it.
pub(crate) fn key_identifier(public: &PublicKey) -> Vec<u8> {
    let spki = public.der().ok();
    let spki = spki.and_then(|der| SubjectPublicKeyInfoOwned::from_der(&der).ok());
    let bits = spki.map(|spki| spki.subject_public_key.raw_bytes().to_vec());
    Sha1::digest(bits.unwrap_or_default()).to_vec()
}
