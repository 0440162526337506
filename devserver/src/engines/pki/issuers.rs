//! Reading, listing and removing issuers.

use super::issuer::Issuer;
use super::{Pki, fields, issuer_reference, issuer_settings};
use crate::engine::{Call, Context, Route, integer, route, text};
use crate::engines::tree;
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
            .fields(vec![fields::issuer_ref()])
            .on(Operation::Read, Pki::issuer_json)
            .help("Fetch an issuer", "Certificate and chain."),
        route("issuer/{issuer_ref}")
            .fields(issuer_settings::fields())
            .on(Operation::Read, Pki::read_issuer)
            .on(Operation::Update, Pki::write_issuer)
            .on(Operation::Patch, Pki::write_issuer)
            .on(Operation::Delete, Pki::delete_issuer)
            .help("Read, change and delete issuers", "By id, name, or default."),
    ]
}

/// A page of a list of ids, with what is known of each.
pub(super) fn with_details(mut details: Object, call: &Call<'_>) -> Reply {
    let keys = tree::page(details.keys().cloned(), call);
    if keys.is_empty() {
        return Response::list(keys).reply();
    }
    details.retain(|id, _| keys.contains(id));
    Response::data(object! { "keys" => keys, "key_info" => details }).reply()
}

impl Pki {
    fn list_issuers(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let details = self.authorities.issuers.values().map(|issuer| {
            let shown = object! {
                "is_default" => issuer.id == self.authorities.default_issuer,
                "issuer_name" => &issuer.name,
                "key_id" => &issuer.key_id,
                "serial_number" => issuer.certificate.serial(),
            };
            (issuer.id.clone(), Value::Object(shown))
        });
        with_details(details.collect(), call)
    }

    fn chain_in_pem(&self, issuer: &Issuer) -> Vec<String> {
        self.authorities.chain(issuer).into_iter().map(Issuer::pem).collect()
    }

    /// What reading an issuer shows.
    pub(super) fn shown_issuer(&self, issuer: &Issuer) -> Response {
        let mut view = object! {
            "ca_chain" => self.chain_in_pem(issuer),
            "certificate" => issuer.pem(),
            "issuer_id" => &issuer.id,
            "issuer_name" => &issuer.name,
            "key_id" => &issuer.key_id,
            "leaf_not_after_behavior" => issuer.leaf_not_after.name(),
            "revoked" => issuer.revoked.is_some(),
        };
        issuer.settings.show(&mut view);
        if let Some(moment) = issuer.revoked {
            view.extend(object! {
                "revocation_time" => moment.as_second(),
                "revocation_time_rfc3339" => moment.to_string(),
            });
        }
        let response = Response::data(view);
        match issuer.settings.revocation_algorithm.ends_with("PSS") {
            true => response.warn(
                "Issuer uses a PSS Revocation Signature Algorithm. This algorithm will be downgraded to PKCS#1v1.5 \
                 signature scheme on OCSP responses, due to limitations in the OCSP library.",
            ),
            false => response,
        }
    }

    fn read_issuer(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let issuer = self.authorities.issuer(issuer_reference(call))?;
        self.shown_issuer(issuer).reply()
    }

    fn issuer_json(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let issuer = self.authorities.issuer(issuer_reference(call))?;
        Response::data(object! {
            "ca_chain" => self.chain_in_pem(issuer),
            "certificate" => issuer.pem(),
            "issuer_id" => &issuer.id,
            "issuer_name" => &issuer.name,
        })
        .reply()
    }

    fn delete_issuer(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let reference = issuer_reference(call);
        let id = match self.authorities.issuer_id(reference) {
            Ok(id) => id.to_owned(),
            // What is not there is as good as deleted.
            Err(_) => return Response::default().reply(),
        };
        let removed = self.authorities.issuers.remove(&id);
        let mut response = Response::default();
        let names = [removed.map(|issuer| issuer.name).unwrap_or_default(), id.clone()];
        for name in names.iter().filter(|name| !name.is_empty()) {
            response.warnings.extend(self.role_users(name));
        }
        if self.authorities.default_issuer == id {
            self.authorities.default_issuer.clear();
            response = response.warn(format!(
                "Deleted issuer {id} (via issuer_ref {reference}); this was configured as the default issuer. Operations \
                 without an explicit issuer will not work until a new default is configured."
            ));
            response.warnings.extend(self.role_users("default"));
        }
        response.warnings.extend(self.rebuild_lists(context, true)?);
        if response.warnings.is_empty() {
            return Ok(None);
        }
        response.reply()
    }

    /// How many roles name an issuer, as a warning.
    fn role_users(&self, name: &str) -> Option<String> {
        let users = self
            .roles
            .values()
            .filter(|role| role.text("issuer_ref") == name)
            .count();
        (users > 0).then(|| format!("{users} roles reference {name}"))
    }

    /// The name for a new issuer, empty where none is asked for.
    pub(super) fn new_issuer_name(&self, call: &Call<'_>) -> Result<String, Error> {
        let Some(name) = call.maybe_string("issuer_name") else {
            return Ok(String::new());
        };
        let name = name.trim();
        if name.is_empty() {
            return Err(Error::response("expected non-empty issuer name"));
        }
        issuer_settings::check_name(name, "issuer")?;
        match self.authorities.issuer_id(name) {
            Ok(_) => Err(Error::response("issuer name already in use")),
            Err(_) => Ok(name.to_owned()),
        }
    }
}
