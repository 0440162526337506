//! Signature algorithms: their names in the API, their identifiers, and what signs and verifies by them.

use super::{ObjectIdentifier, X509Error};
use crate::engines::asymmetric::{Kind, PrivateKey, PublicKey};
use crate::engines::digest::Algorithm as Digest;
use crate::engines::signature::{Marshaling, Padding, Scheme};
use x509_cert::der::Decode as _;
use x509_cert::der::asn1::{Any, BitString, Null};
use x509_cert::spki::AlgorithmIdentifierOwned;

/// Which keys sign by an algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Rsa(Padding),
    Ecdsa,
    Ed25519,
}

/// A signature algorithm.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SignatureAlgorithm {
    /// Name in the API.
    pub(crate) name: &'static str,
    /// Name as Go prints it, e.g. `ECDSA-SHA256`.
    pub(crate) go_name: &'static str,
    oid: ObjectIdentifier,
    family: Family,
    digest: Digest,
}

const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");

const fn row(
    name: &'static str,
    go_name: &'static str,
    oid: &'static str,
    family: Family,
    digest: Digest,
) -> SignatureAlgorithm {
    SignatureAlgorithm {
        name,
        go_name,
        oid: ObjectIdentifier::new_unwrap(oid),
        family,
        digest,
    }
}

/// Another name of Ed25519 in the API.
const PURE: &str = "PureEd25519";
const PKCS1: Family = Family::Rsa(Padding::Pkcs1v15);
const PSS: Family = Family::Rsa(Padding::Pss);

/// All algorithms, in the order in which the API lists them.
pub(crate) static ALL: [SignatureAlgorithm; 10] = [
    row(
        "SHA256WithRSA",
        "SHA256-RSA",
        "1.2.840.113549.1.1.11",
        PKCS1,
        Digest::Sha2_256,
    ),
    row(
        "SHA384WithRSA",
        "SHA384-RSA",
        "1.2.840.113549.1.1.12",
        PKCS1,
        Digest::Sha2_384,
    ),
    row(
        "SHA512WithRSA",
        "SHA512-RSA",
        "1.2.840.113549.1.1.13",
        PKCS1,
        Digest::Sha2_512,
    ),
    row(
        "ECDSAWithSHA256",
        "ECDSA-SHA256",
        "1.2.840.10045.4.3.2",
        Family::Ecdsa,
        Digest::Sha2_256,
    ),
    row(
        "ECDSAWithSHA384",
        "ECDSA-SHA384",
        "1.2.840.10045.4.3.3",
        Family::Ecdsa,
        Digest::Sha2_384,
    ),
    row(
        "ECDSAWithSHA512",
        "ECDSA-SHA512",
        "1.2.840.10045.4.3.4",
        Family::Ecdsa,
        Digest::Sha2_512,
    ),
    row(
        "SHA256WithRSAPSS",
        "SHA256-RSAPSS",
        "1.2.840.113549.1.1.10",
        PSS,
        Digest::Sha2_256,
    ),
    row(
        "SHA384WithRSAPSS",
        "SHA384-RSAPSS",
        "1.2.840.113549.1.1.10",
        PSS,
        Digest::Sha2_384,
    ),
    row(
        "SHA512WithRSAPSS",
        "SHA512-RSAPSS",
        "1.2.840.113549.1.1.10",
        PSS,
        Digest::Sha2_512,
    ),
    row("Ed25519", "Ed25519", "1.3.101.112", Family::Ed25519, Digest::Sha2_512),
];

impl SignatureAlgorithm {
    /// The algorithm of this name, whatever the case of its letters.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        let name = if name.eq_ignore_ascii_case(PURE) {
            "Ed25519"
        } else {
            name
        };
        ALL.iter().find(|known| known.name.eq_ignore_ascii_case(name))
    }

    /// The names of all, for messages.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        ALL.iter().map(|known| known.name).chain([PURE])
    }

    /// What a key of this kind signs by where nothing else is asked: the digest that suits its size.
    pub(crate) fn default_for(kind: Kind) -> &'static Self {
        match kind {
            Kind::Rsa(_) => &ALL[0],
            Kind::P224 | Kind::P256 => &ALL[3],
            Kind::P384 => &ALL[4],
            Kind::P521 => &ALL[5],
            Kind::Ed25519 => &ALL[9],
        }
    }

    /// RSA with a digest of so many bits; `None` for sizes without one.
    pub(crate) fn rsa(bits: i64, pss: bool) -> Option<&'static Self> {
        let index = match bits {
            256 => 0,
            384 => 1,
            512 => 2,
            _ => return None,
        };
        Some(&ALL[if pss { index + 6 } else { index }])
    }

    /// ECDSA with a digest of so many bits; `None` for sizes without one.
    pub(crate) fn ecdsa(bits: i64) -> Option<&'static Self> {
        match bits {
            256 => Some(&ALL[3]),
            384 => Some(&ALL[4]),
            512 => Some(&ALL[5]),
            _ => None,
        }
    }

    /// Whether keys of this kind sign by it.
    pub(crate) fn suits(&self, kind: Kind) -> bool {
        match self.family {
            Family::Rsa(_) => matches!(kind, Kind::Rsa(_)),
            Family::Ed25519 => kind == Kind::Ed25519,
            Family::Ecdsa => matches!(kind, Kind::P224 | Kind::P256 | Kind::P384 | Kind::P521),
        }
    }

    /// The same with the older padding, where this has the newer one.
    pub(crate) fn without_pss(&'static self) -> &'static Self {
        let same = |known: &&Self| known.family == PKCS1 && known.digest == self.digest;
        match self.family {
            PSS => ALL.iter().find(same).unwrap_or(self),
            _ => self,
        }
    }

    fn scheme(&self) -> Scheme {
        Scheme {
            hash: self.digest,
            prehashed: false,
            padding: match self.family {
                Family::Rsa(padding) => padding,
                _ => Padding::Pkcs1v15,
            },
            marshaling: Marshaling::Asn1,
            salt_length: None,
        }
    }

    /// The identifier with its parameters.
    pub(crate) fn identifier(&self) -> Result<AlgorithmIdentifierOwned, X509Error> {
        let parameters = match self.family {
            PKCS1 => Some(Null.into()),
            PSS => Some(self.pss_parameters().ok_or(X509Error::Sign(self.name))?),
            _ => None,
        };
        Ok(AlgorithmIdentifierOwned {
            oid: self.oid,
            parameters,
        })
    }

    /// Digest, mask and length of the salt (RFC 4055 §3.1).
    fn pss_parameters(&self) -> Option<Any> {
        let (digest, salt) = match self.digest {
            Digest::Sha2_256 => (1, 32),
            Digest::Sha2_384 => (2, 48),
            _ => (3, 64),
        };
        let hash = [0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, digest, 5, 0];
        let mask = [0x30, 26, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 8];
        let parts: [&[u8]; 7] = [
            &[0x30, 52, 0xa0, 15],
            &hash,
            &[0xa1, 28],
            &mask,
            &hash,
            &[0xa2, 3, 2, 1],
            &[salt],
        ];
        Any::from_der(&parts.concat()).ok()
    }

    /// The algorithm that an identifier means.
    pub(super) fn of(identifier: &AlgorithmIdentifierOwned) -> Option<&'static Self> {
        let same = |known: &&Self| {
            known.oid == identifier.oid
                && (known.oid != RSA_PSS || known.pss_parameters().as_ref() == identifier.parameters.as_ref())
        };
        ALL.iter().find(same)
    }

    /// Signs the DER of what is to be signed.
    pub(crate) fn sign(&self, key: &PrivateKey, content: &[u8]) -> Result<BitString, X509Error> {
        let failed = X509Error::Sign(self.name);
        if !self.suits(key.kind()) {
            return Err(failed);
        }
        let signature = self.scheme().sign(key, content).ok_or(failed.clone())?;
        BitString::from_bytes(&signature).map_err(|_| failed)
    }

    /// Whether a signature of this content is the key's.
    pub(super) fn verifies(&self, key: &PublicKey, content: &[u8], signature: &BitString) -> bool {
        let Some(bytes) = signature.as_bytes().filter(|_| self.suits(key.kind())) else {
            return false;
        };
        self.scheme().verify(key, content, bytes) == Some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use x509_cert::der::Encode as _;

    #[test]
    fn every_identifier_is_read_back_as_itself() {
        for known in &ALL {
            let read = AlgorithmIdentifierOwned::from_der(&known.identifier().unwrap().to_der().unwrap()).unwrap();
            assert_eq!(SignatureAlgorithm::of(&read), Some(known), "{}", known.name);
        }
    }
}
