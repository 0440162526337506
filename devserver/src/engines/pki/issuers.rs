//! Reading, naming and removing issuers and keys.

use super::certificate::key_identifier;
use super::issuer::{Issuer, serial_text};
use super::{Pki, issue, issuer_reference, issuer_settings};
use crate::engine::{Call, Context, Route, integer, route, text};
use crate::engines::asymmetric::{Kind, PrivateKey};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;

pub(super) fn routes() -> Vec<Route<Pki>> {
    vec![
        route("issuers/?")
            .fields(vec![text("after"), integer("limit")])
            .on(Operation::List, Pki::list_issuers)
            .help("List issuers", "With names and keys."),
        route("issuer/{issuer_ref}/json")
            .fields(vec![text("issuer_ref")])
            .on(Operation::Read, Pki::issuer_json)
            .help("Fetch an issuer", "Certificate and chain."),
        route("issuer/{issuer_ref}")
            .fields(issuer_settings::fields())
            .on(Operation::Read, Pki::read_issuer)
            .on(Operation::Update, Pki::write_issuer)
            .on(Operation::Patch, Pki::write_issuer)
            .on(Operation::Delete, Pki::delete_issuer)
            .help("Read, change and delete issuers", "By id, name, or default."),
        route("keys/?")
            .fields(vec![text("after"), integer("limit")])
            .on(Operation::List, Pki::list_keys)
            .help("List keys", "With names."),
        route("keys/generate/{exported}")
            .fields(vec![
                text("exported"),
                text("key_name"),
                text("key_type").or("rsa"),
                integer("key_bits"),
            ])
            .on(Operation::Update, Pki::generate_key)
            .help("Make a key", "For an authority to come."),
        route("key/{key_ref}")
            .fields(vec![text("key_ref").or("default"), text("key_name")])
            .on(Operation::Read, Pki::read_key)
            .on(Operation::Update, Pki::write_key)
            .on(Operation::Delete, Pki::delete_key)
            .help("Read, name and delete keys", "By id, name, or default."),
    ]
}

fn with_details(details: Object) -> Reply {
    let keys: Vec<&String> = details.keys().collect();
    if keys.is_empty() {
        return Response::list(Vec::<String>::new()).reply();
    }
    let keys: Vec<Value> = keys.into_iter().map(Value::from).collect();
    Response::data(object! { "keys" => keys, "key_info" => details }).reply()
}

impl Pki {
    fn list_issuers(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        let details = self.authorities.issuers.values().map(|issuer| {
            let shown = object! {
                "is_default" => issuer.id == self.authorities.default_issuer,
                "issuer_name" => &issuer.name,
                "key_id" => &issuer.key_id,
                "serial_number" => &issuer.serial,
            };
            (issuer.id.clone(), Value::Object(shown))
        });
        with_details(details.collect())
    }

    fn list_keys(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        let details = self.authorities.keys.values().map(|entry| {
            let shown = object! {
                "is_default" => entry.id == self.authorities.default_key,
                "key_name" => &entry.name,
            };
            (entry.id.clone(), Value::Object(shown))
        });
        with_details(details.collect())
    }

    /// What reading an issuer shows.
    pub(super) fn view(&self, issuer: &Issuer) -> Object {
        let mut view = object! {
            "ca_chain" => self.authorities.chain(issuer),
            "certificate" => issuer.pem(),
            "issuer_id" => &issuer.id,
            "issuer_name" => &issuer.name,
            "key_id" => &issuer.key_id,
            "leaf_not_after_behavior" => issuer.leaf_not_after.name(),
            "revoked" => false,
        };
        issuer.settings.show(&mut view);
        view
    }

    fn read_issuer(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let issuer = self.authorities.issuer(issuer_reference(call))?;
        Response::data(self.view(issuer)).reply()
    }

    fn issuer_json(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let issuer = self.authorities.issuer(issuer_reference(call))?;
        Response::data(object! {
            "ca_chain" => self.authorities.chain(issuer),
            "certificate" => issuer.pem(),
            "issuer_id" => &issuer.id,
            "issuer_name" => &issuer.name,
        })
        .reply()
    }

    fn delete_issuer(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let reference = issuer_reference(call);
        let id = self.authorities.issuer_id(reference)?.to_owned();
        let removed = self.authorities.issuers.remove(&id);
        let mut response = Response::default();
        let mut references = vec![id.clone(), removed.map(|issuer| issuer.name).unwrap_or_default()];
        if self.authorities.default_issuer == id {
            self.authorities.default_issuer.clear();
            references.push("default".to_owned());
            response = response.warn(format!(
                "Deleted issuer {id} (via issuer_ref {reference}); this was configured as the default issuer. Operations \
                 without an explicit issuer will not work until a new default is configured."
            ));
        }
        for name in references.iter().filter(|name| !name.is_empty()) {
            let users = self
                .roles
                .values()
                .filter(|role| role.text("issuer_ref") == name)
                .count();
            if users > 0 {
                response = response.warn(format!("{users} roles reference {name}"));
            }
        }
        if response.warnings.is_empty() {
            return Ok(None);
        }
        response.reply()
    }

    fn generate_key(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let shows = match call.text("exported") {
            "exported" => true,
            "internal" => false,
            _ => return Err(Error::unsupported_path()),
        };
        let name = call.string("key_name");
        self.unused_key_name(&name)?;
        let kind = issue::kind(&call.string("key_type"), call.int("key_bits"))
            .map_err(|error| Error::response(format!("Validation for key_type, key_bits failed: {}", error.text)))?;
        let failed = |error: crate::engines::asymmetric::KeyError| Error::internal(error.to_string());
        let key = PrivateKey::generate(kind).map_err(failed)?;
        let private = key.traditional_pem().map_err(failed)?;
        let (id, _) = self.authorities.add_key(key, &name);
        let mut data = object! {
            "key_id" => id,
            "key_name" => name,
            "key_type" => kind_name(kind),
        };
        if shows {
            data.insert("private_key".to_owned(), Value::from(private.trim_end()));
        }
        Response::data(data).reply()
    }

    fn unused_key_name(&self, name: &str) -> Result<(), Error> {
        let taken = self.authorities.keys.values().any(|entry| entry.name == name);
        match !name.is_empty() && taken {
            true => Err(Error::response("key name already in use")),
            false => Ok(()),
        }
    }

    fn read_key(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let entry = self.authorities.key(call.text("key_ref"))?;
        let id = key_identifier(&entry.key)?;
        Response::data(object! {
            "key_id" => &entry.id,
            "key_name" => &entry.name,
            "key_type" => kind_name(entry.key.kind()),
            "subject_key_id" => serial_text(&id),
        })
        .reply()
    }

    fn write_key(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let id = self.authorities.key(call.text("key_ref"))?.id.clone();
        if let Some(entry) = self.authorities.keys.get_mut(&id) {
            entry.name = call.string("key_name");
        }
        self.read_key(context, call)
    }

    fn delete_key(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let reference = call.text("key_ref");
        let id = self.authorities.key(reference)?.id.clone();
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

/// The key type's name in the API.
pub(super) fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Rsa(_) => "rsa",
        Kind::P256 | Kind::P384 | Kind::P521 => "ec",
        Kind::Ed25519 => "ed25519",
    }
}
