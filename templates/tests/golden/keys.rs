//! Keys for tests: the one RSA key of the fixture instead of new ones.

use coffret_templates::{KeyKind, Keys, RingKeys};
use zeroize::Zeroizing;

#[derive(Default)]
pub(crate) struct TestKeys(RingKeys);

impl Keys for TestKeys {
    fn generate(&mut self, kind: KeyKind) -> Result<Zeroizing<Vec<u8>>, String> {
        match kind {
            KeyKind::Rsa(_) => Ok(Zeroizing::new(include_bytes!("rsa-2048.pk8").to_vec())),
            other => self.0.generate(other),
        }
    }

    fn public_key(&mut self, private: &[u8]) -> Result<Vec<u8>, String> {
        self.0.public_key(private)
    }

    fn sign(&mut self, private: &[u8], message: &[u8]) -> Result<Vec<u8>, String> {
        self.0.sign(private, message)
    }
}
