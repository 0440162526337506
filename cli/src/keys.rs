//! Keys for templates rendered on somebody's own machine: ring's, and RSA keys, which ring does not make.

use coffret_templates::{KeyKind, Keys, RingKeys};
use rsa::RsaPrivateKey;
use rsa::pkcs8::EncodePrivateKey;
use rsa::rand_core::OsRng;
use zeroize::Zeroizing;

/// Makes and uses keys of every kind that sprig makes.
#[derive(Debug, Default)]
pub struct MachineKeys(RingKeys);

impl Keys for MachineKeys {
    fn generate(&mut self, kind: KeyKind) -> Result<Zeroizing<Vec<u8>>, String> {
        let KeyKind::Rsa(bits) = kind else {
            return self.0.generate(kind);
        };
        let key = RsaPrivateKey::new(&mut OsRng, bits).map_err(|error| error.to_string())?;
        let document = key.to_pkcs8_der().map_err(|error| error.to_string())?;
        Ok(Zeroizing::new(document.as_bytes().to_vec()))
    }

    fn public_key(&mut self, private: &[u8]) -> Result<Vec<u8>, String> {
        self.0.public_key(private)
    }

    fn sign(&mut self, private: &[u8], message: &[u8]) -> Result<Vec<u8>, String> {
        self.0.sign(private, message)
    }
}
