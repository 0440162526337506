//! Deciding whether a server's certificate is accepted.
//!
//! rustls refuses a certificate that is marked as an authority and used as the server's own, although Go accepts
//! it. Many hand-made Vault certificates are like this. Where such a certificate is, byte for byte, one of those
//! the user told us to trust, it is accepted as Go would: name and validity still have to fit.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::der;
use crate::SettingsError;

/// Accepts what chains to one of `authorities`; `name` is verified instead of the host if it is given.
pub(super) fn trusting(
    authorities: Vec<CertificateDer<'static>>,
    name: Option<ServerName<'static>>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, SettingsError> {
    let roots = roots(&authorities);
    if roots.is_empty() {
        // Without any usable authority every certificate is refused; plain HTTP works all the same.
        return Ok(Arc::new(Nobody {
            provider: Arc::clone(provider),
        }));
    }
    let chain = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .build()
        .map_err(|error| SettingsError::Client(error.to_string()))?;
    Ok(Arc::new(Trusting {
        chain,
        authorities,
        name,
    }))
}

/// The authorities given; without any, Mozilla's list, which is compiled in for images that hold no files.
fn roots(authorities: &[CertificateDer<'static>]) -> RootCertStore {
    if authorities.is_empty() {
        return RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(authorities.iter().cloned());
    roots
}

/// Accepts any certificate.
pub(super) fn accepting_anything(provider: &Arc<CryptoProvider>) -> Arc<dyn ServerCertVerifier> {
    Arc::new(Anybody {
        provider: Arc::clone(provider),
    })
}

#[derive(Debug)]
struct Trusting {
    chain: Arc<WebPkiServerVerifier>,
    authorities: Vec<CertificateDer<'static>>,
    name: Option<ServerName<'static>>,
}

impl ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let name = self.name.as_ref().unwrap_or(server_name);
        let verified = self
            .chain
            .verify_server_cert(end_entity, intermediates, name, ocsp_response, now);
        match verified {
            Err(error) if is_authority(&error) && self.authorities.iter().any(|known| known == end_entity) => {
                verify_known(end_entity, name, now)
            }
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
}

/// Whether the only complaint is that the server's certificate is marked as an authority.
fn is_authority(error: &Error) -> bool {
    match error {
        Error::InvalidCertificate(CertificateError::Other(other)) => other.0.to_string().contains("CaUsedAsEndEntity"),
        _ => false,
    }
}

/// Verifies a certificate that the user named: only name and validity are left to check.
fn verify_known(
    certificate: &CertificateDer<'_>,
    name: &ServerName<'_>,
    now: UnixTime,
) -> Result<ServerCertVerified, Error> {
    rustls::client::verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
    let Some((first, last)) = der::validity(certificate) else {
        return Err(Error::InvalidCertificate(CertificateError::BadEncoding));
    };
    if now < first {
        return Err(Error::InvalidCertificate(CertificateError::NotValidYet));
    }
    if now > last {
        return Err(Error::InvalidCertificate(CertificateError::Expired));
    }
    Ok(ServerCertVerified::assertion())
}

/// Where there is no authority to trust.
#[derive(Debug)]
struct Nobody {
    provider: Arc<CryptoProvider>,
}

/// Where the user gave up verification.
#[derive(Debug)]
struct Anybody {
    provider: Arc<CryptoProvider>,
}

/// Implements a verifier whose only own decision is about the certificate.
macro_rules! signatures_by_provider {
    ($verifier:ty, $decision:expr) => {
        impl ServerCertVerifier for $verifier {
            fn verify_server_cert(
                &self,
                _end_entity: &CertificateDer<'_>,
                _intermediates: &[CertificateDer<'_>],
                _server_name: &ServerName<'_>,
                _ocsp_response: &[u8],
                _now: UnixTime,
            ) -> Result<ServerCertVerified, Error> {
                $decision
            }

            fn verify_tls12_signature(
                &self,
                message: &[u8],
                certificate: &CertificateDer<'_>,
                signature: &DigitallySignedStruct,
            ) -> Result<HandshakeSignatureValid, Error> {
                let algorithms = &self.provider.signature_verification_algorithms;
                verify_tls12_signature(message, certificate, signature, algorithms)
            }

            fn verify_tls13_signature(
                &self,
                message: &[u8],
                certificate: &CertificateDer<'_>,
                signature: &DigitallySignedStruct,
            ) -> Result<HandshakeSignatureValid, Error> {
                let algorithms = &self.provider.signature_verification_algorithms;
                verify_tls13_signature(message, certificate, signature, algorithms)
            }

            fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
                self.provider
                    .signature_verification_algorithms
                    .supported_schemes()
            }
        }
    };
}

signatures_by_provider!(Nobody, Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)));
signatures_by_provider!(Anybody, Ok(ServerCertVerified::assertion()));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_authorities_the_public_ones_are_trusted() {
        let subjects: Vec<_> = roots(&[]).subjects();
        let named = |name: &str| {
            subjects
                .iter()
                .any(|subject| subject.as_ref().windows(name.len()).any(|part| part == name.as_bytes()))
        };
        assert!(named("ISRG Root X1"), "what Let's Encrypt signs with");
        assert!(subjects.len() > 50, "{}", subjects.len());
    }

    #[test]
    fn an_unreadable_authority_does_not_fall_back_to_the_public_ones() {
        assert!(roots(&[CertificateDer::from(vec![0; 8])]).is_empty());
    }
}
