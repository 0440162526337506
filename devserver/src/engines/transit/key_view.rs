//! What reading a key shows.

use super::key::{Key, Material, Version, internal};
use super::key_type::Shape;
use crate::engines::asymmetric::{PrivateKey, PublicKey};
use crate::engines::encoding;
use crate::json::{Object, Value};
use crate::logical::Error;
use crate::object;

impl Key {
    /// What reading the key shows.
    pub(super) fn view(&self, context: &[u8]) -> Result<Object, Error> {
        let mut view = object! {
            "allow_plaintext_backup" => self.allow_plaintext_backup,
            "auto_rotate_period" => self.auto_rotate.as_secs(),
            "deletion_allowed" => self.deletion_allowed,
            "derived" => self.derived,
            "exportable" => self.exportable,
            "imported_key" => self.imported.is_some(),
            "latest_version" => self.latest,
            "min_available_version" => self.min_available,
            "min_decryption_version" => self.min_decryption,
            "min_encryption_version" => self.min_encryption,
            "name" => &self.name,
            "soft_deleted" => self.soft_deleted,
            "supports_decryption" => self.kind.encrypts,
            "supports_derivation" => self.kind.derives,
            "supports_encryption" => self.kind.encrypts,
            "supports_signing" => self.kind.signs,
            "type" => self.kind.name,
        };
        if let Some(rotates) = self.imported {
            view.insert("imported_key_allow_rotation".to_owned(), Value::from(rotates));
        }
        for (name, deed) in [("backup_info", self.backed_up), ("restore_info", self.restored)] {
            if let Some((moment, version)) = deed {
                let shown = object! { "time" => moment.to_string(), "version" => version };
                view.insert(name.to_owned(), Value::Object(shown));
            }
        }
        if self.derived {
            view.insert("kdf".to_owned(), Value::from("hkdf_sha256"));
            view.insert("convergent_encryption".to_owned(), Value::from(self.convergent));
            if self.convergent {
                view.insert("convergent_encryption_version".to_owned(), Value::from(-1));
            }
        }
        if self.kind.shape == Shape::Hmac {
            view.insert("key_size".to_owned(), Value::from(self.key_size));
        } else {
            view.insert("keys".to_owned(), Value::Object(self.versions_view(context)?));
        }
        Ok(view)
    }

    fn versions_view(&self, context: &[u8]) -> Result<Object, Error> {
        let readable = self
            .versions
            .iter()
            .filter(|(number, _)| **number >= self.min_decryption);
        readable
            .map(|(number, version)| {
                let shown = match &version.material {
                    Material::Bytes(_) => Value::from(version.created.as_second()),
                    _ => Value::Object(object! {
                        "certificate_chain" => version.chain(),
                        "creation_time" => version.created.to_string(),
                        "name" => self.kind.version_name,
                        "public_key" => self.public_key(version, context)?,
                    }),
                };
                Ok((number.to_string(), shown))
            })
            .collect()
    }

    /// The public key as shown: bare base64 for Ed25519, empty where a derived key is asked for without its context.
    pub(super) fn public_key(&self, version: &Version, context: &[u8]) -> Result<String, Error> {
        let public = match &version.material {
            Material::Private(PrivateKey::Ed25519(_)) if self.derived && context.is_empty() => return Ok(String::new()),
            Material::Private(PrivateKey::Ed25519(_)) => self.ed25519(version, context)?.public(),
            Material::Private(key) => key.public(),
            Material::Public(key) => key.clone(),
            Material::Bytes(_) => return Err(Error::internal("this key type has no public key")),
        };
        match public {
            PublicKey::Ed25519(point) => Ok(encoding::encode(point)),
            public => public.pem().map_err(internal),
        }
    }
}
