//! Digests and keyed digests by the names that the API gives them; transit and `sys/tools` use the one table.

use hmac::{Hmac, Mac};
use sha2::Digest as _;

/// A digest algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// No digest: the input is taken as it is.
    None,
    Sha1,
    Sha2_224,
    Sha2_256,
    Sha2_384,
    Sha2_512,
    Sha3_224,
    Sha3_256,
    Sha3_384,
    Sha3_512,
}

const NAMES: [(&str, Algorithm); 10] = [
    ("none", Algorithm::None),
    ("sha1", Algorithm::Sha1),
    ("sha2-224", Algorithm::Sha2_224),
    ("sha2-256", Algorithm::Sha2_256),
    ("sha2-384", Algorithm::Sha2_384),
    ("sha2-512", Algorithm::Sha2_512),
    ("sha3-224", Algorithm::Sha3_224),
    ("sha3-256", Algorithm::Sha3_256),
    ("sha3-384", Algorithm::Sha3_384),
    ("sha3-512", Algorithm::Sha3_512),
];

/// Calls `$run!(Type)` with the algorithm's type, or `$none` where there is no digest.
macro_rules! with_digest {
    ($algorithm:expr, $run:ident, $none:expr) => {
        match $algorithm {
            $crate::engines::digest::Algorithm::None => $none,
            $crate::engines::digest::Algorithm::Sha1 => $run!(sha1::Sha1),
            $crate::engines::digest::Algorithm::Sha2_224 => $run!(sha2::Sha224),
            $crate::engines::digest::Algorithm::Sha2_256 => $run!(sha2::Sha256),
            $crate::engines::digest::Algorithm::Sha2_384 => $run!(sha2::Sha384),
            $crate::engines::digest::Algorithm::Sha2_512 => $run!(sha2::Sha512),
            $crate::engines::digest::Algorithm::Sha3_224 => $run!(sha3::Sha3_224),
            $crate::engines::digest::Algorithm::Sha3_256 => $run!(sha3::Sha3_256),
            $crate::engines::digest::Algorithm::Sha3_384 => $run!(sha3::Sha3_384),
            $crate::engines::digest::Algorithm::Sha3_512 => $run!(sha3::Sha3_512),
        }
    };
}
pub(crate) use with_digest;

impl Algorithm {
    /// The algorithm of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        NAMES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, algorithm)| *algorithm)
    }

    /// The algorithm of this name, among those that the `hash` endpoints offer.
    pub(crate) fn public(name: &str) -> Option<Self> {
        Self::named(name).filter(|algorithm| !matches!(algorithm, Algorithm::None | Algorithm::Sha1))
    }

    /// The digest of `input`; the input itself for [`Algorithm::None`].
    pub(crate) fn digest(self, input: &[u8]) -> Vec<u8> {
        macro_rules! run {
            ($kind:ty) => {
                <$kind>::digest(input).to_vec()
            };
        }
        with_digest!(self, run, input.to_vec())
    }

    /// The keyed digest of `input`; `None` where there is no digest to be keyed.
    pub(crate) fn hmac(self, key: &[u8], input: &[u8]) -> Option<Vec<u8>> {
        macro_rules! run {
            ($kind:ty) => {
                Hmac::<$kind>::new_from_slice(key).ok().map(|mut mac| {
                    mac.update(input);
                    mac.finalize().into_bytes().to_vec()
                })
            };
        }
        with_digest!(self, run, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::hex;

    #[test]
    fn digests_match_published_values() {
        let sum = |name: &str| hex(&Algorithm::named(name).unwrap().digest(b"hello"));
        assert_eq!(sum("sha1"), "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d");
        assert_eq!(
            sum("sha2-256"),
            "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
        );
        assert_eq!(
            sum("sha3-256"),
            "3338be694f50c5f338814986cdf0686453a888b84f424d792af4b9202398f392"
        );
    }

    #[test]
    fn a_keyed_digest_matches_rfc_4231() {
        let mac = Algorithm::Sha2_256.hmac(&[0x0b; 20], b"Hi There").unwrap();
        assert_eq!(
            hex(&mac),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
    }
}
