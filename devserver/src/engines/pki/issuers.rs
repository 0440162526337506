//! Reading, naming and removing issuers and keys.

use super::certificate::key_identifier;
use super::issuer::{Issuer, LeafNotAfter, serial_text};
use super::{Pki, issuer_reference};
use crate::engine::{Call, Context, Route, boolean, comma_list, integer, route, text};
use crate::engines::asymmetric::Kind;
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;

pub(super) fn routes() -> Vec<Route<Pki>> {
    let fields = || {
        vec![
            text("issuer_ref").or("default"),
            text("issuer_name"),
            text("leaf_not_after_behavior").or("err"),
            text("usage"),
            text("revocation_signature_algorithm"),
            boolean("enable_aia_url_templating"),
            comma_list("manual_chain"),
            comma_list("issuing_certificates"),
            comma_list("crl_distribution_points"),
            comma_list("ocsp_servers"),
        ]
    };
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
            .fields(fields())
            .on(Operation::Read, Pki::read_issuer)
            .on(Operation::Update, Pki::write_issuer)
            .on(Operation::Delete, Pki::delete_issuer)
            .help("Read, change and delete issuers", "By id, name, or default."),
        route("keys/?")
            .fields(vec![text("after"), integer("limit")])
            .on(Operation::List, Pki::list_keys)
            .help("List keys", "With names."),
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

    fn view(&self, issuer: &Issuer) -> Object {
        let kind = self.authorities.keys.get(&issuer.key_id).map(|entry| entry.key.kind());
        object! {
            "ca_chain" => self.authorities.chain(issuer),
            "certificate" => issuer.pem(),
            "crl_distribution_points" => Vec::<String>::new(),
            "delta_crl_distribution_points" => Vec::<String>::new(),
            "issuer_id" => &issuer.id,
            "issuer_name" => &issuer.name,
            "issuing_certificates" => Vec::<String>::new(),
            "key_id" => &issuer.key_id,
            "leaf_not_after_behavior" => issuer.leaf_not_after.name(),
            "manual_chain" => None::<String>,
            "ocsp_servers" => Vec::<String>::new(),
            "revocation_signature_algorithm" => kind.map_or("", signature_name),
            "revoked" => false,
            "usage" => "crl-signing,issuing-certificates,ocsp-signing,read-only",
        }
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

    fn write_issuer(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let id = self.authorities.issuer_id(issuer_reference(call))?.to_owned();
        let name = call.string("issuer_name");
        let taken = |other: &Issuer| other.id != id && !name.is_empty() && other.name == name;
        if self.authorities.issuers.values().any(taken) {
            return Err(Error::response("issuer name already in use"));
        }
        let behaviour = call.string("leaf_not_after_behavior");
        let behaviour = LeafNotAfter::named(&behaviour).ok_or_else(|| {
            Error::response(format!(
                "Unknown value for field `leaf_not_after_behavior`: {behaviour}"
            ))
        })?;
        if let Some(issuer) = self.authorities.issuers.get_mut(&id) {
            issuer.name = name;
            issuer.leaf_not_after = behaviour;
        }
        let issuer = self.authorities.issuer(&id)?;
        Response::data(self.view(issuer)).reply()
    }

    fn delete_issuer(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let reference = issuer_reference(call);
        let id = self.authorities.issuer_id(reference)?.to_owned();
        self.authorities.issuers.remove(&id);
        if self.authorities.default_issuer != id {
            return Ok(None);
        }
        self.authorities.default_issuer.clear();
        let mut response = Response::default().warn(format!(
            "Deleted issuer {id} (via issuer_ref {reference}); this was configured as the default issuer. Operations \
             without an explicit issuer will not work until a new default is configured."
        ));
        let users = self
            .roles
            .values()
            .filter(|role| role.text("issuer_ref") == reference)
            .count();
        if users > 0 {
            response = response.warn(format!("{users} roles reference {reference}"));
        }
        response.reply()
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

/// The name of the signature that keys of this kind make here, as Go writes it.
fn signature_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Rsa(_) => "SHA256WithRSA",
        Kind::P384 => "ECDSAWithSHA384",
        Kind::P256 | Kind::P521 => "ECDSAWithSHA256",
        Kind::Ed25519 => "Ed25519",
    }
}
