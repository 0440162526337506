//! JSON web key sets (RFC 7517), as servers publish the keys of their tokens.

use super::jws::VerifyingKey;
use crate::json::{self, Value};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rsa::pkcs1::EncodeRsaPublicKey;
use rsa::{BigUint, RsaPublicKey};

/// What is said of such a key.
const UNKNOWN: &str = "go-jose/go-jose: unsupported key type/format";

/// A key of a set.
#[derive(Clone, Debug)]
pub(super) struct NamedKey {
    /// `kid`; empty where it has none.
    pub(super) id: String,
    pub(super) key: VerifyingKey,
}

/// Reads a set. A key of a type that nobody knows spoils it.
///
/// # Errors
/// Why it is none.
pub(super) fn read_set(body: &[u8]) -> Result<Vec<NamedKey>, String> {
    let set = json::parse(body).map_err(|error| error.to_string())?;
    let Value::Object(set) = set else {
        return Err("no JSON object".to_owned());
    };
    let keys = set.get("keys").and_then(Value::as_array).unwrap_or_default();
    let keys = keys.iter().map(|key| read(key).ok_or(UNKNOWN));
    keys.collect::<Result<_, _>>().map_err(str::to_owned)
}

fn read(jwk: &Value) -> Option<NamedKey> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let bytes = |name: &str| BASE64_URL_SAFE_NO_PAD.decode(text(name)?).ok();
    let point = || Some([vec![4], bytes("x")?, bytes("y")?].concat());
    let key = match (text("kty")?, text("crv").unwrap_or_default()) {
        ("RSA", _) => {
            let (n, e) = (bytes("n")?, bytes("e")?);
            let key = RsaPublicKey::new(BigUint::from_bytes_be(&n), BigUint::from_bytes_be(&e)).ok()?;
            VerifyingKey::Rsa(key.to_pkcs1_der().ok()?.as_bytes().to_vec())
        }
        ("EC", "P-256") => VerifyingKey::P256(point()?),
        ("EC", "P-384") => VerifyingKey::P384(point()?),
        ("EC", "P-521") => VerifyingKey::P521(point()?),
        ("OKP", "Ed25519") => VerifyingKey::Ed25519(bytes("x")?),
        _ => return None,
    };
    let id = text("kid").unwrap_or_default().to_owned();
    Some(NamedKey { id, key })
}
