//! Encrypting, decrypting and rewrapping, and data keys.

use super::batch::{Batch, Item, Reader, agree_on_context, items};
use super::cipher::{Nonce, OpenError};
use super::key::{Key, KeyOptions, Material, random};
use super::key_type::{KeyType, Shape};
use super::{Transit, batch_field, name_field};
use crate::engine::{Call, Context, Field, Route, boolean, integer, route, text};
use crate::engines::asymmetric::{PrivateKey, PublicKey};
use crate::engines::encoding;
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;
use aes_gcm::aead::Payload;
use rsa::Oaep;
use rsa::rand_core::OsRng;

fn encrypt_fields() -> Vec<Field> {
    vec![
        name_field(),
        text("plaintext"),
        text("context"),
        text("associated_data"),
        text("type").or("aes256-gcm96"),
        integer("key_version"),
        boolean("convergent_encryption"),
        integer("partial_failure_response_code"),
        batch_field(),
    ]
}

fn decrypt_fields() -> Vec<Field> {
    vec![
        name_field(),
        text("ciphertext"),
        text("context"),
        text("associated_data"),
        integer("partial_failure_response_code"),
        batch_field(),
    ]
}

fn rewrap_fields() -> Vec<Field> {
    vec![
        name_field(),
        text("ciphertext"),
        text("context"),
        integer("key_version"),
        batch_field(),
    ]
}

pub(super) fn routes() -> Vec<Route<Transit>> {
    let known = |engine: &Transit, call: &Call<'_>| engine.keys.contains_key(call.text("name"));
    vec![
        route("encrypt/{name}")
            .fields(encrypt_fields())
            .exists(known)
            .write(Transit::encrypt)
            .help(
                "Turns base64 plaintext into ciphertext, one or a batch",
                "Makes the key where there is none.",
            ),
        route("decrypt/{name}")
            .fields(decrypt_fields())
            .on(Operation::Update, Transit::decrypt)
            .help(
                "Decrypt a ciphertext value or a batch of ciphertexts",
                "With the version that made each.",
            ),
        route("rewrap/{name}")
            .fields(rewrap_fields())
            .on(Operation::Update, Transit::rewrap)
            .help("Rewrap ciphertext", "Decrypts, and encrypts with the newest version."),
        route("datakey/(?P<plaintext>[^/]+)/{name}")
            .fields(vec![
                name_field(),
                text("plaintext"),
                text("context"),
                text("associated_data"),
                integer("bits").or(256),
                integer("key_version"),
            ])
            .on(Operation::Update, Transit::data_key)
            .help(
                "Makes a key for use elsewhere, wrapped by this one",
                "A random key, encrypted, and also in the clear if asked.",
            ),
    ]
}

const SINGLE: [&str; 5] = ["plaintext", "ciphertext", "context", "key_version", "associated_data"];
const NO_KEY: &str = "encryption key not found";

impl Transit {
    fn encrypt(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let reader = Reader::Exact("plaintext", "encrypt");
        let (items, is_batch) = items(call, &SINGLE, reader)?;
        if !is_batch && !call.has("plaintext") {
            return Err(Error::response("missing plaintext to encrypt"));
        }
        agree_on_context(&items)?;
        let derived = items.first().is_some_and(|item| !item.text("context").is_empty());
        if call.request.operation == Operation::Create && !self.upsert_disabled {
            self.upsert(context, call, derived)?;
        }
        let key = self.key(context, call.text("name"), NO_KEY)?;
        let results = items.iter().map(|item| {
            let plaintext = item.bytes("plaintext")?;
            sealed(key, item, &plaintext)
        });
        batch(call, &[]).reply(&items, is_batch, results.collect())
    }

    /// Makes the key that is encrypted with for the first time.
    fn upsert(&mut self, context: &Context<'_>, call: &Call<'_>, derived: bool) -> Result<(), Error> {
        let kind = call.string("type");
        let convergent = call.flag("convergent_encryption");
        if convergent && !derived {
            return Err(Error::response(
                "convergent encryption requires derivation to be enabled, so context is required",
            ));
        }
        let known = KeyType::named(&kind).ok_or_else(|| Error::response(format!("unknown key type {kind}")))?;
        match known.shape {
            Shape::Cipher(_) => {}
            Shape::Asymmetric(_) if kind.starts_with("ecdsa") => {
                return Err(Error::response(format!(
                    "key type {kind} not supported for this operation"
                )));
            }
            _ => return Err(Error::response(format!("unknown key type {kind}"))),
        }
        let options = KeyOptions {
            derived,
            convergent,
            ..KeyOptions::default()
        };
        let name = call.text("name");
        let key = Key::new(name, known, options, context.now)?;
        self.keys.insert(name.to_owned(), key);
        Ok(())
    }

    fn decrypt(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let reader = Reader::Exact("ciphertext", "decrypt");
        let (items, is_batch) = items(call, &SINGLE, reader)?;
        if !is_batch && call.string("ciphertext").is_empty() {
            return Err(Error::response("missing ciphertext to decrypt"));
        }
        agree_on_context(&items)?;
        let key = self.key(context, call.text("name"), NO_KEY)?;
        let results = items.iter().map(|item| {
            let plaintext = opened(key, item)?;
            Ok(object! { "plaintext" => encoding::encode(plaintext) })
        });
        batch(call, &[("plaintext", Value::String(String::new()))]).reply(&items, is_batch, results.collect())
    }

    fn rewrap(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let (items, is_batch) = items(call, &SINGLE, Reader::Loose)?;
        if !is_batch && call.string("ciphertext").is_empty() {
            return Err(Error::response("missing ciphertext to decrypt"));
        }
        agree_on_context(&items)?;
        let key = self.key(context, call.text("name"), NO_KEY)?;
        let results = items.iter().map(|item| {
            let plaintext = opened(key, item)?;
            sealed(key, item, &plaintext)
        });
        Batch::default().reply(&items, is_batch, results.collect())
    }

    fn data_key(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let plain = match call.text("plaintext") {
            "plaintext" => true,
            "wrapped" => false,
            _ => return Err(Error::response("Invalid path, must be 'plaintext' or 'wrapped'")),
        };
        encoding::decode(&call.string("context")).map_err(|_| Error::response("failed to base64-decode context"))?;
        let key = self.key(context, call.text("name"), NO_KEY)?;
        let length = match call.int("bits") {
            128 => 16,
            256 => 32,
            512 => 64,
            _ => return Err(Error::response("invalid bit length")),
        };
        let bytes = random(length);
        let item = Item::alone(call, &["context", "key_version", "associated_data"]);
        let mut data = sealed(key, &item, &bytes)?;
        if plain {
            data.insert("plaintext".to_owned(), Value::from(encoding::encode(bytes)));
        }
        Response::data(data).reply()
    }
}

/// The answer's frame: a batch with a failed item is a 400 unless the caller names another status.
fn batch<'a>(call: &Call<'_>, blank: &'a [(&'a str, Value)]) -> Batch<'a> {
    Batch {
        blank,
        fails: true,
        partial: call
            .has("partial_failure_response_code")
            .then(|| call.int("partial_failure_response_code")),
    }
}

/// Encrypts one plaintext: `ciphertext` and `key_version`.
fn sealed(key: &Key, item: &Item, plaintext: &[u8]) -> Result<Object, Error> {
    let context = item.bytes("context")?;
    let associated = associated_data(key, item)?;
    key.check_present()?;
    if !key.kind.encrypts {
        return Err(Error::response(format!(
            "message encryption not supported for key type {}",
            key.kind.name
        )));
    }
    let (number, version) = key.writing(item.version(), "encryption")?;
    let sealed = match (key.kind.shape, &version.material) {
        (Shape::Cipher(cipher), _) => {
            let bytes = key.bytes(version, &context, cipher.key_length())?;
            let nonce = if key.convergent {
                Nonce::Convergent
            } else {
                Nonce::Random
            };
            let payload = Payload {
                msg: plaintext,
                aad: &associated,
            };
            cipher.seal(&bytes, nonce, payload)
        }
        _ => match version.public() {
            Some(PublicKey::Rsa(public)) => public.encrypt(&mut OsRng, Oaep::new::<sha2::Sha256>(), plaintext).ok(),
            _ => None,
        },
    };
    let sealed = sealed.ok_or_else(|| Error::response("the plaintext is too long for this key"))?;
    Ok(object! {
        "ciphertext" => format!("vault:v{number}:{}", encoding::encode(sealed)),
        "key_version" => number,
    })
}

/// Decrypts one ciphertext.
fn opened(key: &Key, item: &Item) -> Result<Vec<u8>, Error> {
    if item.text("ciphertext").is_empty() {
        return Err(Error::response("missing ciphertext to decrypt"));
    }
    let context = item.bytes("context")?;
    let associated = associated_data(key, item)?;
    key.check_present()?;
    if !key.kind.encrypts {
        return Err(Error::response(format!(
            "message decryption not supported for key type {}",
            key.kind.name
        )));
    }
    let (version, sealed) = key.reading(item.text("ciphertext"), "ciphertext")?;
    let sealed =
        encoding::decode(sealed).map_err(|_| Error::response("invalid ciphertext: could not decode base64"))?;
    match (key.kind.shape, &version.material) {
        (Shape::Cipher(cipher), _) => {
            let bytes = key.bytes(version, &context, cipher.key_length())?;
            let payload = Payload {
                msg: &sealed,
                aad: &associated,
            };
            cipher
                .open(&bytes, &payload)
                .map_err(|error: OpenError| Error::response(error.to_string()))
        }
        (_, Material::Private(PrivateKey::Rsa(private))) => private
            .decrypt(Oaep::new::<sha2::Sha256>(), &sealed)
            .map_err(|_| Error::internal("failed to RSA decrypt the ciphertext: crypto/rsa: decryption error")),
        _ => Err(Error::internal(
            "cannot decrypt ciphertext, key version does not have a private counterpart",
        )),
    }
}

fn associated_data(key: &Key, item: &Item) -> Result<Vec<u8>, Error> {
    if item.has("associated_data") && !key.kind.takes_associated_data() && !item.text("associated_data").is_empty() {
        return Err(Error::response(format!(
            "'[0].associated_data' provided for non-AEAD cipher suite {}",
            key.kind.name
        )));
    }
    item.bytes("associated_data").map_err(|error| {
        Error::internal(format!(
            "unable to get associated_data/additional_data from factory[0]: {}",
            error.text
        ))
    })
}
