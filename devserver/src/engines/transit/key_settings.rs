//! What may be done with a key's versions: configuring, and trimming them.

use super::key::Key;
use super::keys::auto_rotate;
use super::{Transit, name_field};
use crate::engine::{Call, Context, Route, boolean, integer, route, seconds};
use crate::logical::{Error, Operation, Reply, Response};

const FIRST_VERSION: &str = "since Vault 0.3 (prior to the OpenBao fork), transit key numbering starts at 1; forcing \
                             minimum to 1";

pub(super) fn routes() -> Vec<Route<Transit>> {
    vec![
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
    ]
}

impl Transit {
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
