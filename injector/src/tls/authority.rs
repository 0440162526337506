//! A certificate authority of our own and the leaves it signs. Time comes in as a parameter.

use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use thiserror::Error;
use time::OffsetDateTime;

/// How long a CA is valid.
pub const CA_LIFE: Duration = Duration::from_secs(365 * 24 * 3600);
/// How long a leaf is valid.
pub const LEAF_LIFE: Duration = Duration::from_secs(24 * 3600);
/// Clocks of a cluster may differ by this much.
const SLACK: Duration = Duration::from_secs(300);

/// What can go wrong with certificates of our own.
#[derive(Debug, Error)]
pub enum AuthorityError {
    /// Key generation or signing.
    #[error("making a certificate")]
    Make(#[source] rcgen::Error),
    /// A stored key that is none.
    #[error("reading the CA's key")]
    Key(#[source] rcgen::Error),
    /// A stored certificate that is none.
    #[error("reading the CA's certificate")]
    Certificate,
}

/// A CA: its certificate and key.
pub struct Authority {
    certificate_pem: String,
    key: KeyPair,
    not_after: SystemTime,
}

/// A certificate chain with its key, ready to serve.
pub struct Leaf {
    /// The chain, leaf first.
    pub chain: Vec<CertificateDer<'static>>,
    /// The key.
    pub key: PrivateKeyDer<'static>,
    /// The end of its validity.
    pub not_after: SystemTime,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority")
            .field("not_after", &self.not_after)
            .finish_non_exhaustive()
    }
}

impl Authority {
    /// Makes a new CA, valid from now.
    ///
    /// # Errors
    /// When the machine has no randomness or signing fails.
    pub fn generate(now: SystemTime) -> Result<Authority, AuthorityError> {
        let key = KeyPair::generate().map_err(AuthorityError::Make)?;
        let mut params = issuer_params();
        params.not_before = OffsetDateTime::from(now - SLACK);
        let not_after = now + CA_LIFE;
        params.not_after = OffsetDateTime::from(not_after);
        let certificate = params.self_signed(&key).map_err(AuthorityError::Make)?;
        Ok(Authority {
            certificate_pem: certificate.pem(),
            key,
            not_after,
        })
    }

    /// Takes a stored CA.
    ///
    /// # Errors
    /// When certificate or key cannot be read.
    pub fn from_pem(certificate: &str, key: &str) -> Result<Authority, AuthorityError> {
        let key = KeyPair::from_pem(key).map_err(AuthorityError::Key)?;
        let not_after = super::expiry::of_pem(certificate).ok_or(AuthorityError::Certificate)?;
        Ok(Authority {
            certificate_pem: certificate.to_owned(),
            key,
            not_after,
        })
    }

    /// The certificate, to be trusted by clients.
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// The key, for the Secret it is kept in.
    #[must_use]
    pub fn key_pem(&self) -> secrecy::SecretString {
        self.key.serialize_pem().into()
    }

    /// The end of its validity.
    #[must_use]
    pub fn not_after(&self) -> SystemTime {
        self.not_after
    }

    /// Signs a leaf for these names and addresses, valid from now, and never longer than the CA.
    ///
    /// # Errors
    /// A name that cannot stand in a certificate.
    pub fn issue(&self, hosts: &[String], now: SystemTime) -> Result<Leaf, AuthorityError> {
        let key = KeyPair::generate().map_err(AuthorityError::Make)?;
        let mut params = CertificateParams::new(hosts.to_vec()).map_err(AuthorityError::Make)?;
        let mut name = DistinguishedName::new();
        name.push(DnType::CommonName, "Coffret Injector");
        params.distinguished_name = name;
        params.not_before = OffsetDateTime::from(now - SLACK);
        let not_after = (now + LEAF_LIFE).min(self.not_after);
        params.not_after = OffsetDateTime::from(not_after);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let ca = issuer_params();
        let issuer = Issuer::from_params(&ca, &self.key);
        let certificate = params.signed_by(&key, &issuer).map_err(AuthorityError::Make)?;
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        Ok(Leaf {
            chain: vec![certificate.into()],
            key: private,
            not_after,
        })
    }
}

/// What is the same in every CA of ours; only keys and dates differ.
fn issuer_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, "Coffret Injector CA");
    params.distinguished_name = name;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![
        KeyUsagePurpose::KeyCertSign,
        KeyUsagePurpose::CrlSign,
        KeyUsagePurpose::DigitalSignature,
    ];
    params
}
