//! Keys of authorities: made, imported, read, named and removed.

use super::creation::{generate, kind};
use super::issuer::{colons, key_identifier};
use super::issuers::with_details;
use super::{Pki, issuer_settings};
use crate::engine::{Call, Context, Route, integer, route, text};
use crate::engines::asymmetric::{PrivateKey, decode_all_pem};
use crate::json::Value;
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;

/// Shorter texts are no key in PEM.
const SHORTEST_PEM: usize = 64;
const TOO_SHORT: &str = "provided data for import was too short; perhaps a path was passed to the API rather than the \
                         contents of a PEM file";

pub(super) fn routes() -> Vec<Route<Pki>> {
    vec![
        route("keys/?")
            .fields(vec![text("after"), integer("limit")])
            .on(Operation::List, Pki::list_keys)
            .help("List keys", "With names."),
        route("keys/generate/(?P<exported>internal|exported|kms)")
            .fields(vec![
                text("exported"),
                text("key_name"),
                text("key_type").or("rsa"),
                integer("key_bits"),
            ])
            .on(Operation::Update, Pki::generate_key)
            .help("Make a key", "For an authority to come."),
        route("keys/import")
            .fields(vec![text("key_name"), text("pem_bundle")])
            .on(Operation::Update, Pki::import_key)
            .help("Import a key", "In PEM, without encryption."),
        route("key/{key_ref}")
            .fields(vec![text("key_ref").or("default"), text("key_name")])
            .on(Operation::Read, Pki::read_key)
            .on(Operation::Update, Pki::write_key)
            .on(Operation::Delete, Pki::delete_key)
            .help("Read, name and delete keys", "By id, name, or default."),
    ]
}

impl Pki {
    fn list_keys(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let details = self.authorities.keys.values().map(|entry| {
            let shown = object! {
                "is_default" => entry.id == self.authorities.default_key,
                "key_name" => &entry.name,
            };
            (entry.id.clone(), Value::Object(shown))
        });
        with_details(details.collect(), call)
    }

    fn generate_key(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = self.new_key_name(call)?;
        let exported = call.text("exported");
        if exported == "kms" {
            return Err(Error::response("Unknown type of key to generate"));
        }
        let kind = kind(&call.string("key_type"), call.int("key_bits"))
            .map_err(|error| Error::response(format!("Validation for key_type, key_bits failed: {}", error.text)))?;
        let key = generate(kind)?;
        let private = key
            .traditional_pem()
            .map_err(|error| Error::internal(error.to_string()))?;
        let (id, _) = self.authorities.add_key(key, &name);
        let mut data = object! {
            "key_id" => id,
            "key_name" => name,
            "key_type" => kind.name(),
        };
        if exported == "exported" {
            data.insert("private_key".to_owned(), Value::from(private.trim_end()));
        }
        Response::data(data).reply()
    }

    fn import_key(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = self.new_key_name(call)?;
        let text = call.string("pem_bundle");
        if text.len() < SHORTEST_PEM {
            return Err(Error::response(TOO_SHORT));
        }
        let blocks = decode_all_pem(&text);
        let der = match blocks.as_slice() {
            [] => return Err(Error::response("error when parsing block 1: invalid PEM data")),
            [(_, der)] => der,
            _ => {
                return Err(Error::response(
                    "only a single key can be present within the pem_bundle for importing",
                ));
            }
        };
        let wrong = || Error::response("failed parsing key bytes: failed to parse PEM block: failed to parse key");
        let key = PrivateKey::from_any_der(der).ok_or_else(wrong)?;
        let kind = key.kind();
        let (id, new) = self.authorities.add_key(key, &name);
        let name = self.authorities.keys.get(&id).map(|entry| entry.name.clone());
        let response = Response::data(object! {
            "key_id" => &id,
            "key_name" => name.unwrap_or_default(),
            "key_type" => kind.name(),
        });
        match new {
            true => response.reply(),
            false => response
                .warn("Key already imported, use key/ endpoint to update name.")
                .reply(),
        }
    }

    /// The name for a new key, empty where none is asked for.
    pub(super) fn new_key_name(&self, call: &Call<'_>) -> Result<String, Error> {
        let Some(name) = call.maybe_string("key_name") else {
            return Ok(String::new());
        };
        let name = name.trim();
        issuer_settings::check_name(name, "key")?;
        match self.authorities.key(name) {
            Ok(_) => Err(Error::response("key name already in use")),
            Err(_) => Ok(name.to_owned()),
        }
    }

    fn read_key(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let entry = self.authorities.key(call.text("key_ref"))?;
        let id = key_identifier(&entry.key);
        Response::data(object! {
            "key_id" => &entry.id,
            "key_name" => &entry.name,
            "key_type" => entry.key.kind().name(),
            "subject_key_id" => colons(&id),
        })
        .reply()
    }

    fn write_key(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let id = self.authorities.key(call.text("key_ref"))?.id.clone();
        let name = call.string("key_name");
        if !name.is_empty() && !issuer_settings::is_name(&name) {
            return Err(Error::response("new key name outside of valid character limits"));
        }
        let Some(entry) = self.authorities.keys.get_mut(&id) else {
            return Ok(None);
        };
        let is_empty = name.is_empty();
        entry.name = name;
        let response = Response::data(object! {
            "key_id" => &entry.id,
            "key_name" => &entry.name,
            "key_type" => entry.key.kind().name(),
        });
        match is_empty {
            true => response
                .warn(format!(
                    "Name successfully deleted, you will now need to reference this key by it's Id: {id}"
                ))
                .reply(),
            false => response.reply(),
        }
    }

    fn delete_key(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let reference = call.text("key_ref");
        let id = match self.authorities.key(reference) {
            Ok(entry) => entry.id.clone(),
            // What is not there is as good as deleted.
            Err(_) => return Ok(None),
        };
        let mut users = self.authorities.issuers.values().filter(|issuer| issuer.key_id == id);
        if let Some(issuer) = users.next() {
            return Err(Error::response(format!(
                "Failed to Delete Key.  Key in Use by Issuer: {}",
                issuer.id
            )));
        }
        self.authorities.keys.remove(&id);
        if self.authorities.default_key != id {
            return Ok(None);
        }
        self.authorities.default_key.clear();
        Response::default()
            .warn(format!(
                "Deleted key {id} (via key_ref {reference}); this was configured as the default key. Operations without \
                 an explicit key will not work until a new default is configured."
            ))
            .reply()
    }
}
