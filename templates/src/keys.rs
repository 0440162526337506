//! The door to key arithmetic: making keys, deriving public ones, signing.

use zeroize::Zeroizing;

/// What kind of key to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA with a modulus of this many bits.
    Rsa(usize),
    /// ECDSA on the curve P-256.
    P256,
    /// Ed25519.
    Ed25519,
}

/// Calculates with private keys, which are PKCS #8 DER throughout, for sprig's makers of keys and certificates.
///
/// Errors are texts for people.
pub trait Keys {
    /// A new private key.
    ///
    /// # Errors
    /// When keys of that kind cannot be made here, or there is no source of randomness.
    fn generate(&mut self, kind: KeyKind) -> Result<Zeroizing<Vec<u8>>, String>;

    /// The bytes of the public key as a certificate holds them.
    ///
    /// # Errors
    /// When the key is inconsistent or of a kind or size that is not supported.
    fn public_key(&mut self, private: &[u8]) -> Result<Vec<u8>, String>;

    /// Signs a message: RSA with PKCS #1 v1.5 and SHA-256, P-256 with SHA-256, P-384 with SHA-384, or Ed25519.
    ///
    /// # Errors
    /// As [`Keys::public_key`], or when there is no source of randomness.
    fn sign(&mut self, private: &[u8], message: &[u8]) -> Result<Vec<u8>, String>;
}
