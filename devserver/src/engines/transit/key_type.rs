//! The key types of transit, and what each can do.

use crate::engines::asymmetric;

/// What a key of this type is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A symmetric cipher with authentication.
    Cipher(Cipher),
    /// A private key.
    Asymmetric(asymmetric::Kind),
    /// Bytes for keyed digests only.
    Hmac,
}

/// Symmetric ciphers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cipher {
    Aes128Gcm,
    Aes256Gcm,
    ChaCha20Poly1305,
    XChaCha20Poly1305,
}

/// A row of the table of types.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct KeyType {
    /// Name in the API.
    pub(super) name: &'static str,
    /// Name among the versions of a key.
    pub(super) version_name: &'static str,
    pub(super) shape: Shape,
    pub(super) encrypts: bool,
    pub(super) signs: bool,
    pub(super) derives: bool,
}

const fn cipher(name: &'static str, cipher: Cipher) -> KeyType {
    KeyType {
        name,
        version_name: name,
        shape: Shape::Cipher(cipher),
        encrypts: true,
        signs: false,
        derives: true,
    }
}

const fn signing(name: &'static str, version_name: &'static str, kind: asymmetric::Kind) -> KeyType {
    KeyType {
        name,
        version_name,
        shape: Shape::Asymmetric(kind),
        encrypts: false,
        signs: true,
        derives: false,
    }
}

const fn rsa(name: &'static str, bits: usize) -> KeyType {
    KeyType {
        encrypts: true,
        ..signing(name, name, asymmetric::Kind::Rsa(bits))
    }
}

/// All types.
pub(super) static KEY_TYPES: [KeyType; 12] = [
    cipher("aes128-gcm96", Cipher::Aes128Gcm),
    cipher("aes256-gcm96", Cipher::Aes256Gcm),
    cipher("chacha20-poly1305", Cipher::ChaCha20Poly1305),
    cipher("xchacha20-poly1305", Cipher::XChaCha20Poly1305),
    signing("ecdsa-p256", "P-256", asymmetric::Kind::P256),
    signing("ecdsa-p384", "P-384", asymmetric::Kind::P384),
    signing("ecdsa-p521", "P-521", asymmetric::Kind::P521),
    KeyType {
        derives: true,
        ..signing("ed25519", "ed25519", asymmetric::Kind::Ed25519)
    },
    rsa("rsa-2048", 2048),
    rsa("rsa-3072", 3072),
    rsa("rsa-4096", 4096),
    KeyType {
        name: "hmac",
        version_name: "hmac",
        shape: Shape::Hmac,
        encrypts: false,
        signs: false,
        derives: false,
    },
];

impl KeyType {
    /// The type of this name.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        KEY_TYPES.iter().find(|known| known.name == name)
    }

    /// Whether encryption binds associated data.
    pub(super) fn takes_associated_data(&self) -> bool {
        matches!(self.shape, Shape::Cipher(_))
    }
}

impl Cipher {
    /// Length of its keys in bytes.
    pub(super) fn key_length(self) -> usize {
        match self {
            Cipher::Aes128Gcm => 16,
            _ => 32,
        }
    }
}
