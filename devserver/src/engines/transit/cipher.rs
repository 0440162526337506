//! Symmetric encryption: nonce, ciphertext and tag in one, as transit's ciphertexts hold them.

use super::key_type::Cipher;
use aes_gcm::aead::{Aead, AeadCore, KeyInit, Payload};
use aes_gcm::{Aes128Gcm, Aes256Gcm};
use chacha20poly1305::{ChaCha20Poly1305, XChaCha20Poly1305};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use rsa::rand_core::OsRng;
use sha2::Sha256;

/// Why a ciphertext does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum OpenError {
    /// Shorter than a nonce and a tag.
    #[error("invalid ciphertext length")]
    Length,
    /// Changed, or made with another key.
    #[error("cipher: message authentication failed")]
    Authentication,
}

/// Where the nonce comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nonce {
    Random,
    /// From the plaintext, so that equal plaintexts give equal ciphertexts.
    Convergent,
}

impl Cipher {
    /// Encrypts; `None` only for inputs beyond the cipher's limits.
    pub(super) fn seal(self, key: &[u8], nonce: Nonce, payload: Payload<'_, '_>) -> Option<Vec<u8>> {
        match self {
            Cipher::Aes128Gcm => seal::<Aes128Gcm>(key, nonce, payload),
            Cipher::Aes256Gcm => seal::<Aes256Gcm>(key, nonce, payload),
            Cipher::ChaCha20Poly1305 => seal::<ChaCha20Poly1305>(key, nonce, payload),
            Cipher::XChaCha20Poly1305 => seal::<XChaCha20Poly1305>(key, nonce, payload),
        }
    }

    /// Decrypts what [`Cipher::seal`] gave.
    pub(super) fn open(self, key: &[u8], payload: &Payload<'_, '_>) -> Result<Vec<u8>, OpenError> {
        match self {
            Cipher::Aes128Gcm => open::<Aes128Gcm>(key, payload),
            Cipher::Aes256Gcm => open::<Aes256Gcm>(key, payload),
            Cipher::ChaCha20Poly1305 => open::<ChaCha20Poly1305>(key, payload),
            Cipher::XChaCha20Poly1305 => open::<XChaCha20Poly1305>(key, payload),
        }
    }
}

fn seal<C: Aead + AeadCore + KeyInit>(key: &[u8], nonce: Nonce, payload: Payload<'_, '_>) -> Option<Vec<u8>> {
    let cipher = C::new_from_slice(key).ok()?;
    let mut bytes = C::generate_nonce(&mut OsRng);
    if nonce == Nonce::Convergent {
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key).ok()?;
        mac.update(payload.msg);
        let sum = mac.finalize().into_bytes();
        let length = bytes.len();
        bytes.copy_from_slice(sum.get(..length)?);
    }
    let sealed = cipher.encrypt(&bytes, payload).ok()?;
    Some([bytes.as_slice(), &sealed].concat())
}

fn open<C: Aead + AeadCore + KeyInit>(key: &[u8], payload: &Payload<'_, '_>) -> Result<Vec<u8>, OpenError> {
    let cipher = C::new_from_slice(key).map_err(|_| OpenError::Authentication)?;
    let mut nonce = aes_gcm::aead::Nonce::<C>::default();
    let (start, rest) = payload.msg.split_at_checked(nonce.len()).ok_or(OpenError::Length)?;
    nonce.copy_from_slice(start);
    let sealed = Payload {
        msg: rest,
        aad: payload.aad,
    };
    cipher.decrypt(&nonce, sealed).map_err(|_| OpenError::Authentication)
}

/// A key for one context: HKDF with SHA-256 over the key.
pub(super) fn derive(key: &[u8], context: &[u8], length: usize) -> Vec<u8> {
    let mut derived = vec![0; length];
    // It fails only beyond 255 digests, and keys are one.
    let _too_long = Hkdf::<Sha256>::new(None, key).expand(context, &mut derived);
    derived
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Cipher; 4] = [
        Cipher::Aes128Gcm,
        Cipher::Aes256Gcm,
        Cipher::ChaCha20Poly1305,
        Cipher::XChaCha20Poly1305,
    ];

    fn payload<'a>(msg: &'a [u8], aad: &'a [u8]) -> Payload<'a, 'a> {
        Payload { msg, aad }
    }

    #[test]
    fn what_is_sealed_opens_with_the_same_key_and_data_only() {
        for cipher in ALL {
            let key = vec![7; cipher.key_length()];
            let sealed = cipher.seal(&key, Nonce::Random, payload(b"hello", b"x")).unwrap();
            assert_eq!(cipher.open(&key, &payload(&sealed, b"x")), Ok(b"hello".to_vec()));
            assert_eq!(
                cipher.open(&key, &payload(&sealed, b"y")),
                Err(OpenError::Authentication)
            );
            let other = vec![8; cipher.key_length()];
            assert_eq!(
                cipher.open(&other, &payload(&sealed, b"x")),
                Err(OpenError::Authentication)
            );
            assert_eq!(cipher.open(&key, &payload(b"short", b"x")), Err(OpenError::Length));
        }
    }

    #[test]
    fn only_convergent_nonces_repeat() {
        for cipher in ALL {
            let key = vec![7; cipher.key_length()];
            let seal = |nonce| cipher.seal(&key, nonce, payload(b"hello", b"")).unwrap();
            assert_eq!(seal(Nonce::Convergent), seal(Nonce::Convergent));
            assert_ne!(seal(Nonce::Random), seal(Nonce::Random));
        }
    }
}
