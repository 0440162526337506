//! Exporting keys that were made exportable, and public keys and certificates of all.

use super::key::{Key, Material, Version, internal};
use super::{Transit, name_field};
use crate::engine::{Call, Context, Route, route, text};
use crate::engines::asymmetric::{Kind, PrivateKey, PublicKey};
use crate::engines::encoding;
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;

pub(super) fn routes() -> Vec<Route<Transit>> {
    vec![
        route("export/{type}/{name}(/{version+})?")
            .fields(vec![name_field(), text("type"), text("version"), text("format")])
            .on(Operation::Read, Transit::export)
            .help(
                "Gives the material of an exportable key",
                "Only keys that were made exportable.",
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
    Certificates,
}

/// How keys are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Each type in its own way.
    Usual,
    Raw,
    Der,
    Pem,
}

impl Transit {
    fn export(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let part = Part::named(call.text("type"))?;
        let form = Form::named(&call.string("format"))?;
        if !self.keys.contains_key(call.text("name")) {
            return Ok(None);
        }
        let key = self.key(context, call.text("name"), "")?;
        part.check(key)?;
        let keys = chosen(key, call.text("version"))?
            .into_iter()
            .map(|(number, version)| Ok((number.to_string(), Value::from(exported(key, version, part, form)?))))
            .collect::<Result<Object, Error>>()?;
        Response::data(object! {
            "keys" => keys,
            "name" => &key.name,
            "type" => key.kind.name,
        })
        .reply()
    }
}

impl Part {
    fn named(name: &str) -> Result<Self, Error> {
        match name {
            "encryption-key" => Ok(Part::Encryption),
            "signing-key" => Ok(Part::Signing),
            "hmac-key" => Ok(Part::Hmac),
            "public-key" => Ok(Part::Public),
            "certificate-chain" => Ok(Part::Certificates),
            other => Err(Error::response(format!("invalid export type: {other}"))),
        }
    }

    /// Refuses what may not leave the key, or what it does not have.
    fn check(self, key: &Key) -> Result<(), Error> {
        if !matches!(self, Part::Public | Part::Certificates) && !key.exportable {
            return Err(Error::response("private key material is not exportable"));
        }
        key.check_present().map_err(|error| Error::internal(error.text))?;
        let refused = match self {
            Part::Encryption if !key.kind.encrypts => "encryption not supported for the key",
            Part::Signing if !key.kind.signs => "signing not supported for the key",
            Part::Certificates if !key.kind.signs => {
                "certificate chain not supported for keys that do not support signing"
            }
            _ => return Ok(()),
        };
        Err(Error::response(refused))
    }
}

impl Form {
    fn named(name: &str) -> Result<Self, Error> {
        match name {
            "" => Ok(Form::Usual),
            "raw" => Ok(Form::Raw),
            "der" => Ok(Form::Der),
            "pem" => Ok(Form::Pem),
            other => Err(Error::response(format!("invalid format: {other}"))),
        }
    }
}

/// The versions that a call means: all that are in use, or one.
pub(super) fn chosen<'k>(key: &'k Key, asked: &str) -> Result<Vec<(i64, &'k Version)>, Error> {
    let number = match asked {
        "" => {
            let usable = key.versions.iter().filter(|(number, _)| **number >= key.min_decryption);
            return Ok(usable.map(|(number, version)| (*number, version)).collect());
        }
        "latest" => key.latest,
        text => text
            .trim_start_matches('v')
            .parse()
            .map_err(|_| Error::response("invalid key version"))?,
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

fn exported(key: &Key, version: &Version, part: Part, form: Form) -> Result<String, Error> {
    let unknown = |what: &str| Error::internal(format!("unknown key type {} for export type {what}", key.kind.name));
    match part {
        Part::Certificates if version.certificates.is_empty() => Err(Error::internal(
            "selected key version does not have a certificate chain imported",
        )),
        Part::Certificates => Ok(version.chain()),
        Part::Hmac => plain(&version.hmac, form),
        Part::Public => version
            .public()
            .map_or_else(|| Err(unknown("public-key")), |public| shown_public(&public, form)),
        Part::Encryption | Part::Signing => match &version.material {
            Material::Bytes(bytes) => plain(bytes, form),
            Material::Private(private) => shown_private(private, form),
            Material::Public(_) => Ok(String::new()),
        },
    }
}

/// Bytes, which have no other form than their own.
fn plain(bytes: &[u8], form: Form) -> Result<String, Error> {
    match form {
        Form::Usual | Form::Raw => Ok(encoding::encode(bytes)),
        Form::Der | Form::Pem => Err(Error::internal(
            "unknown format for HMAC key; supported values are `` or `raw`",
        )),
    }
}

fn no_raw_form(kind: Kind) -> Error {
    Error::internal(format!(
        "unknown key format for {} key; supported values are ``, `der`, or `pem`",
        kind.name()
    ))
}

fn shown_public(key: &PublicKey, form: Form) -> Result<String, Error> {
    match (key, form) {
        (PublicKey::Ed25519(point), Form::Usual | Form::Raw) => Ok(encoding::encode(point)),
        (_, Form::Raw) => Err(no_raw_form(key.kind())),
        (_, Form::Der) => key.der().map(encoding::encode).map_err(internal),
        (PublicKey::Rsa(_), _) => key.pem().map_err(internal),
        _ => key.pem().map(|text| text.trim_end().to_owned()).map_err(internal),
    }
}

fn shown_private(key: &PrivateKey, form: Form) -> Result<String, Error> {
    let text = match (key, form) {
        (PrivateKey::Ed25519(seed), Form::Usual | Form::Raw) => {
            let PublicKey::Ed25519(point) = key.public() else {
                return Err(no_raw_form(key.kind()));
            };
            return Ok(encoding::encode([seed.as_slice(), &point].concat()));
        }
        (_, Form::Raw) => return Err(no_raw_form(key.kind())),
        (_, Form::Der) => return key.pkcs8_der().map(encoding::encode).map_err(internal),
        (_, Form::Pem) => key.pkcs8_pem().map_err(internal)?,
        (_, Form::Usual) => key.traditional_pem().map_err(internal)?,
    };
    Ok(match key {
        PrivateKey::Rsa(_) => text,
        _ => text.trim_end().to_owned(),
    })
}
