//! Keys that two parties derive alike, each from their own private key and the other's public one.

use super::cipher::derive;
use super::key::{Key, KeyOptions, Material};
use super::key_type::{KeyType, Shape};
use super::{Transit, name_field};
use crate::engine::{Call, Context, Route, integer, route, text};
use crate::engines::asymmetric::{PublicKey, decode_pem};
use crate::logical::{Error, Operation, Reply};

pub(super) fn routes() -> Vec<Route<Transit>> {
    vec![
        route("derive-key/{name}")
            .fields(vec![
                name_field(),
                text("key_derivation_algorithm").or("ecdh"),
                text("peer_public_key"),
                text("base_key_name"),
                integer("base_key_version"),
                text("derived_key_type").or("aes256-gcm96"),
            ])
            .on(Operation::Update, Transit::derive_key)
            .help("Derives a key from another", "With somebody's public key, by ECDH."),
    ]
}

impl Transit {
    fn derive_key(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let refuse = |text: String| Err(Error::response(text));
        let algorithm = call.string("key_derivation_algorithm");
        if algorithm != "ecdh" {
            return refuse(format!("key derivation algorithm {algorithm} not supported"));
        }
        let peer = call.string("peer_public_key");
        if peer.is_empty() {
            return refuse("peer public key not provided".to_owned());
        }
        let named = call.string("derived_key_type");
        let kind = KeyType::named(&named.to_lowercase());
        let Some((kind, Shape::Cipher(cipher))) = kind.map(|kind| (kind, kind.shape)) else {
            return refuse(format!("unknown key type {named}"));
        };
        let base = self.key(context, &call.string("base_key_name"), "specified base key not found")?;
        if !base.kind.name.starts_with("ecdsa") {
            return refuse(format!(
                "base key type {} does not support key agreement",
                base.kind.name
            ));
        }
        let secret = agreed(base, call.int("base_key_version"), &peer)?;
        let derived = derive(&secret, &[], cipher.key_length());
        let name = call.text("name");
        let key = self.keys.entry(name.to_owned()).or_insert_with(|| imported(name, kind));
        key.check_present()
            .map_err(|error| Error::internal(format!("error importing key: {}", error.text)))?;
        key.add_version(Material::Bytes(derived), context.now);
        Ok(None)
    }
}

/// A key that came from outside and is not rotated.
fn imported(name: &str, kind: &'static KeyType) -> Key {
    let mut key = Key::empty(name, kind, KeyOptions::default());
    key.imported = Some(false);
    key
}

fn agreed(base: &mut Key, asked: i64, peer: &str) -> Result<Vec<u8>, Error> {
    let refuse = |text: String| Err(Error::internal(text));
    let number = match asked {
        0 => base.latest,
        ..0 => return refuse("requested version of the base key is negative".to_owned()),
        _ if asked > base.latest => {
            return refuse("requested version of the base key is higher than the latest key version".to_owned());
        }
        _ if asked < base.min_available => {
            return refuse(
                "requested version of the base key is less than the minimum available key version".to_owned(),
            );
        }
        _ => asked,
    };
    let name = base.kind.name;
    let version = base.numbered(number).map_err(|error| Error::internal(error.text))?;
    let unreadable = || {
        Error::internal("failed to parse supplied peer public key PEM: data does not contain any valid public keys ")
    };
    let (_, der) = decode_pem(peer).ok_or_else(unreadable)?;
    let peer = PublicKey::from_der(&der).ok_or_else(unreadable)?;
    if peer.kind().name() != "ec" {
        return refuse("supplied peer public key is not an ECDSA key".to_owned());
    }
    let secret = version.private()?.agree(&peer);
    secret.ok_or_else(|| {
        Error::internal(format!(
            "base private key type {name} does not match peer public key curve"
        ))
    })
}
