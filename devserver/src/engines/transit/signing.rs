//! Signing, verifying and keyed digests.

use super::key::{Key, Material, Version, internal};
use super::{Batch, Item, Transit, batch_field, items, name_field};
use crate::engine::{Call, Context, Field, Route, boolean, integer, route, text};
use crate::engines::asymmetric::PrivateKey;
use crate::engines::digest::Algorithm;
use crate::engines::encoding;
use crate::engines::signature::{Marshaling, Padding, Scheme};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply};
use crate::object;

fn fields() -> Vec<Field> {
    vec![
        name_field(),
        text("urlalgorithm"),
        text("input"),
        text("signature"),
        text("hmac"),
        text("context"),
        text("algorithm"),
        text("hash_algorithm"),
        text("signature_algorithm"),
        text("salt_length").or("auto"),
        text("marshaling_algorithm").or("asn1"),
        boolean("prehashed"),
        integer("key_version"),
        batch_field(),
    ]
}

pub(super) fn routes() -> Vec<Route<Transit>> {
    vec![
        route("sign/{name}(/{urlalgorithm})?")
            .fields(fields())
            .on(Operation::Update, Transit::sign)
            .help("Signs base64 input", "By a key that can sign."),
        route("verify/{name}(/{urlalgorithm})?")
            .fields(fields())
            .on(Operation::Update, Transit::verify)
            .help("Checks a signature or an HMAC", "By the version that made it."),
        route("hmac/{name}(/{urlalgorithm})?")
            .fields(fields())
            .on(Operation::Update, Transit::hmac)
            .help("Makes an HMAC of base64 input", "With any key."),
    ]
}

const SINGLE: [&str; 5] = ["input", "signature", "hmac", "context", "key_version"];

impl Transit {
    fn sign(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let scheme = scheme(call)?;
        let key = self.key(context, call.text("name"), "signing key not found")?;
        if !key.kind.signs {
            return Err(Error::response(format!(
                "key type {} does not support signing",
                key.kind.name
            )));
        }
        let (items, is_batch) = items(call, &SINGLE)?;
        let asked = call.int("key_version");
        let results: Vec<_> = items.iter().map(|item| signed(key, &scheme, item, asked)).collect();
        let blank = [("key_version", Value::from(0))];
        Batch {
            blank: &blank,
            failed: None,
        }
        .reply(&items, is_batch, results)
    }

    fn verify(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let (items, is_batch) = items(call, &SINGLE)?;
        let all_have = |name: &str| items.iter().all(|item| !item.text(name).is_empty());
        let by_signature = all_have("signature");
        if !by_signature && !all_have("hmac") {
            let any_has = |name: &str| items.iter().any(|item| !item.text(name).is_empty());
            return Err(Error::response(if is_batch && any_has("signature") {
                "some elements of batch_input are missing 'signature'"
            } else if is_batch && any_has("hmac") {
                "some elements of batch_input are missing 'hmac'"
            } else if is_batch {
                "no batch_input elements have 'signature' or 'hmac'"
            } else {
                "neither a 'signature' nor an 'hmac' were given to verify"
            }));
        }
        let results: Vec<_> = if by_signature {
            let scheme = scheme(call)?;
            let key = self.key(context, call.text("name"), "signature verification key not found")?;
            if !key.kind.signs {
                return Err(Error::response(format!(
                    "key type {} does not support verification",
                    key.kind.name
                )));
            }
            items.iter().map(|item| verified(key, &scheme, item)).collect()
        } else {
            let name = hash_name(call);
            let hash =
                Algorithm::named(&name).ok_or_else(|| Error::response(format!("invalid hash algorithm {name:?}")))?;
            let key = self.key(context, call.text("name"), "encryption key not found")?;
            items.iter().map(|item| verified_hmac(key, hash, item)).collect()
        };
        let blank = [("valid", Value::from(false))];
        Batch {
            blank: &blank,
            failed: None,
        }
        .reply(&items, is_batch, results)
    }

    fn hmac(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let key = self.key(context, call.text("name"), "encryption key not found")?;
        let (number, version) = key.digesting(call.int("key_version"))?;
        // The original looks the name up in a map of bytes and prints the zero byte that it finds.
        let hash =
            Algorithm::named(&hash_name(call)).ok_or_else(|| Error::response("unsupported algorithm '\\x00'"))?;
        let (items, is_batch) = items(call, &SINGLE)?;
        let results = items.iter().map(|item| {
            if !item.has("input") {
                return Err(Error::response("missing input for HMAC"));
            }
            let input = input(item)?;
            let sum = hash
                .hmac(&version.hmac, &input)
                .ok_or_else(|| Error::response("unsupported algorithm '\\x00'"))?;
            Ok(object! { "hmac" => format!("vault:v{number}:{}", encoding::encode(sum)) })
        });
        Batch {
            blank: &[],
            failed: None,
        }
        .reply(&items, is_batch, results.collect())
    }
}

fn input(item: &Item) -> Result<Vec<u8>, Error> {
    item.bytes("input")
        .map_err(|error| Error::response(format!("unable to decode input as base64: {}", error.text)))
}

/// The digest asked for: by the path, by either field, else SHA-256.
fn hash_name(call: &Call<'_>) -> String {
    let names = ["urlalgorithm", "hash_algorithm", "algorithm"];
    let asked = names.iter().map(|name| call.string(name)).find(|name| !name.is_empty());
    asked.unwrap_or_else(|| "sha2-256".to_owned())
}

fn scheme(call: &Call<'_>) -> Result<Scheme, Error> {
    let name = hash_name(call);
    let hash = Algorithm::named(&name).ok_or_else(|| Error::response(format!("invalid hash algorithm {name:?}")))?;
    let form = call.string("marshaling_algorithm");
    let marshaling =
        Marshaling::named(&form).ok_or_else(|| Error::response(format!("invalid marshaling type {form:?}")))?;
    let padding = match call.string("signature_algorithm").as_str() {
        "" | "pss" => Padding::Pss,
        "pkcs1v15" => Padding::Pkcs1v15,
        other => return Err(Error::internal(format!("unsupported rsa signature algorithm {other}"))),
    };
    let prehashed = call.flag("prehashed");
    if hash == Algorithm::None && !(prehashed && padding == Padding::Pkcs1v15) {
        return Err(Error::response(
            "hash_algorithm=none requires both prehashed=true and signature_algorithm=pkcs1v15",
        ));
    }
    Ok(Scheme {
        hash,
        prehashed,
        padding,
        marshaling,
        salt_length: salt_length(call)?,
    })
}

/// The salt of RSA-PSS: `None` for the digest's length.
fn salt_length(call: &Call<'_>) -> Result<Option<usize>, Error> {
    let text = call.string("salt_length");
    let wrong = || Error::response(format!("salt length neither 'auto', 'hash', nor an int: {text}"));
    match text.as_str() {
        "auto" | "hash" => Ok(None),
        number => number.parse().map(Some).map_err(|_| wrong()),
    }
}

/// The original answers these as its own fault.
#[allow(clippy::needless_pass_by_value, reason = "the shape that map_err asks for")]
fn inner(error: Error) -> Error {
    Error::internal(error.text)
}

fn private(key: &Key, version: &Version, item: &Item) -> Result<PrivateKey, Error> {
    match &version.material {
        Material::Private(PrivateKey::Ed25519(_)) => {
            let wrapped = |error: Error| Error::internal(format!("error deriving key: {}", error.text));
            key.ed25519(version, &item.bytes("context")?).map_err(wrapped)
        }
        Material::Private(private) => Ok(private.clone()),
        Material::Bytes(_) => Err(Error::internal("this key type does not sign")),
    }
}

fn signed(key: &Key, scheme: &Scheme, item: &Item, asked: i64) -> Result<Object, Error> {
    let input = input(item)?;
    let asked = if item.has("key_version") { item.version() } else { asked };
    let (number, version) = key.writing(asked, "signing").map_err(inner)?;
    let private = private(key, version, item)?;
    let signature = scheme
        .sign(&private, &input)
        .ok_or_else(|| Error::internal("error signing the input"))?;
    let mut answer = object! {
        "key_version" => number,
        "signature" => format!("vault:v{number}:{}", scheme.marshaling.encode(&signature)),
    };
    if key.derived {
        let public = private.ed25519_public();
        if public.is_empty() {
            return Err(internal(crate::engines::asymmetric::KeyError::Write));
        }
        answer.insert("public_key".to_owned(), Value::from(encoding::encode(public)));
    }
    Ok(answer)
}

fn verified(key: &Key, scheme: &Scheme, item: &Item) -> Result<Object, Error> {
    let input = input(item)?;
    let (version, text) = key.reading(item.text("signature"), "signature")?;
    let signature = scheme
        .marshaling
        .decode(text)
        .ok_or_else(|| Error::response("invalid base64 signature value"))?;
    let private = private(key, version, item)?;
    match scheme.verify(&private, &input, &signature) {
        Some(valid) => Ok(object! { "valid" => valid }),
        None => Err(Error::response("supplied signature is invalid")),
    }
}

fn verified_hmac(key: &Key, hash: Algorithm, item: &Item) -> Result<Object, Error> {
    let input = input(item)?;
    if !item.text("hmac").starts_with("vault:v") {
        return Err(Error::response("invalid HMAC to verify: no prefix"));
    }
    let (version, text) = key.reading(item.text("hmac"), "HMAC").map_err(|error| {
        if error.text == super::key::TOO_OLD {
            return Error::response("cannot verify HMAC: version is too old (disallowed by policy)");
        }
        error
    })?;
    let given = encoding::decode(text)
        .map_err(|text| Error::response(format!("unable to decode verification HMAC as base64: {text}")))?;
    let sum = hash.hmac(&version.hmac, &input).unwrap_or_default();
    Ok(object! { "valid" => !sum.is_empty() && sum == given })
}
