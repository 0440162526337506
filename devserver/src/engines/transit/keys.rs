//! Making, reading, listing and rotating keys.

use super::key::{Key, KeyOptions};
use super::key_type::{KeyType, Shape};
use super::{Transit, name_field};
use crate::engine::{Call, Context, Route, boolean, integer, route, seconds, text};
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
        let kind = call.string("type");
        let options = options(call)?;
        let kind = KeyType::named(&kind).ok_or_else(|| Error::response(format!("unknown key type {kind}")))?;
        if options.derived && !kind.derives {
            return Err(Error::internal(format!(
                "key derivation and convergent encryption not supported for keys of type {}",
                kind.name
            )));
        }
        if kind.shape == Shape::Hmac {
            match call.int("key_size") {
                0 => {
                    return Err(Error::internal(
                        "invalid key size for HMAC key, must be between 32 and 512 bytes",
                    ));
                }
                32..=512 => {}
                other => return Err(Error::response(format!("invalid key_size {other}"))),
            }
        }
        if let Some(key) = self.keys.get(name) {
            return Response::data(key.view(&[])?).reply();
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
        key.rotate(now)?;
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

pub(super) fn auto_rotate(period: Duration) -> Result<Duration, Error> {
    if period.is_zero() || period >= HOUR {
        return Ok(period);
    }
    Err(Error::response(
        "auto rotate period must be 0 to disable or at least an hour",
    ))
}
