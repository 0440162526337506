//! Keys on their way between servers: wrapped by a passing AES key, which is itself wrapped by an RSA key
//! (CKM_RSA_AES_KEY_WRAP; RFC 5649 within).

use super::Transit;
use super::key::{Key, Material, internal};
use crate::engine::{Call, Context, Route, route, text};
use crate::engines::asymmetric::{Kind, PrivateKey, PublicKey};
use crate::engines::encoding;
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;
use aes_kw::KekAes256;
use rsa::rand_core::OsRng;
use rsa::{Oaep, RsaPrivateKey, RsaPublicKey};

/// Size of the key that others wrap with.
const WRAPPING_BITS: usize = 4096;
/// Bytes of the wrapped AES key, which comes before the key that it wraps.
const WRAPPED_BYTES: usize = WRAPPING_BITS / 8;
/// Bytes of the AES key.
const AES_BYTES: usize = 32;
/// What wrapping adds to a key: its length and a check, rounded up.
const OVERHEAD: usize = 15;

pub(super) fn routes() -> Vec<Route<Transit>> {
    vec![
        route("wrapping_key")
            .on(Operation::Read, Transit::read_wrapping_key)
            .help("The key to wrap keys with", "For those that are to be imported."),
        route("byok-export/{destination}/{source}(/{version+})?")
            .fields(vec![
                text("destination"),
                text("source"),
                text("version"),
                text("hash").or("SHA256"),
            ])
            .on(Operation::Read, Transit::wrapped_export)
            .help(
                "Exports a key wrapped by another one",
                "In the form in which it can be imported elsewhere.",
            ),
    ]
}

/// The padding of the AES key for a digest of this name; `None` for unknown names.
fn padding(digest: &str) -> Option<Oaep> {
    match digest.to_uppercase().as_str() {
        "SHA1" => Some(Oaep::new::<sha1::Sha1>()),
        "SHA224" => Some(Oaep::new::<sha2::Sha224>()),
        "SHA256" => Some(Oaep::new::<sha2::Sha256>()),
        "SHA384" => Some(Oaep::new::<sha2::Sha384>()),
        "SHA512" => Some(Oaep::new::<sha2::Sha512>()),
        _ => None,
    }
}

/// Refuses unknown digests.
pub(super) fn known_padding(digest: &str) -> Result<Oaep, Error> {
    padding(digest).ok_or_else(|| Error::response(format!("unknown hash function: {digest}")))
}

/// A key, wrapped for the holder of an RSA key.
fn wrap(holder: &RsaPublicKey, padding: Oaep, key: &[u8]) -> Result<Vec<u8>, Error> {
    let failed = |why: String| Error::internal(format!("failed to wrap target key for import: {why}"));
    let passing: [u8; AES_BYTES] = crate::random::bytes();
    let mut wrapped = holder.encrypt(&mut OsRng, padding, &passing).map_err(|error| {
        failed(format!(
            "failed to encrypt ephemeral wrapping key with public key: {error}"
        ))
    })?;
    let kept = KekAes256::from(passing).wrap_with_padding_vec(key);
    wrapped.extend(kept.map_err(|error| failed(error.to_string()))?);
    Ok(wrapped)
}

/// The key that was wrapped for the holder of this RSA key.
fn unwrap(holder: &RsaPrivateKey, padding: Oaep, wrapped: &[u8]) -> Result<Vec<u8>, Error> {
    let short = || Error::internal("provided ciphertext is too short");
    let (passing, kept) = wrapped.split_at_checked(WRAPPED_BYTES).ok_or_else(short)?;
    if kept.is_empty() {
        return Err(short());
    }
    let passing = holder
        .decrypt(padding, passing)
        .map_err(|_| Error::internal("crypto/rsa: decryption error"))?;
    let passing: [u8; AES_BYTES] = passing
        .try_into()
        .map_err(|_| Error::internal("expected ephemeral AES key to be 256-bit"))?;
    if kept.len() < 16 + OVERHEAD / 2 + 1 {
        return Err(Error::internal("kwp: wrapped key size too small"));
    }
    if kept.len() % 8 != 0 {
        return Err(Error::internal("kwp: wrapped key size must be a multiple of 8 bytes"));
    }
    let key = KekAes256::from(passing).unwrap_with_padding_vec(kept);
    key.map_err(|_| Error::internal("kwp: unwrap failed integrity check"))
}

impl Transit {
    fn wrapping_key(&mut self) -> Result<&PrivateKey, Error> {
        if self.wrapping_key.is_none() {
            let made = PrivateKey::generate(Kind::Rsa(WRAPPING_BITS)).map_err(internal)?;
            self.wrapping_key = Some(made);
        }
        let key = self.wrapping_key.as_ref();
        key.ok_or_else(|| Error::internal("error importing key: wrapping key was nil"))
    }

    fn read_wrapping_key(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        let public = self.wrapping_key()?.public().pem().map_err(internal)?;
        Response::data(object! { "public_key" => public }).reply()
    }

    /// The key that somebody wrapped by the wrapping key.
    pub(super) fn unwrapped(&mut self, ciphertext: &str, padding: Oaep) -> Result<Vec<u8>, Error> {
        let wrapped = encoding::decode(ciphertext).map_err(Error::internal)?;
        if wrapped.len() <= WRAPPED_BYTES {
            return Err(Error::internal("provided ciphertext is too short"));
        }
        match self.wrapping_key()? {
            PrivateKey::Rsa(key) => unwrap(key, padding, &wrapped),
            _ => Err(Error::internal("the wrapping key is an RSA key")),
        }
    }

    fn wrapped_export(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let gone = |what: &str, error: Error| Error::internal(format!("for {what} key: {}", error.text));
        let missing = |text: &'static str| move |_| Error::internal(text);
        let destination = self.key(context, call.text("destination"), "");
        let destination = destination
            .map_err(missing("no such destination key to export to"))?
            .clone();
        destination
            .check_present()
            .map_err(|error| gone("destination", error))?;
        let source = self.key(context, call.text("source"), "");
        let source = source.map_err(missing("no such source key for export"))?;
        if !source.exportable {
            return Err(Error::response("key is not exportable"));
        }
        source.check_present().map_err(|error| gone("source", error))?;
        let chosen = super::export::chosen(source, call.text("version"))?;
        let mut keys = Object::new();
        for (number, version) in chosen {
            let wrapped = wrapped_version(&destination, &version.material, &call.string("hash"))?;
            keys.insert(number.to_string(), Value::from(encoding::encode(wrapped)));
        }
        Response::data(object! {
            "keys" => keys,
            "name" => &source.name,
            "type" => source.kind.name,
        })
        .reply()
    }
}

fn wrapped_version(destination: &Key, material: &Material, digest: &str) -> Result<Vec<u8>, Error> {
    let padding = padding(digest).ok_or_else(|| Error::internal(format!("unknown hash function: {digest}")))?;
    if !destination.kind.signs {
        return Err(Error::internal(format!(
            "message signing not supported for key type {}",
            destination.kind.name
        )));
    }
    let (_, newest) = destination.writing(0, "key wrapping")?;
    let Some(PublicKey::Rsa(holder)) = newest.public() else {
        return Err(Error::internal("unsupported key type in use; must be a rsa key"));
    };
    let bytes = match material {
        Material::Bytes(bytes) => bytes.clone(),
        Material::Private(key) => key.pkcs8_der().map_err(internal)?,
        Material::Public(_) => return Err(Error::internal("failed to wrap target key for import: no private key")),
    };
    wrap(&holder, padding, &bytes)
}

#[cfg(test)]
mod tests {
    use super::super::key::random;
    use super::*;

    #[test]
    fn only_the_holder_unwraps_what_was_wrapped() {
        let generate = || RsaPrivateKey::new(&mut OsRng, WRAPPING_BITS).unwrap();
        let holder = generate();
        let secret = random(32);
        for digest in ["SHA1", "sha224", "SHA256", "SHA384", "SHA512"] {
            let wrapped = wrap(&holder.to_public_key(), padding(digest).unwrap(), &secret).unwrap();
            let opened = unwrap(&holder, padding(digest).unwrap(), &wrapped).unwrap();
            assert_eq!(opened, secret, "{digest}");
            let mut changed = wrapped.clone();
            changed[WRAPPED_BYTES + 3] ^= 1;
            let refused = unwrap(&holder, padding(digest).unwrap(), &changed).unwrap_err();
            assert_eq!(refused.text, "kwp: unwrap failed integrity check");
        }
    }
}
