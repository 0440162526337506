//! Private keys of all asymmetric kinds: made, written and read as PEM, used for signatures. Transit and PKI share them.

use p256::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, EncodePublicKey as _, LineEnding};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use rsa::pkcs1::{DecodeRsaPrivateKey as _, EncodeRsaPrivateKey as _};
use rsa::rand_core::OsRng;
use rsa::{RsaPrivateKey, RsaPublicKey};

/// Kinds of asymmetric keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// RSA with a modulus of this many bits.
    Rsa(usize),
    P256,
    P384,
    P521,
    Ed25519,
}

/// A private key.
#[derive(Clone)]
pub(crate) enum PrivateKey {
    Rsa(Box<RsaPrivateKey>),
    P256(p256::SecretKey),
    P384(p384::SecretKey),
    P521(p521::SecretKey),
    /// The seed.
    Ed25519([u8; 32]),
}

/// Why a key cannot be made, read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeyError {
    /// No random numbers, or a size that cannot be.
    #[error("generating a key")]
    Generate,
    /// The text or the bytes are no private key of a known kind.
    #[error("reading a private key")]
    Read,
    /// The key has no such form.
    #[error("writing a key")]
    Write,
}

/// PKCS#8 of an Ed25519 seed, up to the seed (RFC 8410).
const ED25519_PKCS8: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
/// Public key information of Ed25519, up to the key (RFC 8410).
const ED25519_SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];

impl PrivateKey {
    /// A new random key.
    pub(crate) fn generate(kind: Kind) -> Result<Self, KeyError> {
        Ok(match kind {
            Kind::Rsa(bits) => Self::Rsa(Box::new(
                RsaPrivateKey::new(&mut OsRng, bits).map_err(|_| KeyError::Generate)?,
            )),
            Kind::P256 => Self::P256(p256::SecretKey::random(&mut OsRng)),
            Kind::P384 => Self::P384(p384::SecretKey::random(&mut OsRng)),
            Kind::P521 => Self::P521(p521::SecretKey::random(&mut OsRng)),
            Kind::Ed25519 => Self::Ed25519(crate::random::bytes()),
        })
    }

    /// What kind of key this is.
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Rsa(key) => Kind::Rsa(rsa::traits::PublicKeyParts::size(key.as_ref()) * 8),
            Self::P256(_) => Kind::P256,
            Self::P384(_) => Kind::P384,
            Self::P521(_) => Kind::P521,
            Self::Ed25519(_) => Kind::Ed25519,
        }
    }

    /// The key as PKCS#8.
    pub(crate) fn pkcs8_der(&self) -> Result<Vec<u8>, KeyError> {
        let document = match self {
            Self::Rsa(key) => key.to_pkcs8_der().ok(),
            Self::P256(key) => key.to_pkcs8_der().ok(),
            Self::P384(key) => key.to_pkcs8_der().ok(),
            Self::P521(key) => key.to_pkcs8_der().ok(),
            Self::Ed25519(seed) => return Ok([&ED25519_PKCS8[..], seed].concat()),
        };
        document
            .map(|document| document.as_bytes().to_vec())
            .ok_or(KeyError::Write)
    }

    /// The key as PKCS#8 in PEM.
    pub(crate) fn pkcs8_pem(&self) -> Result<String, KeyError> {
        Ok(pem("PRIVATE KEY", &self.pkcs8_der()?))
    }

    /// The key in the older form of its kind (PKCS#1, SEC1), in PEM; PKCS#8 where there is none.
    pub(crate) fn traditional_pem(&self) -> Result<String, KeyError> {
        let write = |der: Option<Vec<u8>>, label| der.map(|der| pem(label, &der)).ok_or(KeyError::Write);
        match self {
            Self::Rsa(key) => write(
                key.to_pkcs1_der().ok().map(|der| der.as_bytes().to_vec()),
                "RSA PRIVATE KEY",
            ),
            Self::P256(key) => write(
                key.to_sec1_der().ok().and_then(|der| with_curve(&der, CURVE_P256)),
                "EC PRIVATE KEY",
            ),
            Self::P384(key) => write(
                key.to_sec1_der().ok().and_then(|der| with_curve(&der, CURVE_P384)),
                "EC PRIVATE KEY",
            ),
            Self::P521(key) => write(
                key.to_sec1_der().ok().and_then(|der| with_curve(&der, CURVE_P521)),
                "EC PRIVATE KEY",
            ),
            Self::Ed25519(_) => self.pkcs8_pem(),
        }
    }

    /// The key in the older form of its kind, without PEM.
    pub(crate) fn traditional_der(&self) -> Result<Vec<u8>, KeyError> {
        decode_pem(&self.traditional_pem()?)
            .map(|(_, der)| der)
            .ok_or(KeyError::Write)
    }

    /// The public key's information block.
    pub(crate) fn public_der(&self) -> Result<Vec<u8>, KeyError> {
        let document = match self {
            Self::Rsa(key) => RsaPublicKey::from(key.as_ref()).to_public_key_der().ok(),
            Self::P256(key) => key.public_key().to_public_key_der().ok(),
            Self::P384(key) => key.public_key().to_public_key_der().ok(),
            Self::P521(key) => key.public_key().to_public_key_der().ok(),
            Self::Ed25519(_) => return Ok([&ED25519_SPKI[..], &self.ed25519_public()].concat()),
        };
        document
            .map(|document| document.as_bytes().to_vec())
            .ok_or(KeyError::Write)
    }

    /// The public key in PEM.
    pub(crate) fn public_pem(&self) -> Result<String, KeyError> {
        Ok(pem("PUBLIC KEY", &self.public_der()?))
    }

    /// The bare public key of Ed25519; empty for other kinds.
    pub(crate) fn ed25519_public(&self) -> Vec<u8> {
        match self {
            Self::Ed25519(seed) => Ed25519KeyPair::from_seed_unchecked(seed)
                .map(|pair| pair.public_key().as_ref().to_vec())
                .unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    /// Reads a private key in PEM: PKCS#8, PKCS#1 or SEC1.
    pub(crate) fn from_pem(text: &str) -> Result<Self, KeyError> {
        let (label, der) = decode_pem(text).ok_or(KeyError::Read)?;
        match label.as_str() {
            "RSA PRIVATE KEY" => RsaPrivateKey::from_pkcs1_der(&der)
                .ok()
                .map(|key| Self::Rsa(Box::new(key))),
            "EC PRIVATE KEY" => Self::from_sec1(&der),
            "PRIVATE KEY" => Self::from_pkcs8(&der),
            _ => None,
        }
        .ok_or(KeyError::Read)
    }

    fn from_sec1(der: &[u8]) -> Option<Self> {
        let p256 = || p256::SecretKey::from_sec1_der(der).ok().map(Self::P256);
        let p384 = || p384::SecretKey::from_sec1_der(der).ok().map(Self::P384);
        let p521 = || p521::SecretKey::from_sec1_der(der).ok().map(Self::P521);
        p256().or_else(p384).or_else(p521)
    }

    fn from_pkcs8(der: &[u8]) -> Option<Self> {
        if let Some(seed) = der.strip_prefix(&ED25519_PKCS8[..]) {
            return seed.try_into().ok().map(Self::Ed25519);
        }
        let rsa = || {
            RsaPrivateKey::from_pkcs8_der(der)
                .ok()
                .map(|key| Self::Rsa(Box::new(key)))
        };
        let p256 = || p256::SecretKey::from_pkcs8_der(der).ok().map(Self::P256);
        let p384 = || p384::SecretKey::from_pkcs8_der(der).ok().map(Self::P384);
        let p521 = || p521::SecretKey::from_pkcs8_der(der).ok().map(Self::P521);
        rsa().or_else(p256).or_else(p384).or_else(p521)
    }
}

/// A PEM block.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    p256::pkcs8::der::pem::encode_string(label, LineEnding::LF, der).unwrap_or_default()
}

/// Label and content of the first PEM block of a text.
pub(crate) fn decode_pem(text: &str) -> Option<(String, Vec<u8>)> {
    let (block, _) = next_pem(text)?;
    Some(block)
}

/// Labels and contents of all PEM blocks of a text, in their order.
pub(crate) fn decode_all_pem(text: &str) -> Vec<(String, Vec<u8>)> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((block, after)) = next_pem(rest) {
        blocks.push(block);
        rest = after;
    }
    blocks
}

fn next_pem(text: &str) -> Option<((String, Vec<u8>), &str)> {
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let (body, rest) = rest.split_once(&format!("-----END {label}-----"))?;
    let compact: String = body.chars().filter(|letter| !letter.is_whitespace()).collect();
    let der = super::encoding::decode(&compact).ok()?;
    Some(((label.to_owned(), der), rest))
}

/// The curves' object identifiers, each as the `parameters` field of a SEC1 key.
const CURVE_P256: &[u8] = &[0xa0, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
const CURVE_P384: &[u8] = &[0xa0, 7, 6, 5, 0x2b, 0x81, 4, 0, 0x22];
const CURVE_P521: &[u8] = &[0xa0, 7, 6, 5, 0x2b, 0x81, 4, 0, 0x23];

/// A SEC1 key with its curve named: the library leaves that optional field out, and OpenSSL then refuses to read it.
fn with_curve(sec1: &[u8], curve: &[u8]) -> Option<Vec<u8>> {
    let length = *sec1.get(1)?;
    let header = if length < 0x80 {
        2
    } else {
        2 + usize::from(length & 0x7f)
    };
    let body = sec1.get(header..)?;
    // INTEGER 1 takes three bytes; then comes the private key, an OCTET STRING of less than 128 bytes.
    let (before, after) = body.split_at_checked(5 + usize::from(*body.get(4)?))?;
    let total = u8::try_from(body.len() + curve.len()).ok()?;
    let mut out = if total < 0x80 {
        vec![0x30, total]
    } else {
        vec![0x30, 0x81, total]
    };
    for part in [before, curve, after] {
        out.extend_from_slice(part);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_keys_name_their_curve() {
        for (kind, curve) in [
            (Kind::P256, CURVE_P256),
            (Kind::P384, CURVE_P384),
            (Kind::P521, CURVE_P521),
        ] {
            let der = PrivateKey::generate(kind).unwrap().traditional_der().unwrap();
            assert!(der.windows(curve.len()).any(|window| window == curve), "{kind:?}");
        }
    }

    #[test]
    fn every_kind_reads_back_what_it_writes() {
        for kind in [Kind::Rsa(2048), Kind::P256, Kind::P384, Kind::P521, Kind::Ed25519] {
            let key = PrivateKey::generate(kind).unwrap();
            for text in [key.pkcs8_pem().unwrap(), key.traditional_pem().unwrap()] {
                let read = PrivateKey::from_pem(&text).unwrap();
                assert_eq!(read.kind(), kind);
                assert_eq!(read.public_pem(), key.public_pem());
            }
        }
    }

    #[test]
    fn text_that_is_no_key_is_refused() {
        let block = pem("PRIVATE KEY", b"hello");
        for text in ["", "hello", "-----BEGIN X-----", &block] {
            assert!(PrivateKey::from_pem(text).is_err(), "{text}");
        }
    }
}
