//! A key with its versions, and the rules of which version may do what.

use super::cipher::derive;
use super::key_type::{KeyType, Shape};
use crate::engines::asymmetric::{KeyError, PrivateKey, PublicKey, pem};
use crate::logical::Error;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// What one version is made of.
#[derive(Clone)]
pub(super) enum Material {
    Bytes(Vec<u8>),
    Private(PrivateKey),
    /// Imported without its private half.
    Public(PublicKey),
}

/// One version of a key.
#[derive(Clone)]
pub(super) struct Version {
    pub(super) material: Material,
    /// Certificates of the key in DER, its own first.
    pub(super) certificates: Vec<Vec<u8>>,
    /// For keyed digests, whatever the type.
    pub(super) hmac: Vec<u8>,
    pub(super) created: Timestamp,
}

/// When something was done with a key, and which version was its newest then.
pub(super) type Deed = Option<(Timestamp, i64)>;

/// A named key.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) kind: &'static KeyType,
    pub(super) versions: BTreeMap<i64, Version>,
    pub(super) derived: bool,
    pub(super) convergent: bool,
    pub(super) exportable: bool,
    pub(super) allow_plaintext_backup: bool,
    pub(super) deletion_allowed: bool,
    pub(super) soft_deleted: bool,
    pub(super) latest: i64,
    pub(super) min_available: i64,
    pub(super) min_decryption: i64,
    pub(super) min_encryption: i64,
    pub(super) auto_rotate: Duration,
    /// Length of the bytes of an HMAC key.
    pub(super) key_size: usize,
    /// Whether it came from outside, and if so, whether it may be rotated here.
    pub(super) imported: Option<bool>,
    pub(super) backed_up: Deed,
    pub(super) restored: Deed,
}

/// What a key is made with.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct KeyOptions {
    pub(super) derived: bool,
    pub(super) convergent: bool,
    pub(super) exportable: bool,
    pub(super) allow_plaintext_backup: bool,
    pub(super) auto_rotate: Duration,
    pub(super) key_size: usize,
}

pub(super) const TOO_OLD: &str = "ciphertext or signature version is disallowed by policy (too old)";
const SOFT_DELETED: &str = "refusing to use soft-deleted key";
const NO_CONTEXT: &str = "missing 'context' for key derivation; the key was created using a derived key, which means \
                          additional, per-request information must be included in order to perform operations with the key";

impl Key {
    /// A key with its first version.
    pub(super) fn new(name: &str, kind: &'static KeyType, options: KeyOptions, now: Timestamp) -> Result<Self, Error> {
        let mut key = Self::empty(name, kind, options);
        key.rotate(now)?;
        Ok(key)
    }

    /// A key without versions.
    pub(super) fn empty(name: &str, kind: &'static KeyType, options: KeyOptions) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            versions: BTreeMap::new(),
            derived: options.derived,
            convergent: options.convergent,
            exportable: options.exportable,
            allow_plaintext_backup: options.allow_plaintext_backup,
            deletion_allowed: false,
            soft_deleted: false,
            latest: 0,
            min_available: 0,
            min_decryption: 1,
            min_encryption: 0,
            auto_rotate: options.auto_rotate,
            key_size: if options.key_size == 0 { 32 } else { options.key_size },
            imported: None,
            backed_up: None,
            restored: None,
        }
    }

    /// Refuses keys that are marked as deleted.
    pub(super) fn check_present(&self) -> Result<(), Error> {
        match self.soft_deleted {
            true => Err(Error::response(SOFT_DELETED)),
            false => Ok(()),
        }
    }

    /// Adds a version that is made here.
    pub(super) fn rotate(&mut self, now: Timestamp) -> Result<(), Error> {
        self.check_present()?;
        let material = match self.kind.shape {
            Shape::Cipher(cipher) => Material::Bytes(random(cipher.key_length())),
            Shape::Hmac => Material::Bytes(random(self.key_size)),
            Shape::Asymmetric(kind) => Material::Private(PrivateKey::generate(kind).map_err(internal)?),
        };
        self.add_version(material, now);
        Ok(())
    }

    /// Adds a version.
    pub(super) fn add_version(&mut self, material: Material, now: Timestamp) {
        let hmac = match (&material, self.kind.shape) {
            (Material::Bytes(bytes), Shape::Hmac) => bytes.clone(),
            _ => random(32),
        };
        self.latest += 1;
        let version = Version {
            material,
            certificates: Vec::new(),
            hmac,
            created: now,
        };
        self.versions.insert(self.latest, version);
    }

    /// Rotates when the automatic period is over.
    pub(super) fn rotate_if_due(&mut self, now: Timestamp) -> Result<(), Error> {
        let Some(newest) = self.versions.get(&self.latest) else {
            return Ok(());
        };
        let age = now.duration_since(newest.created);
        let period = jiff::SignedDuration::try_from(self.auto_rotate).unwrap_or(jiff::SignedDuration::MAX);
        if self.auto_rotate.is_zero() || age < period || self.soft_deleted || self.imported == Some(false) {
            return Ok(());
        }
        self.rotate(now)
    }

    /// The version to encrypt or sign with; 0 asks for the newest.
    pub(super) fn writing(&self, asked: i64, deed: &str) -> Result<(i64, &Version), Error> {
        let refuse = |why: &str| Err(Error::response(format!("requested version for {deed} is {why}")));
        let version = match asked {
            0 => self.latest,
            ..0 => return refuse("negative"),
            _ if asked > self.latest => return refuse("higher than the latest key version"),
            _ if asked < self.min_encryption => return refuse("less than the minimum encryption key version"),
            _ => asked,
        };
        self.version(version).map(|found| (version, found))
    }

    /// The version to make a keyed digest with; 0 asks for the newest.
    pub(super) fn digesting(&self, asked: i64) -> Result<(i64, &Version), Error> {
        if asked > self.latest {
            return Err(Error::response(format!(
                "key version does not exist; latest key version is {}",
                self.latest
            )));
        }
        if asked < 0 {
            return Err(Error::response("key version does not exist (cannot be negative)"));
        }
        self.writing(asked, "HMAC")
    }

    /// The version of this number, whatever it may be used for.
    pub(super) fn numbered(&mut self, number: i64) -> Result<&mut Version, Error> {
        let least = self.min_decryption;
        let found = self.versions.get_mut(&number).filter(|_| number >= least);
        found.ok_or_else(|| Error::response("no such key version"))
    }

    /// The version that made `vault:vN:rest`, and the rest. `what` names the text in errors.
    pub(super) fn reading<'t>(&self, text: &'t str, what: &str) -> Result<(&Version, &'t str), Error> {
        let refuse = |why: &str| Err(Error::response(format!("invalid {what}: {why}")));
        let Some(rest) = text.strip_prefix("vault:v") else {
            return refuse("no prefix");
        };
        let Some((number, rest)) = rest.split_once(':') else {
            return refuse("wrong number of fields");
        };
        let Ok(version) = number.parse::<i64>() else {
            return refuse("version number could not be decoded");
        };
        // Version 0 is how the first release wrote version 1.
        let version = if version == 0 { 1 } else { version };
        if version > self.latest {
            return refuse("version is too new");
        }
        if version < self.min_decryption {
            return Err(Error::response(TOO_OLD));
        }
        self.version(version).map(|found| (found, rest))
    }

    fn version(&self, number: i64) -> Result<&Version, Error> {
        self.check_present()?;
        let usable = self.versions.get(&number).filter(|_| number >= self.min_decryption);
        usable.ok_or_else(|| Error::response("no such key version"))
    }

    /// The bytes of a version, for this context where the key is a derived one.
    pub(super) fn bytes(&self, version: &Version, context: &[u8], length: usize) -> Result<Vec<u8>, Error> {
        let bytes = match &version.material {
            Material::Bytes(bytes) => bytes.clone(),
            Material::Private(PrivateKey::Ed25519(seed)) => seed.to_vec(),
            _ => return Err(Error::internal("this key type has no bytes")),
        };
        if !self.derived {
            return Ok(bytes);
        }
        if context.is_empty() {
            return Err(Error::response(NO_CONTEXT));
        }
        Ok(derive(&bytes, context, length))
    }

    /// The Ed25519 key of a version, derived where the key is a derived one.
    pub(super) fn ed25519(&self, version: &Version, context: &[u8]) -> Result<PrivateKey, Error> {
        let seed = self.bytes(version, context, 32)?;
        let seed = seed
            .try_into()
            .map_err(|_| Error::internal("an Ed25519 seed has 32 bytes"))?;
        Ok(PrivateKey::Ed25519(seed))
    }
}

impl Version {
    /// The private key; refused where only the public half was imported.
    pub(super) fn private(&self) -> Result<&PrivateKey, Error> {
        match &self.material {
            Material::Private(key) => Ok(key),
            _ => Err(Error::response("private key not imported for key version selected")),
        }
    }

    /// The public key, if there is one.
    pub(super) fn public(&self) -> Option<PublicKey> {
        match &self.material {
            Material::Private(key) => Some(key.public()),
            Material::Public(key) => Some(key.clone()),
            Material::Bytes(_) => None,
        }
    }

    /// Its certificates in PEM.
    pub(super) fn chain(&self) -> String {
        let blocks = self
            .certificates
            .iter()
            .map(|der| pem("CERTIFICATE", der).trim_end().to_owned());
        blocks.collect::<Vec<_>>().join("\n")
    }
}

/// Random bytes.
pub(super) fn random(length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length);
    while bytes.len() < length {
        let more: [u8; 32] = crate::random::bytes();
        bytes.extend_from_slice(&more[..more.len().min(length - bytes.len())]);
    }
    bytes
}

#[allow(clippy::needless_pass_by_value, reason = "the shape that map_err asks for")]
pub(super) fn internal(error: KeyError) -> Error {
    Error::internal(error.to_string())
}
