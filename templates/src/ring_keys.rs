//! Key arithmetic by ring, for callers that have nothing else to do it with.

use ring::error::{KeyRejected, Unspecified};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use zeroize::Zeroizing;

use crate::keys::{KeyKind, Keys};
use crate::x509::private_key::{Kind, PrivateKey};

/// Keys made and used by ring, with the system's randomness. It signs with RSA keys but makes none.
#[derive(Debug, Default)]
pub struct RingKeys(());

enum Pair {
    Rsa(RsaKeyPair),
    Curve(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Keys for RingKeys {
    fn generate(&mut self, kind: KeyKind) -> Result<Zeroizing<Vec<u8>>, String> {
        let random = SystemRandom::new();
        let document = match kind {
            KeyKind::Rsa(_) => {
                return Err("RSA keys cannot be made here: give one (sprig_gen…WithKey), \
                            or make an ecdsa or ed25519 key"
                    .to_owned());
            }
            KeyKind::P256 => EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random),
            KeyKind::Ed25519 => Ed25519KeyPair::generate_pkcs8(&random),
        };
        let document = document.map_err(no_randomness)?;
        Ok(Zeroizing::new(document.as_ref().to_vec()))
    }

    fn public_key(&mut self, private: &[u8]) -> Result<Vec<u8>, String> {
        Ok(match pair(private)? {
            Pair::Rsa(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Curve(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.public_key().as_ref().to_vec(),
        })
    }

    fn sign(&mut self, private: &[u8], message: &[u8]) -> Result<Vec<u8>, String> {
        let random = SystemRandom::new();
        match pair(private)? {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .map_err(no_randomness)?;
                Ok(signature)
            }
            Pair::Curve(pair) => Ok(pair.sign(&random, message).map_err(no_randomness)?.as_ref().to_vec()),
            Pair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }
}

fn no_randomness(_: Unspecified) -> String {
    "the system gives no randomness".to_owned()
}

fn pair(private: &[u8]) -> Result<Pair, String> {
    let rejected = |error: KeyRejected| format!("the private key cannot be used: {error}");
    let curve = |algorithm: &'static EcdsaSigningAlgorithm| {
        EcdsaKeyPair::from_pkcs8(algorithm, private, &SystemRandom::new()).map(Pair::Curve)
    };
    let pair = match PrivateKey::from_pkcs8(private)?.kind {
        Kind::Rsa => RsaKeyPair::from_pkcs8(private).map(Pair::Rsa),
        Kind::P256 => curve(&ECDSA_P256_SHA256_ASN1_SIGNING),
        Kind::P384 => curve(&ECDSA_P384_SHA384_ASN1_SIGNING),
        Kind::Ed25519 => Ed25519KeyPair::from_pkcs8_maybe_unchecked(private).map(Pair::Ed25519),
        Kind::Dsa => return Err("DSA keys are not used here".to_owned()),
    };
    pair.map_err(rejected)
}
