//! Certificates and keys in the forms in which they are given out.

use crate::engine::Call;
use crate::engines::asymmetric::{KeyError, PrivateKey, pem};
use crate::engines::encoding;
use crate::engines::x509::Certificate;
use crate::json::{Object, Value};
use crate::logical::Error;
use crate::object;

/// Forms in which certificates and keys are given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Pem,
    Der,
    PemBundle,
}

/// The form asked for.
pub(super) fn format(call: &Call<'_>) -> Result<Format, Error> {
    match call.string("format").as_str() {
        "pem" => Ok(Format::Pem),
        "der" => Ok(Format::Der),
        "pem_bundle" => Ok(Format::PemBundle),
        _ => Err(Error::response(
            "the \"format\" path parameter must be \"pem\", \"der\", or \"pem_bundle\"",
        )),
    }
}

/// PEM without the end of its last line.
pub(super) fn trimmed(label: &str, der: &[u8]) -> String {
    pem(label, der).trim_end().to_owned()
}

impl Format {
    /// A certificate in this form, by itself.
    pub(super) fn single(self, certificate: &Certificate) -> String {
        match self {
            Self::Der => encoding::encode(&certificate.der),
            _ => trimmed("CERTIFICATE", &certificate.der),
        }
    }

    /// A certificate with what a bundle holds before and after it.
    pub(super) fn bundled(self, certificate: &Certificate, key: Option<&str>, chain: &[&Certificate]) -> String {
        if self != Self::PemBundle {
            return self.single(certificate);
        }
        let mut parts: Vec<String> = key.map(str::to_owned).into_iter().collect();
        parts.push(self.single(certificate));
        // A certificate that signed itself is in no bundle twice.
        let rest = chain.iter().filter(|one| one.der != certificate.der);
        parts.extend(rest.map(|one| self.single(one)));
        parts.join("\n")
    }

    /// A chain, each certificate by itself.
    pub(super) fn listed(self, chain: &[&Certificate]) -> Value {
        Value::from(chain.iter().map(|one| self.single(one)).collect::<Vec<_>>())
    }
}

/// The members of every given-out certificate: itself, its end and number, the one that signed it.
pub(super) fn members(format: Format, made: &Certificate, issuer: &Certificate) -> Object {
    object! {
        "certificate" => format.single(made),
        "expiration" => made.not_after(),
        "issuing_ca" => format.single(issuer),
        "serial_number" => made.serial(),
    }
}

/// Whether a certificate of a chain is no root: its key is not its authority's.
pub(super) fn is_no_root(certificate: &Certificate) -> bool {
    match certificate.authority_key() {
        id if id.is_empty() => !certificate.is_signed_by(certificate),
        id => id != certificate.subject_key(),
    }
}

/// A private key in the forms asked for: PEM or DER, PKCS#8 or the older form.
pub(super) fn private_key(key: &PrivateKey, call: &Call<'_>) -> Result<String, Error> {
    let failed = |error: KeyError| Error::internal(error.to_string());
    let pkcs8 = call.string("private_key_format") == "pkcs8";
    if format(call)? == Format::Der {
        let der = if pkcs8 { key.pkcs8_der() } else { key.traditional_der() };
        return der.map(encoding::encode).map_err(failed);
    }
    let text = if pkcs8 { key.pkcs8_pem() } else { key.traditional_pem() };
    text.map(|text| text.trim_end().to_owned()).map_err(failed)
}

/// Adds a private key to an answer; gives it as bundles hold it, which is always the older form.
pub(super) fn add_key(data: &mut Object, key: &PrivateKey, call: &Call<'_>) -> Result<String, Error> {
    let shown = private_key(key, call)?;
    data.insert("private_key".to_owned(), Value::from(shown));
    data.insert("private_key_type".to_owned(), Value::from(key.kind().name()));
    let bundled = key
        .traditional_pem()
        .map_err(|error| Error::internal(error.to_string()))?;
    Ok(bundled.trim_end().to_owned())
}
