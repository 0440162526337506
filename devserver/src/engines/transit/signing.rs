//! Signing, verifying and keyed digests.

use super::batch::{Batch, Item, Reader, items};
use super::key::{Key, Material, Version, internal};
use super::{Transit, batch_field, name_field};
use crate::engine::{Call, Context, Field, Route, boolean, integer, route, text};
use crate::engines::asymmetric::{PrivateKey, PublicKey};
use crate::engines::digest::Algorithm;
use crate::engines::encoding;
use crate::engines::signature::{Marshaling, Padding, Scheme};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply};
use crate::object;

/// What signing and verifying take alike. `algorithm` is an old name, which loses to the default of the new one.
fn scheme_fields() -> Vec<Field> {
    vec![
        name_field(),
        text("urlalgorithm"),
        text("input"),
        text("context"),
        text("algorithm").or("sha2-256"),
        text("hash_algorithm").or("sha2-256"),
        text("signature_algorithm"),
        text("salt_length").or("auto"),
        text("marshaling_algorithm").or("asn1"),
        boolean("prehashed"),
        batch_field(),
    ]
}

fn sign_fields() -> Vec<Field> {
    let mut fields = scheme_fields();
    fields.push(integer("key_version"));
    fields
}

fn verify_fields() -> Vec<Field> {
    let mut fields = scheme_fields();
    fields.extend([text("signature"), text("hmac")]);
    fields
}

fn hmac_fields() -> Vec<Field> {
    vec![
        name_field(),
        text("urlalgorithm"),
        text("input"),
        text("algorithm").or("sha2-256"),
        integer("key_version"),
        batch_field(),
    ]
}

pub(super) fn routes() -> Vec<Route<Transit>> {
    vec![
        route("sign/{name}(/{urlalgorithm})?")
            .fields(sign_fields())
            .on(Operation::Update, Transit::sign)
            .help("Signs base64 input", "By a key that can sign."),
        route("verify/{name}(/{urlalgorithm})?")
            .fields(verify_fields())
            .on(Operation::Update, Transit::verify)
            .help("Checks a signature or an HMAC", "By the version that made it."),
        route("hmac/{name}(/{urlalgorithm})?")
            .fields(hmac_fields())
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
        require_digest(&scheme)?;
        let reader = Reader::Texts("transit.batchRequestSignItem");
        let (items, is_batch) = items(call, &SINGLE, reader)?;
        let asked = call.int("key_version");
        let results: Vec<_> = items
            .iter()
            .map(|item| signed(key, &scheme, (item, is_batch), asked))
            .collect();
        let blank = [("key_version", Value::from(0))];
        Batch {
            blank: &blank,
            ..Batch::default()
        }
        .reply(&items, is_batch, results)
    }

    fn verify(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let reader = Reader::Texts("transit.batchRequestVerifyItem");
        let (items, is_batch) = items(call, &SINGLE, reader)?;
        let by_signature = by_signature(&items, is_batch)?;
        let results: Vec<_> = if by_signature {
            let scheme = scheme(call)?;
            let key = self.key(context, call.text("name"), "signature verification key not found")?;
            if !key.kind.signs {
                return Err(Error::response(format!(
                    "key type {} does not support verification",
                    key.kind.name
                )));
            }
            require_digest(&scheme)?;
            items
                .iter()
                .map(|item| verified(key, &scheme, (item, is_batch)))
                .collect()
        } else {
            let key = self.key(context, call.text("name"), "encryption key not found")?;
            let hash = hash(call)?;
            items
                .iter()
                .map(|item| verified_hmac(key, hash, (item, is_batch)))
                .collect()
        };
        let blank = [("valid", Value::from(false))];
        Batch {
            blank: &blank,
            ..Batch::default()
        }
        .reply(&items, is_batch, results)
    }

    fn hmac(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let key = self.key(context, call.text("name"), "encryption key not found")?;
        let (number, version) = key.digesting(call.int("key_version"))?;
        // The original looks the name up in a map of bytes and prints the zero byte that it finds.
        let asked = match call.text("urlalgorithm") {
            "" => call.string("algorithm"),
            named => named.to_owned(),
        };
        let hash = Algorithm::named(&asked).ok_or_else(|| Error::response("unsupported algorithm '\\x00'"))?;
        let reader = Reader::Texts("transit.batchRequestHMACItem");
        let (items, is_batch) = items(call, &SINGLE, reader)?;
        let results = items.iter().map(|item| {
            if !item.has("input") {
                return Err(Error::response("missing input for HMAC"));
            }
            let input = input(item, is_batch)?;
            let sum = hash
                .hmac(&version.hmac, &input)
                .ok_or_else(|| Error::response("unsupported algorithm '\\x00'"))?;
            Ok(object! { "hmac" => format!("vault:v{number}:{}", encoding::encode(sum)) })
        });
        Batch::default().reply(&items, is_batch, results.collect())
    }
}

/// The input to sign or digest; only an item of a batch can lack it.
fn input(item: &Item, is_batch: bool) -> Result<Vec<u8>, Error> {
    if is_batch && !item.has("input") {
        return Err(Error::response("missing input"));
    }
    item.bytes("input")
        .map_err(|error| Error::response(format!("unable to decode input as base64: {}", error.text)))
}

/// The digest asked for: by the path, by either field, else SHA-256.
fn hash(call: &Call<'_>) -> Result<Algorithm, Error> {
    let names = ["urlalgorithm", "hash_algorithm", "algorithm"];
    let asked = names.iter().map(|name| call.string(name)).find(|name| !name.is_empty());
    let name = asked.unwrap_or_else(|| "sha2-256".to_owned());
    Algorithm::named(&name).ok_or_else(|| Error::response(format!("invalid hash algorithm {name:?}")))
}

/// Whether all items have a signature to verify, or else an HMAC.
fn by_signature(items: &[Item], is_batch: bool) -> Result<bool, Error> {
    let signatures = items.iter().filter(|item| item.has("signature")).count();
    let hmacs = items
        .iter()
        .filter(|item| item.has("hmac") && !item.has("signature"))
        .count();
    let missing = signatures + hmacs < items.len();
    Err(Error::response(match (is_batch, signatures > 0, hmacs > 0) {
        (false, false, false) => "neither a 'signature' nor an 'hmac' were given to verify",
        (true, true, true) => "elements of batch_input must all provide 'signature' or all provide 'hmac'",
        (true, true, false) if missing => "some elements of batch_input are missing 'signature'",
        (true, false, true) if missing => "some elements of batch_input are missing 'hmac'",
        (true, false, false) => "no batch_input elements have 'signature' or 'hmac'",
        (_, signature, _) => return Ok(signature),
    }))
}

fn require_digest(scheme: &Scheme) -> Result<(), Error> {
    if scheme.hash == Algorithm::None && !(scheme.prehashed && scheme.padding == Padding::Pkcs1v15) {
        return Err(Error::response(
            "hash_algorithm=none requires both prehashed=true and signature_algorithm=pkcs1v15",
        ));
    }
    Ok(())
}

fn scheme(call: &Call<'_>) -> Result<Scheme, Error> {
    let hash = hash(call)?;
    let form = call.string("marshaling_algorithm");
    let marshaling =
        Marshaling::named(&form).ok_or_else(|| Error::response(format!("invalid marshaling type {form:?}")))?;
    let padding = match call.string("signature_algorithm").as_str() {
        "" | "pss" => Padding::Pss,
        "pkcs1v15" => Padding::Pkcs1v15,
        other => return Err(Error::internal(format!("unsupported rsa signature algorithm {other}"))),
    };
    Ok(Scheme {
        hash,
        prehashed: call.flag("prehashed"),
        padding,
        marshaling,
        salt_length: salt_length(call)?,
    })
}

/// The salt of RSA-PSS: `None` for the digest's length.
fn salt_length(call: &Call<'_>) -> Result<Option<usize>, Error> {
    let text = call.string("salt_length");
    let wrong = || Error::response(format!("salt length neither 'auto', 'hash', nor an int: {text}"));
    if matches!(text.as_str(), "auto" | "hash") {
        return Ok(None);
    }
    match text.parse::<i64>().map_err(|_| wrong())? {
        // Go's name for the digest's length.
        -1 => Ok(None),
        number => usize::try_from(number)
            .map(Some)
            .map_err(|_| Error::response(format!("salt length is invalid: {number}"))),
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
        Material::Public(_) => Err(Error::internal(
            "requested version for signing does not contain a private part",
        )),
        Material::Bytes(_) => Err(Error::internal("this key type does not sign")),
    }
}

/// The key to verify with: of a derived one, the one for the item's context.
fn public(key: &Key, version: &Version, item: &Item) -> Result<PublicKey, Error> {
    match &version.material {
        Material::Public(public) => Ok(public.clone()),
        _ => private(key, version, item).map(|private| private.public()),
    }
}

fn signed(key: &Key, scheme: &Scheme, (item, is_batch): (&Item, bool), asked: i64) -> Result<Object, Error> {
    let input = input(item, is_batch)?;
    let asked = if item.has("key_version") { item.version() } else { asked };
    let (number, version) = key.writing(asked, "signing").map_err(inner)?;
    let private = private(key, version, item)?;
    let failed = || match private {
        PrivateKey::Rsa(_) => Error::internal("crypto/rsa: input must be hashed with given hash"),
        _ => Error::internal("error signing the input"),
    };
    let signature = scheme.sign(&private, &input).ok_or_else(failed)?;
    let mut answer = object! {
        "key_version" => number,
        "signature" => format!("vault:v{number}:{}", scheme.marshaling.encode(&signature)),
    };
    if key.derived {
        let PublicKey::Ed25519(point) = private.public() else {
            return Err(internal(crate::engines::asymmetric::KeyError::Write));
        };
        answer.insert("public_key".to_owned(), Value::from(encoding::encode(point)));
    }
    Ok(answer)
}

fn verified(key: &Key, scheme: &Scheme, (item, is_batch): (&Item, bool)) -> Result<Object, Error> {
    let input = input(item, is_batch)?;
    let (version, text) = key.reading(item.text("signature"), "signature")?;
    let signature = scheme
        .marshaling
        .decode(text)
        .ok_or_else(|| Error::response("invalid base64 signature value"))?;
    let public = public(key, version, item)?;
    match scheme.verify(&public, &input, &signature) {
        Some(valid) => Ok(object! { "valid" => valid }),
        None => Err(Error::response("supplied signature is invalid")),
    }
}

fn verified_hmac(key: &Key, hash: Algorithm, (item, is_batch): (&Item, bool)) -> Result<Object, Error> {
    let input = input(item, is_batch)?;
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
