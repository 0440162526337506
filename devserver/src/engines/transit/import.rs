//! Keys that were made elsewhere.

use super::key::{Key, KeyOptions, Material};
use super::key_type::{KeyType, Shape};
use super::wrapping::known_padding;
use super::{Transit, name_field};
use crate::engine::{Call, Context, Route, boolean, integer, route, seconds, text};
use crate::engines::asymmetric::{Kind, PrivateKey, PublicKey, decode_pem};
use crate::logical::{Error, Operation, Reply};

/// Lengths of keys for keyed digests, in bytes.
const HMAC_BYTES: std::ops::RangeInclusive<usize> = 32..=512;

pub(super) fn routes() -> Vec<Route<Transit>> {
    vec![
        route("keys/{name}/import")
            .fields(vec![
                name_field(),
                text("type").or("aes256-gcm96"),
                text("hash_function").or("SHA256"),
                text("ciphertext"),
                text("public_key"),
                boolean("allow_rotation"),
                boolean("derived"),
                boolean("exportable"),
                boolean("allow_plaintext_backup"),
                text("context"),
                seconds("auto_rotate_period"),
            ])
            .on(Operation::Update, Transit::import)
            .help(
                "Imports a key",
                "Wrapped by the wrapping key, or a public key as it is.",
            ),
        route("keys/{name}/import_version")
            .fields(vec![
                name_field(),
                text("ciphertext"),
                text("public_key"),
                text("hash_function").or("SHA256"),
                integer("version"),
            ])
            .on(Operation::Update, Transit::import_version)
            .help("Imports a version of a key", "Of one that was imported itself."),
    ]
}

impl Transit {
    fn import(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let refuse = |text: &str| Err(Error::internal(text));
        if call.request.data.contains_key("convergent_encryption") {
            return refuse("import cannot be used on keys with convergent encryption enabled");
        }
        let rotates = call.flag("allow_rotation");
        if !call.duration("auto_rotate_period").is_zero() && !rotates {
            return refuse("allow_rotation must be set to true if auto-rotation is enabled");
        }
        let named = call.string("type");
        let kind = KeyType::named(&named.to_lowercase());
        let kind = kind.ok_or_else(|| Error::response(format!("unknown key type: {named}")))?;
        let name = call.text("name");
        if self.keys.contains_key(name) {
            return refuse(
                "the import path cannot be used with an existing key; use import-version to rotate an existing imported \
                 key",
            );
        }
        let options = KeyOptions {
            derived: call.flag("derived"),
            exportable: call.flag("exportable"),
            allow_plaintext_backup: call.flag("allow_plaintext_backup"),
            auto_rotate: call.duration("auto_rotate_period"),
            ..KeyOptions::default()
        };
        let given = self.given(call, kind)?;
        let mut key = Key::empty(name, kind, options);
        key.imported = Some(rotates);
        let failed = |error: Error| Error::internal(format!("error importing key: {}", error.text));
        key.take(given, context.now).map_err(failed)?;
        self.keys.insert(name.to_owned(), key);
        Ok(None)
    }

    fn import_version(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.text("name");
        let missing = format!("no key found with name {name}; to import a new key, use the import/ endpoint");
        let key = self.key(context, name, "").map_err(|_| Error::internal(missing))?;
        if key.imported.is_none() {
            return Err(Error::internal(
                "the import_version endpoint can only be used with an imported key",
            ));
        }
        let kind = key.kind;
        let given = self.given(call, kind)?;
        let asked = call.has("version").then(|| call.int("version"));
        let key = self.key(context, name, "")?;
        match asked {
            Some(version) => key.complete(version, given)?,
            None => key.take(given, context.now)?,
        }
        Ok(None)
    }

    /// The key that a call brings: wrapped, or the public half alone. The latter counts only where the former is not
    /// sent at all.
    fn given(&mut self, call: &Call<'_>, kind: &KeyType) -> Result<Given, Error> {
        if call.has("ciphertext") {
            let padding = known_padding(&call.string("hash_function"))?;
            return Ok(Given::Private(self.unwrapped(&call.string("ciphertext"), padding)?));
        }
        match kind.shape {
            Shape::Asymmetric(_) => Ok(Given::Public(call.string("public_key"))),
            _ => Err(Error::internal("provided type does not support public_key import")),
        }
    }
}

/// What a call brings.
enum Given {
    /// Bytes, or PKCS#8.
    Private(Vec<u8>),
    /// A public key in PEM.
    Public(String),
}

impl Key {
    /// Adds an imported version. A private key that belongs to the newest version's public one completes that instead.
    fn take(&mut self, given: Given, now: jiff::Timestamp) -> Result<(), Error> {
        self.check_present()?;
        let material = self.material(given)?;
        if let Material::Private(private) = &material
            && let Some(newest) = self.versions.get_mut(&self.latest)
            && matches!(&newest.material, Material::Public(public) if *public == private.public())
        {
            newest.material = material;
            return Ok(());
        }
        if let (Shape::Hmac, Material::Bytes(bytes)) = (self.kind.shape, &material) {
            self.key_size = bytes.len();
        }
        self.add_version(material, now);
        Ok(())
    }

    /// Adds the private half to a version that has only its public one.
    fn complete(&mut self, number: i64, given: Given) -> Result<(), Error> {
        let is_private = matches!(given, Given::Private(_));
        let is_pair = matches!(self.kind.shape, Shape::Asymmetric(_));
        let unknown = |error: Error| Error::internal(error.text);
        let lacks = matches!(self.numbered(number).map_err(unknown)?.material, Material::Public(_));
        let refuse = |text: &str| Err(Error::internal(text));
        match (is_pair, lacks, is_private) {
            (false, _, _) => return refuse("provided type does not support importing key versions"),
            (true, true, false) => {
                return refuse("cannot add a public key to a key version that already has a public key set");
            }
            (true, false, _) => return refuse("private key imported, key version cannot be updated"),
            (true, true, true) => {}
        }
        self.check_present()?;
        let material = self.material(given)?;
        let version = self.numbered(number)?;
        let fits = matches!(&material, Material::Private(private) if Some(private.public()) == version.public());
        if !fits {
            return refuse("cannot import key, key pair does not match");
        }
        version.material = material;
        Ok(())
    }

    fn material(&self, given: Given) -> Result<Material, Error> {
        let wanted = match (self.kind.shape, &given) {
            (Shape::Asymmetric(kind), _) => kind,
            (shape, Given::Private(bytes)) => {
                let fits = match shape {
                    Shape::Cipher(cipher) => bytes.len() == cipher.key_length(),
                    _ => HMAC_BYTES.contains(&bytes.len()),
                };
                return match fits {
                    true => Ok(Material::Bytes(bytes.clone())),
                    false => Err(Error::internal(format!(
                        "invalid key size {} bytes for key type {}",
                        bytes.len(),
                        self.kind.name
                    ))),
                };
            }
            (_, Given::Public(_)) => {
                return Err(Error::internal("provided type does not support public_key import"));
            }
        };
        if self.derived && matches!(given, Given::Public(_)) {
            return Err(Error::internal(
                "unable to import only public key for derived Ed25519 key: imported key should not be an Ed25519 key pair \
                 but is instead an HKDF key",
            ));
        }
        let material = match given {
            Given::Private(bytes) => {
                let key = PrivateKey::from_pkcs8(&bytes);
                let wrong = || Error::internal("error parsing asymmetric key: x509: failed to parse private key");
                Material::Private(key.ok_or_else(wrong)?)
            }
            Given::Public(text) => {
                let (_, der) =
                    decode_pem(&text).ok_or_else(|| Error::internal("error parsing public key: not in PEM format"))?;
                let key = PublicKey::from_der(&der);
                Material::Public(key.ok_or_else(|| Error::internal("error parsing public key: unknown key"))?)
            }
        };
        check_kind(self.kind.name, wanted, &material)?;
        Ok(material)
    }
}

/// Refuses keys of another kind than the named one's.
fn check_kind(name: &str, wanted: Kind, material: &Material) -> Result<(), Error> {
    let (found, half) = match material {
        Material::Private(key) => (key.kind(), "PrivateKey"),
        Material::Public(key) => (key.kind(), "PublicKey"),
        Material::Bytes(_) => return Ok(()),
    };
    let curve = |kind: Kind| format!("P-{}", kind.bits());
    Err(Error::internal(match (wanted, found) {
        (wanted, found) if wanted == found => return Ok(()),
        (Kind::Rsa(wanted), Kind::Rsa(found)) => format!(
            "invalid key size: expected {} bytes, got {} bytes",
            wanted / 8,
            found.div_ceil(8)
        ),
        (wanted, found) if wanted.name() == "ec" && found.name() == "ec" => {
            format!("invalid curve: expected {}, got {}", curve(wanted), curve(found))
        }
        (_, found) => {
            let kind = match found {
                Kind::Rsa(_) => "*rsa",
                Kind::Ed25519 => "ed25519",
                _ => "*ecdsa",
            };
            format!("invalid key type: expected {name}, got {kind}.{half}")
        }
    }))
}
