//! When certificates end.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use x509_parser::parse_x509_certificate;

/// The end of validity of the first certificate of a PEM text.
#[must_use]
pub fn of_pem(pem: &str) -> Option<SystemTime> {
    of(&CertificateDer::from_pem_slice(pem.as_bytes()).ok()?)
}

/// The end of validity of a certificate.
#[must_use]
pub fn of(certificate: &CertificateDer<'_>) -> Option<SystemTime> {
    let (_, parsed) = parse_x509_certificate(certificate).ok()?;
    let seconds = u64::try_from(parsed.validity().not_after.timestamp()).ok()?;
    Some(UNIX_EPOCH + Duration::from_secs(seconds))
}
