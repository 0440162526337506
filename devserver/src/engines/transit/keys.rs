//! Making, reading, listing and rotating keys.

use super::key::{Key, KeyOptions};
use super::key_type::{KeyType, Shape};
use super::{Transit, name_field};
use crate::engine::{Call, Context, Route, boolean, integer, route, seconds, text};
use crate::engines::asymmetric::Kind;
use crate::engines::{encoding, tree};
use crate::logical::{Error, Operation, Reply, Response};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

pub(super) fn routes() -> Vec<Route<Transit>> {
    vec![
        route("keys/{name}/rotate")
            .fields(vec![name_field()])
            .on(Operation::Update, Transit::rotate)
            .help("Gives a key its next version", "Adds a version to the key."),
        route("keys/?")
            .fields(vec![text("after"), integer("limit").or(-1)])
            .on(Operation::List, Transit::list_keys)
            .help("List the keys", "Names only."),
        route("keys/{name}")
            .fields(vec![
                name_field(),
                text("type").or("aes256-gcm96"),
                boolean("derived"),
                boolean("convergent_encryption"),
                boolean("exportable"),
                boolean("allow_plaintext_backup"),
                text("context"),
                seconds("auto_rotate_period"),
                integer("key_size"),
            ])
            .on(Operation::Read, Transit::read_key)
            .on(Operation::Update, Transit::create_key)
            .on(Operation::Delete, Transit::delete_key)
            .help("Creates, shows and deletes a key", "Makes, shows and deletes keys."),
    ]
}

impl Transit {
    fn create_key(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.text("name");
        let named = call.string("type");
        let options = options(call)?;
        let kind = KeyType::named(&named).ok_or_else(|| Error::response(format!("unknown key type {named}")))?;
        check_size(kind, call.int("key_size"))?;
        if let Some(key) = self.keys.get(name) {
            return Response::data(key.view(&[])?).reply();
        }
        check_derivation(kind, &options)?;
        if kind.shape == Shape::Hmac && options.key_size == 0 {
            return Err(Error::internal(
                "invalid key size for HMAC key, must be between 32 and 512 bytes",
            ));
        }
        let key = Key::new(name, kind, options, context.now)?;
        let view = key.view(&[])?;
        self.keys.insert(name.to_owned(), key);
        Response::data(view).reply()
    }

    fn read_key(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        if !self.keys.contains_key(call.text("name")) {
            return Ok(None);
        }
        let derivation =
            encoding::decode(call.text("context")).map_err(|_| Error::response("failed to base64-decode context"))?;
        Response::data(self.key(context, call.text("name"), "")?.view(&derivation)?).reply()
    }

    fn rotate(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let now = context.now;
        let key = self.key(context, call.text("name"), "key not found")?;
        if key.imported == Some(false) {
            return Err(Error::internal(format!(
                "imported key {} does not allow rotation within Vault",
                key.name
            )));
        }
        key.rotate(now).map_err(|error| Error::internal(error.text))?;
        key.imported = None;
        Response::data(key.view(&[])?).reply()
    }

    fn list_keys(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        Response::list(tree::page(self.keys.keys().cloned(), call)).reply()
    }
}

fn options(call: &Call<'_>) -> Result<KeyOptions, Error> {
    let options = KeyOptions {
        derived: call.flag("derived"),
        convergent: call.flag("convergent_encryption"),
        exportable: call.flag("exportable"),
        allow_plaintext_backup: call.flag("allow_plaintext_backup"),
        auto_rotate: auto_rotate(call.duration("auto_rotate_period"))?,
        key_size: usize::try_from(call.int("key_size")).unwrap_or_default(),
    };
    if options.convergent && !options.derived {
        return Err(Error::response(
            "convergent encryption requires derivation to be enabled",
        ));
    }
    Ok(options)
}

/// Refuses a size of a key that has none of its own, or cannot be so long.
fn check_size(kind: &KeyType, size: i64) -> Result<(), Error> {
    match (kind.shape, size) {
        (_, 0) | (Shape::Hmac, 32..=512) => Ok(()),
        (Shape::Hmac, other) => Err(Error::response(format!("invalid key_size {other}"))),
        _ => Err(Error::response(format!(
            "key_size is not valid for algorithm {}",
            kind.name
        ))),
    }
}

/// Refuses derivation of keys that cannot be derived, and equal ciphertexts of keys that do not encrypt.
fn check_derivation(kind: &KeyType, options: &KeyOptions) -> Result<(), Error> {
    let refuse = |what: &str| {
        Err(Error::internal(format!(
            "{what} not supported for keys of type {}",
            kind.name
        )))
    };
    match kind.shape {
        Shape::Cipher(_) => Ok(()),
        Shape::Asymmetric(Kind::Ed25519) if options.convergent => refuse("convergent encryption"),
        Shape::Asymmetric(Kind::Ed25519) => Ok(()),
        _ if options.derived || options.convergent => refuse("key derivation and convergent encryption"),
        _ => Ok(()),
    }
}

pub(super) fn auto_rotate(period: Duration) -> Result<Duration, Error> {
    if period.is_zero() || period >= HOUR {
        return Ok(period);
    }
    Err(Error::response(
        "auto rotate period must be 0 to disable or at least an hour",
    ))
}
