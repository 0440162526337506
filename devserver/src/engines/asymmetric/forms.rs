//! The forms in which private keys are written and read: PKCS#8, and the older form of each kind.

use super::{KeyError, PrivateKey, each_kind, pem};
use p256::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _};
use rsa::RsaPrivateKey;
use rsa::pkcs1::{DecodeRsaPrivateKey as _, EncodeRsaPrivateKey as _};

/// PKCS#8 of an Ed25519 seed, up to the seed (RFC 8410).
const ED25519_PKCS8: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

/// The curves' object identifiers, each as the `parameters` field of a SEC1 key.
const CURVE_P224: &[u8] = &[0xa0, 7, 6, 5, 0x2b, 0x81, 4, 0, 0x21];
const CURVE_P256: &[u8] = &[0xa0, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
const CURVE_P384: &[u8] = &[0xa0, 7, 6, 5, 0x2b, 0x81, 4, 0, 0x22];
const CURVE_P521: &[u8] = &[0xa0, 7, 6, 5, 0x2b, 0x81, 4, 0, 0x23];

impl PrivateKey {
    /// The key as PKCS#8.
    pub(crate) fn pkcs8_der(&self) -> Result<Vec<u8>, KeyError> {
        macro_rules! write {
            ($curve:ident, $key:expr) => {
                $key.to_pkcs8_der().ok()
            };
        }
        let document = each_kind!(self, write,
            rsa: key => key.to_pkcs8_der().ok(),
            ed25519: seed => return Ok([&ED25519_PKCS8[..], seed].concat())
        );
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
        let (label, der) = self.traditional()?;
        Ok(pem(label, &der))
    }

    /// The key in the older form of its kind, without PEM.
    pub(crate) fn traditional_der(&self) -> Result<Vec<u8>, KeyError> {
        self.traditional().map(|(_, der)| der)
    }

    fn traditional(&self) -> Result<(&'static str, Vec<u8>), KeyError> {
        let sec1 = match self {
            Self::Rsa(key) => {
                let der = key.to_pkcs1_der().map_err(|_| KeyError::Write)?;
                return Ok(("RSA PRIVATE KEY", der.as_bytes().to_vec()));
            }
            Self::Ed25519(_) => return Ok(("PRIVATE KEY", self.pkcs8_der()?)),
            Self::P224(key) => key.to_sec1_der().ok().and_then(|der| with_curve(&der, CURVE_P224)),
            Self::P256(key) => key.to_sec1_der().ok().and_then(|der| with_curve(&der, CURVE_P256)),
            Self::P384(key) => key.to_sec1_der().ok().and_then(|der| with_curve(&der, CURVE_P384)),
            Self::P521(key) => key.to_sec1_der().ok().and_then(|der| with_curve(&der, CURVE_P521)),
        };
        sec1.map(|der| ("EC PRIVATE KEY", der)).ok_or(KeyError::Write)
    }

    /// Reads a private key in any of the forms, without PEM.
    pub(crate) fn from_any_der(der: &[u8]) -> Option<Self> {
        Self::from_pkcs8(der)
            .or_else(|| Self::from_pkcs1(der))
            .or_else(|| Self::from_sec1(der))
    }

    fn from_pkcs1(der: &[u8]) -> Option<Self> {
        let key = RsaPrivateKey::from_pkcs1_der(der).ok()?;
        Some(Self::Rsa(Box::new(key)))
    }

    fn from_sec1(der: &[u8]) -> Option<Self> {
        let p224 = || p224::SecretKey::from_sec1_der(der).ok().map(Self::P224);
        let p256 = || p256::SecretKey::from_sec1_der(der).ok().map(Self::P256);
        let p384 = || p384::SecretKey::from_sec1_der(der).ok().map(Self::P384);
        let p521 = || p521::SecretKey::from_sec1_der(der).ok().map(Self::P521);
        p256().or_else(p384).or_else(p521).or_else(p224)
    }

    /// Reads PKCS#8.
    pub(crate) fn from_pkcs8(der: &[u8]) -> Option<Self> {
        if let Some(seed) = der.strip_prefix(&ED25519_PKCS8[..]) {
            return seed.try_into().ok().map(Self::Ed25519);
        }
        let rsa = || {
            let key = RsaPrivateKey::from_pkcs8_der(der).ok()?;
            Some(Self::Rsa(Box::new(key)))
        };
        let p224 = || p224::SecretKey::from_pkcs8_der(der).ok().map(Self::P224);
        let p256 = || p256::SecretKey::from_pkcs8_der(der).ok().map(Self::P256);
        let p384 = || p384::SecretKey::from_pkcs8_der(der).ok().map(Self::P384);
        let p521 = || p521::SecretKey::from_pkcs8_der(der).ok().map(Self::P521);
        rsa().or_else(p256).or_else(p384).or_else(p521).or_else(p224)
    }
}

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
    use super::super::{Kind, decode_pem};
    use super::*;

    #[test]
    fn older_keys_name_their_curve() {
        for (kind, curve) in [
            (Kind::P224, CURVE_P224),
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
        for kind in Kind::ALL {
            let key = PrivateKey::generate(kind).unwrap();
            for text in [key.pkcs8_pem().unwrap(), key.traditional_pem().unwrap()] {
                let (_, der) = decode_pem(&text).unwrap();
                let read = PrivateKey::from_any_der(&der).unwrap();
                assert_eq!(read.kind(), kind);
                assert_eq!(read.public(), key.public());
            }
            let public = super::super::PublicKey::from_der(&key.public().der().unwrap());
            assert_eq!(public, Some(key.public()));
        }
    }

    #[test]
    fn bytes_that_are_no_key_are_refused() {
        for bytes in [&b""[..], b"hello", &[0x30, 0], &ED25519_PKCS8] {
            assert!(PrivateKey::from_any_der(bytes).is_none(), "{bytes:?}");
        }
    }
}
