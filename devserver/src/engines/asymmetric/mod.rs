//! Keys of all asymmetric kinds: made, written and read, and what can be done with their public halves. Transit and PKI
//! share them.

mod forms;
mod pem;
mod public;

pub(crate) use pem::{decode_all_pem, decode_pem, pem};
pub(crate) use public::PublicKey;

use ring::signature::{Ed25519KeyPair, KeyPair as _};
use rsa::RsaPrivateKey;
use rsa::rand_core::OsRng;

/// Kinds of asymmetric keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// RSA with a modulus of this many bits.
    Rsa(usize),
    P224,
    P256,
    P384,
    P521,
    Ed25519,
}

/// A private key.
#[derive(Clone)]
pub(crate) enum PrivateKey {
    Rsa(Box<RsaPrivateKey>),
    P224(p224::SecretKey),
    P256(p256::SecretKey),
    P384(p384::SecretKey),
    P521(p521::SecretKey),
    /// The seed.
    Ed25519([u8; 32]),
}

/// Why a key cannot be made or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeyError {
    /// No random numbers, or a size that cannot be.
    #[error("generating a key")]
    Generate,
    /// The key has no such form.
    #[error("writing a key")]
    Write,
}

/// Does the same for the key of each curve: `$run!(crate, key)`.
macro_rules! each_kind {
    ($key:expr, $run:ident, rsa: $rsa:ident => $for_rsa:expr, ed25519: $seed:ident => $for_seed:expr) => {
        match $key {
            Self::Rsa($rsa) => $for_rsa,
            Self::P224(key) => $run!(p224, key),
            Self::P256(key) => $run!(p256, key),
            Self::P384(key) => $run!(p384, key),
            Self::P521(key) => $run!(p521, key),
            Self::Ed25519($seed) => $for_seed,
        }
    };
}
use each_kind;

impl Kind {
    /// One of each kind.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 6] = [
        Self::Rsa(2048),
        Self::P224,
        Self::P256,
        Self::P384,
        Self::P521,
        Self::Ed25519,
    ];

    /// The type's name in the API of PKI.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rsa(_) => "rsa",
            Self::Ed25519 => "ed25519",
            _ => "ec",
        }
    }

    /// Size in bits: of the modulus, of the curve's field.
    pub(crate) fn bits(self) -> usize {
        match self {
            Self::Rsa(bits) => bits,
            Self::P224 => 224,
            Self::P256 | Self::Ed25519 => 256,
            Self::P384 => 384,
            Self::P521 => 521,
        }
    }
}

impl PrivateKey {
    /// A new random key.
    pub(crate) fn generate(kind: Kind) -> Result<Self, KeyError> {
        Ok(match kind {
            Kind::Rsa(bits) => Self::Rsa(Box::new(
                RsaPrivateKey::new(&mut OsRng, bits).map_err(|_| KeyError::Generate)?,
            )),
            Kind::P224 => Self::P224(p224::SecretKey::random(&mut OsRng)),
            Kind::P256 => Self::P256(p256::SecretKey::random(&mut OsRng)),
            Kind::P384 => Self::P384(p384::SecretKey::random(&mut OsRng)),
            Kind::P521 => Self::P521(p521::SecretKey::random(&mut OsRng)),
            Kind::Ed25519 => Self::Ed25519(crate::random::bytes()),
        })
    }

    /// What kind of key this is.
    pub(crate) fn kind(&self) -> Kind {
        self.public().kind()
    }

    /// Its public half.
    pub(crate) fn public(&self) -> PublicKey {
        match self {
            Self::Rsa(key) => PublicKey::Rsa(Box::new(key.to_public_key())),
            Self::P224(key) => PublicKey::P224(key.public_key()),
            Self::P256(key) => PublicKey::P256(key.public_key()),
            Self::P384(key) => PublicKey::P384(key.public_key()),
            Self::P521(key) => PublicKey::P521(key.public_key()),
            Self::Ed25519(seed) => PublicKey::Ed25519(ed25519_public(seed)),
        }
    }

    /// The secret that this key and another's public key of the same kind agree on (Diffie-Hellman); `None` for other
    /// pairs, and for kinds that only sign.
    pub(crate) fn agree(&self, other: &PublicKey) -> Option<Vec<u8>> {
        macro_rules! shared {
            ($curve:ident, $key:expr, $public:expr) => {
                $curve::elliptic_curve::ecdh::diffie_hellman($key.to_nonzero_scalar(), $public.as_affine())
                    .raw_secret_bytes()
                    .to_vec()
            };
        }
        match (self, other) {
            (Self::P224(key), PublicKey::P224(public)) => Some(shared!(p224, key, public)),
            (Self::P256(key), PublicKey::P256(public)) => Some(shared!(p256, key, public)),
            (Self::P384(key), PublicKey::P384(public)) => Some(shared!(p384, key, public)),
            (Self::P521(key), PublicKey::P521(public)) => Some(shared!(p521, key, public)),
            _ => None,
        }
    }
}

/// The public half of an Ed25519 seed; zeros where there is none, which verifies nothing.
fn ed25519_public(seed: &[u8; 32]) -> [u8; 32] {
    let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok();
    pair.and_then(|pair| pair.public_key().as_ref().try_into().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_keys_of_a_curve_agree_and_others_do_not() {
        for kind in [Kind::P224, Kind::P256, Kind::P384, Kind::P521] {
            let (a, b) = (PrivateKey::generate(kind).unwrap(), PrivateKey::generate(kind).unwrap());
            assert_eq!(a.agree(&b.public()), b.agree(&a.public()));
            assert!(a.agree(&b.public()).is_some(), "{kind:?}");
        }
        let (p256, p384) = (PrivateKey::generate(Kind::P256), PrivateKey::generate(Kind::P384));
        assert_eq!(p256.unwrap().agree(&p384.unwrap().public()), None);
    }
}
