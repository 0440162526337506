//! `sys/rotate/root`: another unseal key. There is one share of it, and one it stays.

use super::status::{key_bytes, refused_shares};
use crate::core::Core;
use crate::engine::{Call, Context, Route, boolean, integer, route, text, text_list};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::{object, random};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// A replacement that was begun.
#[derive(Clone, Debug)]
pub(super) struct KeyRotation {
    nonce: String,
    backup: bool,
}

pub(super) fn routes() -> Vec<Route<Core>> {
    use Operation::{Delete, Read, Update};
    vec![
        route("rotate/root/init")
            .fields(vec![
                integer("secret_shares").help("Shares of the new key; one here."),
                integer("secret_threshold").help("Shares that unseal; one here."),
                text_list("pgp_keys").help("Not taken here."),
                boolean("backup").help("Kept and shown."),
                boolean("require_verification").help("Not taken here."),
            ])
            .help("Begin to replace the unseal key.", "Reads how far it is, and gives up.")
            .on(Read, Core::read_key_rotation)
            .on(Update, Core::begin_key_rotation)
            .on(Delete, |core: &mut Core, _, _| {
                core.settings.key_rotation = None;
                Ok(None)
            }),
        route("rotate/root/update")
            .fields(vec![
                text("key").help("The unseal key in force."),
                text("nonce").help("What the beginning was answered with."),
            ])
            .help("Replace the unseal key.", "The answer holds the new one.")
            .on(Update, Core::finish_key_rotation),
        route("rotate/root")
            .help("Replace the root key.", "Nothing is seen of it.")
            .on(Update, |_: &mut Core, _, _| Ok(None)),
        route("(rekey|rotate/(root|recovery))/(recovery-key-)?backup")
            .help("Backed-up keys.", "There are none.")
            .on(Read, |_: &mut Core, _, _| {
                Err(Error::response("no backed-up keys found"))
            })
            .on(Delete, |_: &mut Core, _, _| Ok(None)),
    ]
}

/// A refusal as the original prints it, by a formatting slip of its own.
fn slip(text: &str) -> Error {
    Error::response(format!(
        "invalid rotate seal configuration: %!w(*errors.errorString=&{{{text}}})"
    ))
}

impl Core {
    fn key_rotation_shown(&self) -> Object {
        let Some(rotation) = &self.settings.key_rotation else {
            return object! { "n" => 0, "required" => 1, "started" => false, "t" => 0 };
        };
        object! {
            "n" => 1,
            "nonce" => &rotation.nonce,
            "progress" => 0,
            "required" => 1,
            "started" => true,
            "t" => 1,
            "verification_nonce" => "",
            "verification_required" => false,
        }
    }

    fn read_key_rotation(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        Response::data(self.key_rotation_shown()).reply()
    }

    fn begin_key_rotation(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        if self.settings.key_rotation.is_some() {
            return Err(Error::response("rotation already in progress"));
        }
        let (shares, threshold) = (call.int("secret_shares"), call.int("secret_threshold"));
        if let Some(why) = refused_shares(shares, threshold) {
            return Err(slip(why));
        }
        let unknown = |what: &str| Err(Error::response(format!("{what} by this development server")));
        if !call.list("pgp_keys").is_empty() {
            return unknown("pgp_keys is not supported");
        }
        if shares > 1 || call.flag("require_verification") {
            return unknown("several shares, and their verification, are not supported");
        }
        self.settings.key_rotation = Some(KeyRotation {
            nonce: random::uuid(),
            backup: call.flag("backup"),
        });
        Response::data(self.key_rotation_shown()).reply()
    }

    fn finish_key_rotation(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        for name in ["key", "nonce"] {
            if call.string(name).is_empty() {
                return Err(Error::response(format!("missing required field '{name}'")));
            }
        }
        let key = key_bytes(&call.string("key"));
        let key = key.ok_or_else(|| Error::response("'key' must be a valid hex or base64 string"))?;
        let rotation = self.settings.key_rotation.clone();
        let rotation = rotation.ok_or_else(|| Error::response("no rotation in progress"))?;
        if call.string("nonce") != rotation.nonce {
            let right = &rotation.nonce;
            return Err(Error::response(format!(
                "incorrect nonce supplied; nonce for rotation is {right:?}"
            )));
        }
        if key_bytes(&self.unseal_key).is_none_or(|right| right != key) {
            return Err(Error::response(
                "failed to read root key: %!w(*vault.ErrInvalidKey=&{failed to decrypt keys from storage: cipher: message \
                 authentication failed})",
            ));
        }
        self.settings.key_rotation = None;
        let new = random::bytes::<32>();
        self.unseal_key = random::hex(&new);
        Response::data(object! {
            "backup" => rotation.backup,
            "complete" => true,
            "keys" => vec![self.unseal_key.clone()],
            "keys_base64" => vec![BASE64_STANDARD.encode(new)],
            "nonce" => rotation.nonce,
            "pgp_fingerprints" => Value::Null,
            "verification_nonce" => "",
            "verification_required" => false,
        })
        .reply()
    }
}
