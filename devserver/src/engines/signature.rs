//! Signatures by private keys: RSA in both paddings, ECDSA in both encodings, Ed25519.

use crate::engines::asymmetric::{PrivateKey, PublicKey};
use crate::engines::digest::{Algorithm, with_digest};
use crate::engines::encoding;
use p256::ecdsa::signature::hazmat::{PrehashSigner as _, PrehashVerifier as _};
use ring::signature::{ED25519, Ed25519KeyPair, UnparsedPublicKey};
use rsa::rand_core::OsRng;
use rsa::{Pkcs1v15Sign, Pss};

/// How ECDSA signatures are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marshaling {
    Asn1,
    Jws,
}

/// Padding of RSA signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Padding {
    Pss,
    Pkcs1v15,
}

/// How to sign.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scheme {
    pub(crate) hash: Algorithm,
    pub(crate) prehashed: bool,
    pub(crate) padding: Padding,
    pub(crate) marshaling: Marshaling,
    /// Length of the salt of RSA-PSS; `None` for the digest's.
    pub(crate) salt_length: Option<usize>,
}

impl Marshaling {
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "asn1" => Some(Self::Asn1),
            "jws" => Some(Self::Jws),
            _ => None,
        }
    }

    pub(crate) fn encode(self, signature: &[u8]) -> String {
        match self {
            Self::Asn1 => encoding::encode(signature),
            Self::Jws => encoding::encode_url(signature),
        }
    }

    pub(crate) fn decode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Asn1 => encoding::decode(text).ok(),
            Self::Jws => encoding::decode_url(text),
        }
    }
}

/// The other RSA padding of RFC 8017 and its numbers, by digest.
fn pkcs1v15(hash: Algorithm) -> Pkcs1v15Sign {
    macro_rules! scheme {
        ($kind:ty) => {
            Pkcs1v15Sign::new::<$kind>()
        };
    }
    with_digest!(hash, scheme, Pkcs1v15Sign::new_unprefixed())
}

fn pss(hash: Algorithm, salt_length: Option<usize>) -> Pss {
    macro_rules! scheme {
        ($kind:ty) => {
            match salt_length {
                Some(length) => Pss::new_with_salt::<$kind>(length),
                None => Pss::new::<$kind>(),
            }
        };
    }
    with_digest!(hash, scheme, Pss::new::<sha2::Sha256>())
}

impl Scheme {
    fn digest(&self, input: &[u8]) -> Vec<u8> {
        if self.prehashed {
            input.to_vec()
        } else {
            self.hash.digest(input)
        }
    }

    /// Signs; `None` where the key cannot sign this input.
    pub(crate) fn sign(&self, key: &PrivateKey, input: &[u8]) -> Option<Vec<u8>> {
        let digest = self.digest(input);
        macro_rules! ecdsa {
            ($curve:ident, $key:expr, $width:expr) => {{
                let key = $curve::ecdsa::SigningKey::from_slice(&$key.to_bytes()).ok()?;
                let signature: $curve::ecdsa::Signature = key.sign_prehash(&widen(&digest, $width)).ok()?;
                match self.marshaling {
                    Marshaling::Asn1 => Some(signature.to_der().as_bytes().to_vec()),
                    Marshaling::Jws => Some(signature.to_bytes().to_vec()),
                }
            }};
        }
        match key {
            PrivateKey::Rsa(key) => match self.padding {
                Padding::Pss => key
                    .sign_with_rng(&mut OsRng, pss(self.hash, self.salt_length), &digest)
                    .ok(),
                Padding::Pkcs1v15 => key.sign(pkcs1v15(self.hash), &digest).ok(),
            },
            PrivateKey::P224(key) => ecdsa!(p224, key, 28),
            PrivateKey::P256(key) => ecdsa!(p256, key, 32),
            PrivateKey::P384(key) => ecdsa!(p384, key, 48),
            PrivateKey::P521(key) => ecdsa!(p521, key, 66),
            PrivateKey::Ed25519(seed) => Some(
                Ed25519KeyPair::from_seed_unchecked(seed)
                    .ok()?
                    .sign(input)
                    .as_ref()
                    .to_vec(),
            ),
        }
    }

    /// Whether the signature is the key's for this input; `None` where it is no signature at all.
    pub(crate) fn verify(&self, key: &PublicKey, input: &[u8], signature: &[u8]) -> Option<bool> {
        let digest = self.digest(input);
        macro_rules! ecdsa {
            ($curve:ident, $key:expr, $width:expr) => {{
                let signature = match self.marshaling {
                    Marshaling::Asn1 => $curve::ecdsa::Signature::from_der(signature).ok()?,
                    Marshaling::Jws => $curve::ecdsa::Signature::from_slice(signature).ok()?,
                };
                let public = $curve::ecdsa::VerifyingKey::from_affine(*$key.as_affine()).ok()?;
                Some(public.verify_prehash(&widen(&digest, $width), &signature).is_ok())
            }};
        }
        match key {
            PublicKey::Rsa(key) => Some(match self.padding {
                Padding::Pss => key.verify(pss(self.hash, self.salt_length), &digest, signature).is_ok(),
                Padding::Pkcs1v15 => key.verify(pkcs1v15(self.hash), &digest, signature).is_ok(),
            }),
            PublicKey::P224(key) => ecdsa!(p224, key, 28),
            PublicKey::P256(key) => ecdsa!(p256, key, 32),
            PublicKey::P384(key) => ecdsa!(p384, key, 48),
            PublicKey::P521(key) => ecdsa!(p521, key, 66),
            PublicKey::Ed25519(point) => {
                let key = UnparsedPublicKey::new(&ED25519, point);
                Some(key.verify(input, signature).is_ok())
            }
        }
    }
}

/// A digest shorter than the curve's field stands for the same number with zeros before it; the curve crates refuse
/// digests below half the field.
fn widen(digest: &[u8], width: usize) -> Vec<u8> {
    let mut wide = vec![0; width.saturating_sub(digest.len())];
    wide.extend_from_slice(digest);
    wide
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engines::asymmetric::Kind;

    #[test]
    fn every_kind_verifies_its_own_signatures_only() {
        for kind in Kind::ALL {
            let key = PrivateKey::generate(kind).unwrap();
            for hash in ["sha2-224", "sha2-256", "sha2-512", "sha3-384"] {
                for (padding, marshaling) in [(Padding::Pss, Marshaling::Asn1), (Padding::Pkcs1v15, Marshaling::Jws)] {
                    let hash = Algorithm::named(hash).unwrap();
                    let scheme = Scheme {
                        hash,
                        prehashed: false,
                        padding,
                        marshaling,
                        salt_length: None,
                    };
                    let signature = scheme.sign(&key, b"hello").unwrap();
                    assert_eq!(
                        scheme.verify(&key.public(), b"hello", &signature),
                        Some(true),
                        "{kind:?} {scheme:?}"
                    );
                    assert_eq!(
                        scheme.verify(&key.public(), b"other", &signature),
                        Some(false),
                        "{kind:?} {scheme:?}"
                    );
                }
            }
        }
    }
}
