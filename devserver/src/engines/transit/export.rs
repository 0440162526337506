//! Exporting keys that were made exportable, and backups.

use super::key::{Key, Material, Version, internal};
use super::{Transit, name_field};
use crate::engine::{Call, Context, Route, route, text};
use crate::engines::asymmetric::PrivateKey;
use crate::engines::encoding;
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;

pub(super) fn routes() -> Vec<Route<Transit>> {
    vec![
        route("export/{type}/{name}(/{version})?")
            .fields(vec![name_field(), text("type"), text("version")])
            .on(Operation::Read, Transit::export)
            .help(
                "Gives the material of an exportable key",
                "Only keys that were made exportable.",
            ),
        route("backup/{name}")
            .fields(vec![name_field()])
            .on(Operation::Read, Transit::backup)
            .help(
                "A key as text; not made here",
                "Refused: a development server keeps nothing.",
            ),
    ]
}

/// What is taken out of a version.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Encryption,
    Signing,
    Hmac,
    Public,
}

impl Transit {
    fn export(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let part = match call.text("type") {
            "encryption-key" => Part::Encryption,
            "signing-key" => Part::Signing,
            "hmac-key" => Part::Hmac,
            "public-key" => Part::Public,
            other => return Err(Error::response(format!("invalid export type: {other}"))),
        };
        if !self.keys.contains_key(call.text("name")) {
            return Ok(None);
        }
        let key = self.key(context, call.text("name"), "")?;
        if part != Part::Public && !key.exportable {
            return Err(Error::response("private key material is not exportable"));
        }
        if part == Part::Encryption && !key.kind.encrypts {
            return Err(Error::response("encryption not supported for the key"));
        }
        if part == Part::Signing && !key.kind.signs {
            return Err(Error::response("signing not supported for the key"));
        }
        let keys = chosen(key, call.text("version"))?
            .into_iter()
            .map(|(number, version)| Ok((number.to_string(), Value::from(exported(key, version, part)?))))
            .collect::<Result<Object, Error>>()?;
        Response::data(object! {
            "keys" => keys,
            "name" => &key.name,
            "type" => key.kind.name,
        })
        .reply()
    }

    fn backup(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.text("name");
        let key = self
            .key(context, name, "")
            .map_err(|_| Error::internal(format!("invalid key {name:?}")))?;
        Err(Error::internal(if !key.exportable {
            "exporting is disallowed on the policy"
        } else if !key.allow_plaintext_backup {
            "plaintext backup is disallowed on the policy"
        } else {
            "this development server makes no backups: its keys end with it"
        }))
    }
}

fn chosen<'k>(key: &'k Key, asked: &str) -> Result<Vec<(i64, &'k Version)>, Error> {
    let number = match asked {
        "" => {
            let usable = key.versions.iter().filter(|(number, _)| **number >= key.min_decryption);
            return Ok(usable.map(|(number, version)| (*number, version)).collect());
        }
        "latest" => key.latest,
        text => text.parse().map_err(|_| Error::response("invalid key version"))?,
    };
    if number < key.min_decryption {
        return Err(Error::response(
            "version for export is below minimum decryption version",
        ));
    }
    match key.versions.get(&number) {
        Some(version) => Ok(vec![(number, version)]),
        None => Err(Error::response("version does not exist or cannot be found")),
    }
}

fn exported(key: &Key, version: &Version, part: Part) -> Result<String, Error> {
    match (part, &version.material) {
        (Part::Hmac, _) => Ok(encoding::encode(&version.hmac)),
        (Part::Public, Material::Bytes(_)) => Err(Error::internal(format!(
            "unknown key type {} for export type public-key",
            key.kind.name
        ))),
        (Part::Public, Material::Private(private @ PrivateKey::Ed25519(_))) => {
            Ok(encoding::encode(private.ed25519_public()))
        }
        (Part::Public, _) => key.public_key(version, &[]),
        (_, Material::Bytes(bytes)) => Ok(encoding::encode(bytes)),
        (_, Material::Private(PrivateKey::Ed25519(seed))) => {
            let public = PrivateKey::Ed25519(*seed).ed25519_public();
            Ok(encoding::encode([seed.as_slice(), &public].concat()))
        }
        (_, Material::Private(private)) => private.traditional_pem().map_err(internal),
    }
}
