//! Public keys: read from and written as the information block that certificates hold.

use super::{KeyError, Kind, each_kind, pem};
use p256::pkcs8::{DecodePublicKey as _, EncodePublicKey as _};
use rsa::RsaPublicKey;
use rsa::traits::PublicKeyParts as _;

/// A public key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum PublicKey {
    Rsa(Box<RsaPublicKey>),
    P224(p224::PublicKey),
    P256(p256::PublicKey),
    P384(p384::PublicKey),
    P521(p521::PublicKey),
    /// The point.
    Ed25519([u8; 32]),
}

/// Public key information of Ed25519, up to the key (RFC 8410).
const ED25519_SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];

impl PublicKey {
    /// Reads an information block; `None` for kinds that are not known here.
    pub(crate) fn from_der(der: &[u8]) -> Option<Self> {
        if let Some(point) = der.strip_prefix(&ED25519_SPKI[..]) {
            return point.try_into().ok().map(Self::Ed25519);
        }
        let rsa = || {
            RsaPublicKey::from_public_key_der(der)
                .ok()
                .map(|key| Self::Rsa(Box::new(key)))
        };
        let p224 = || p224::PublicKey::from_public_key_der(der).ok().map(Self::P224);
        let p256 = || p256::PublicKey::from_public_key_der(der).ok().map(Self::P256);
        let p384 = || p384::PublicKey::from_public_key_der(der).ok().map(Self::P384);
        let p521 = || p521::PublicKey::from_public_key_der(der).ok().map(Self::P521);
        p256().or_else(rsa).or_else(p384).or_else(p521).or_else(p224)
    }

    /// The information block.
    pub(crate) fn der(&self) -> Result<Vec<u8>, KeyError> {
        macro_rules! write {
            ($curve:ident, $key:expr) => {
                $key.to_public_key_der().ok()
            };
        }
        let document = each_kind!(self, write,
            rsa: key => key.to_public_key_der().ok(),
            ed25519: point => return Ok([&ED25519_SPKI[..], point].concat())
        );
        document
            .map(|document| document.as_bytes().to_vec())
            .ok_or(KeyError::Write)
    }

    /// The information block in PEM.
    pub(crate) fn pem(&self) -> Result<String, KeyError> {
        Ok(pem("PUBLIC KEY", &self.der()?))
    }

    /// What kind of key this is.
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Rsa(key) => Kind::Rsa(key.n().bits()),
            Self::P224(_) => Kind::P224,
            Self::P256(_) => Kind::P256,
            Self::P384(_) => Kind::P384,
            Self::P521(_) => Kind::P521,
            Self::Ed25519(_) => Kind::Ed25519,
        }
    }
}
