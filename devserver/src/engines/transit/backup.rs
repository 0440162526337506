//! Keys as text, with all their versions: taken out, and brought back. The text is this server's own: only servers of this
//! kind read it.

use super::key::{Key, Material, Version, internal};
use super::key_type::KeyType;
use super::{Transit, name_field};
use crate::engine::{Call, Context, Route, boolean, route, text};
use crate::engines::asymmetric::{PrivateKey, PublicKey};
use crate::engines::encoding;
use crate::json::{self, Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;
use std::collections::BTreeMap;
use std::time::Duration;

pub(super) fn routes() -> Vec<Route<Transit>> {
    vec![
        route("backup/{name}")
            .fields(vec![name_field()])
            .on(Operation::Read, Transit::backup)
            .help("A key as text", "Of keys that may be taken out, and backed up."),
        route("restore(/{name+})?")
            .fields(vec![name_field(), text("backup"), boolean("force")])
            .on(Operation::Update, Transit::restore)
            .help("Restores a key from text", "Under its own name, or another."),
    ]
}

impl Transit {
    fn backup(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.text("name");
        let now = context.now;
        let key = self
            .key(context, name, "")
            .map_err(|_| Error::internal(format!("key {name:?} not found")))?;
        key.check_present().map_err(|error| Error::internal(error.text))?;
        let refused = match (key.exportable, key.allow_plaintext_backup) {
            (false, _) => "exporting is disallowed on the policy",
            (true, false) => "plaintext backup is disallowed on the policy",
            (true, true) => "",
        };
        if !refused.is_empty() {
            return Err(Error::internal(refused));
        }
        key.backed_up = Some((now, key.latest));
        let text = Value::Object(object! { "policy" => key.written()? }).to_string();
        Response::data(object! { "backup" => encoding::encode(text) }).reply()
    }

    fn restore(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let text = call.string("backup");
        if text.is_empty() {
            return Err(Error::response("'backup' must be supplied"));
        }
        if call.text("name").contains('/') {
            return Err(Error::internal("key names cannot be paths"));
        }
        let bytes = encoding::decode(&text).map_err(Error::internal)?;
        let read = json::parse(&bytes).map_err(|error| Error::internal(error.to_string()))?;
        if read.as_array().is_some() {
            return Err(Error::internal(
                "json: cannot unmarshal array into Go value of type keysutil.KeyData",
            ));
        }
        let unreadable = || Error::internal("the backup is none of this server's");
        let mut key = read.get("policy").and_then(Key::read).ok_or_else(unreadable)?;
        if !call.text("name").is_empty() {
            call.text("name").clone_into(&mut key.name);
        }
        if self.keys.contains_key(&key.name) && !call.flag("force") {
            return Err(Error::internal(format!("key {:?} already exists", key.name)));
        }
        key.restored = Some((context.now, key.latest));
        self.keys.insert(key.name.clone(), key);
        Ok(None)
    }
}

/// Flags of a key by their names in the text.
fn flags(key: &mut Key) -> [(&'static str, &mut bool); 6] {
    [
        ("derived", &mut key.derived),
        ("convergent_encryption", &mut key.convergent),
        ("exportable", &mut key.exportable),
        ("allow_plaintext_backup", &mut key.allow_plaintext_backup),
        ("deletion_allowed", &mut key.deletion_allowed),
        ("soft_deleted", &mut key.soft_deleted),
    ]
}

/// Numbers of a key by their names in the text.
fn numbers(key: &mut Key) -> [(&'static str, &mut i64); 4] {
    [
        ("latest_version", &mut key.latest),
        ("min_available_version", &mut key.min_available),
        ("min_decryption_version", &mut key.min_decryption),
        ("min_encryption_version", &mut key.min_encryption),
    ]
}

impl Key {
    fn written(&self) -> Result<Object, Error> {
        let mut copy = self.clone();
        let versions = self.versions.iter().map(|(number, version)| {
            let written = version.written()?;
            Ok((number.to_string(), Value::Object(written)))
        });
        let mut written = object! {
            "name" => &self.name,
            "type" => self.kind.name,
            "keys" => versions.collect::<Result<Object, Error>>()?,
            "auto_rotate_period" => self.auto_rotate.as_secs(),
            "key_size" => self.key_size,
            "imported" => self.imported,
        };
        written.extend(flags(&mut copy).map(|(name, flag)| (name.to_owned(), Value::from(*flag))));
        written.extend(numbers(&mut copy).map(|(name, number)| (name.to_owned(), Value::from(*number))));
        if let Some((moment, version)) = self.backed_up {
            let deed = object! { "time" => moment.to_string(), "version" => version };
            written.insert("backup_info".to_owned(), Value::Object(deed));
        }
        Ok(written)
    }

    fn read(value: &Value) -> Option<Self> {
        let kind = KeyType::named(value.get("type")?.as_str()?)?;
        let mut key = Self::empty(value.get("name")?.as_str()?, kind, Default::default());
        for (name, flag) in flags(&mut key) {
            *flag = value.get(name)?.as_bool()?;
        }
        for (name, number) in numbers(&mut key) {
            *number = value.get(name)?.as_i64()?;
        }
        let seconds = value.get("auto_rotate_period")?.as_i64()?;
        key.auto_rotate = Duration::from_secs(u64::try_from(seconds).ok()?);
        key.key_size = usize::try_from(value.get("key_size")?.as_i64()?).ok()?;
        key.imported = value.get("imported")?.as_bool();
        if let Some(deed) = value.get("backup_info") {
            let moment = deed.get("time")?.as_str()?.parse().ok()?;
            key.backed_up = Some((moment, deed.get("version")?.as_i64()?));
        }
        let versions = value.get("keys")?.as_object()?.iter();
        let versions = versions.map(|(number, version)| Some((number.parse().ok()?, Version::read(version)?)));
        key.versions = versions.collect::<Option<BTreeMap<i64, Version>>>()?;
        Some(key)
    }
}

impl Version {
    fn written(&self) -> Result<Object, Error> {
        let (form, bytes) = match &self.material {
            Material::Bytes(bytes) => ("key", bytes.clone()),
            Material::Private(key) => ("private_key", key.pkcs8_der().map_err(internal)?),
            Material::Public(key) => ("public_key", key.der().map_err(internal)?),
        };
        Ok(object! {
            form => encoding::encode(bytes),
            "hmac_key" => encoding::encode(&self.hmac),
            "time" => self.created.to_string(),
            "certificate_chain" => self.certificates.iter().map(encoding::encode).collect::<Vec<_>>(),
        })
    }

    fn read(value: &Value) -> Option<Self> {
        let bytes = |name: &str| encoding::decode(value.get(name)?.as_str()?).ok();
        let material = if let Some(key) = bytes("key") {
            Material::Bytes(key)
        } else if let Some(private) = bytes("private_key") {
            Material::Private(PrivateKey::from_pkcs8(&private)?)
        } else {
            Material::Public(PublicKey::from_der(&bytes("public_key")?)?)
        };
        let certificates = value.get("certificate_chain")?.as_array()?.iter();
        let certificates = certificates.map(|text| encoding::decode(text.as_str()?).ok());
        Some(Self {
            material,
            certificates: certificates.collect::<Option<_>>()?,
            hmac: bytes("hmac_key")?,
            created: value.get("time")?.as_str()?.parse().ok()?,
        })
    }
}
