//! Making, reading, rotating, configuring, trimming and deleting keys.

use super::key::{Key, KeyOptions};
use super::key_type::{KeyType, Shape};
use super::{Transit, name_field};
use crate::engine::{Call, Context, Route, boolean, integer, route, seconds, text};
use crate::engines::{encoding, tree};
use crate::logical::{Error, Operation, Reply, Response};
use std::time::Duration;

const FIRST_VERSION: &str = "since Vault 0.3 (prior to the OpenBao fork), transit key numbering starts at 1; forcing \
                             minimum to 1";
const HOUR: Duration = Duration::from_secs(3600);

pub(super) fn routes() -> Vec<Route<Transit>> {
    vec![
        route("keys/{name}/rotate")
            .fields(vec![name_field()])
            .on(Operation::Update, Transit::rotate)
            .help("Gives a key its next version", "Adds a version to the key."),
        route("keys/{name}/config")
            .fields(vec![
                name_field(),
                integer("min_decryption_version"),
                integer("min_encryption_version"),
                boolean("deletion_allowed"),
                boolean("exportable"),
                boolean("allow_plaintext_backup"),
                seconds("auto_rotate_period"),
            ])
            .on(Operation::Update, Transit::configure)
            .help("Changes a key's settings", "What the key's versions may be used for."),
        route("keys/{name}/trim")
            .fields(vec![name_field(), integer("min_available_version")])
            .on(Operation::Update, Transit::trim)
            .help("Forgets a key's oldest versions", "Removes old versions for good."),
        route("keys/{name}/soft-delete")
            .fields(vec![name_field()])
            .on(Operation::Delete, Transit::soft_delete)
            .help(
                "Soft delete a named key",
                "Makes the key unusable until it is restored.",
            ),
        route("keys/{name}/soft-delete-restore")
            .fields(vec![name_field()])
            .on(Operation::Update, Transit::restore)
            .help("Restore a soft deleted key", "Makes the key usable again."),
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

    fn delete_key(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.text("name");
        let refuse = |why| Err(Error::response(format!("error deleting policy {name}: {why}")));
        match self.keys.get(name) {
            None => return refuse("could not delete key; not found"),
            Some(key) if !key.deletion_allowed => return refuse("deletion is not allowed for this key"),
            Some(_) => self.keys.remove(name),
        };
        Ok(None)
    }

    fn rotate(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let now = context.now;
        let key = self.key(context, call.text("name"), "key not found")?;
        key.rotate(now)?;
        Response::data(key.view(&[])?).reply()
    }

    fn configure(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.text("name");
        let key = self.key(context, name, &format!("no existing key named {name} could be found"))?;
        let decryption = minimum(call, key, "decryption", key.min_decryption)?;
        // Zero decrypts as one: there is no version below the first.
        let decryption = decryption.max(1);
        let encryption = minimum(call, key, "encryption", key.min_encryption)?;
        if encryption > 0 && encryption < decryption {
            return Err(Error::response(format!(
                "cannot set min encryption/decryption values; min encryption version of {encryption} must be greater than or equal \
                 to min decryption version of {decryption}"
            )));
        }
        if key.min_available > decryption {
            return Err(Error::response(format!(
                "cannot set min decryption version of {decryption}, minimum available version is {}",
                key.min_available
            )));
        }
        if let Some(period) = call.maybe_duration("auto_rotate_period") {
            key.auto_rotate = auto_rotate(period)?;
        }
        key.min_decryption = decryption;
        key.min_encryption = encryption;
        if call.has("deletion_allowed") {
            key.deletion_allowed = call.flag("deletion_allowed");
        }
        // What was once allowed out cannot be called back.
        key.exportable |= call.flag("exportable");
        key.allow_plaintext_backup |= call.flag("allow_plaintext_backup");
        let response = Response::data(key.view(&[])?);
        if call.has("min_decryption_version") && call.int("min_decryption_version") == 0 {
            return response.warn(FIRST_VERSION).reply();
        }
        response.reply()
    }

    fn trim(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let key = self.key(context, call.text("name"), "invalid key name")?;
        if !call.has("min_available_version") {
            return Err(Error::response("missing min_available_version"));
        }
        let asked = call.int("min_available_version");
        let refused = if asked < key.min_available {
            "minimum available version cannot be decremented"
        } else if key.min_encryption == 0 {
            "minimum available version cannot be set when minimum encryption version is not set"
        } else if asked > key.min_encryption {
            // The original's spelling.
            "minimum available version cannot be greater than minmum encryption version"
        } else if asked > key.min_decryption {
            "minimum available version cannot be greater than minimum decryption version"
        } else if asked == 0 {
            "minimum available version should be positive"
        } else {
            ""
        };
        if !refused.is_empty() {
            return Err(Error::response(refused));
        }
        key.min_available = asked;
        key.versions.retain(|number, _| *number >= asked);
        Response::data(key.view(&[])?).reply()
    }

    fn list_keys(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        Response::list(tree::page(self.keys.keys().cloned(), call)).reply()
    }

    fn soft_delete(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.text("name");
        let key = self.key(context, name, &format!("no existing key named {name} could be found"))?;
        let already = std::mem::replace(&mut key.soft_deleted, true);
        let response = Response::data(key.view(&[])?);
        match already {
            true => response.warn("key was already marked as soft deleted").reply(),
            false => response.reply(),
        }
    }

    fn restore(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.text("name");
        let key = self.key(context, name, &format!("no existing key named {name} could be found"))?;
        let was_deleted = std::mem::replace(&mut key.soft_deleted, false);
        let response = Response::data(key.view(&[])?);
        match was_deleted {
            true => response.reply(),
            false => response.warn("key was already restored").reply(),
        }
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

fn auto_rotate(period: Duration) -> Result<Duration, Error> {
    if period.is_zero() || period >= HOUR {
        return Ok(period);
    }
    Err(Error::response(
        "auto rotate period must be 0 to disable or at least an hour",
    ))
}

/// The minimum version for `deed` after this call.
fn minimum(call: &Call<'_>, key: &Key, deed: &str, current: i64) -> Result<i64, Error> {
    let field = format!("min_{deed}_version");
    if !call.has(&field) {
        return Ok(current);
    }
    match call.int(&field) {
        ..0 => Err(Error::response(format!("min {deed} version cannot be negative"))),
        asked if asked > key.latest => Err(Error::response(format!(
            "cannot set min {deed} version of {asked}, latest key version is {}",
            key.latest
        ))),
        asked => Ok(asked),
    }
}
