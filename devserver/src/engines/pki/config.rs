//! The default issuer and key of a mount.

use super::Pki;
use crate::engine::{Call, Context, Route, boolean, route, text};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;

pub(super) fn routes() -> Vec<Route<Pki>> {
    vec![
        route("config/issuers")
            .fields(vec![text("default"), boolean("default_follows_latest_issuer")])
            .on(Operation::Read, |engine: &mut Pki, _, _| {
                engine.default_issuer().reply()
            })
            .on(Operation::Update, Pki::write_default_issuer)
            .help("The default issuer", "Taken where no other is named."),
        route("root/replace")
            .fields(vec![text("default").or("next")])
            .on(Operation::Update, Pki::write_default_issuer)
            .help(
                "Make another root the default",
                "The one called next, if no other is named.",
            ),
        route("config/keys")
            .fields(vec![text("default")])
            .on(Operation::Read, |engine: &mut Pki, _, _| engine.default_key())
            .on(Operation::Update, Pki::write_default_key)
            .help("The default key", "Taken where no other is named."),
    ]
}

impl Pki {
    fn default_issuer(&self) -> Response {
        Response::data(object! {
            "default" => &self.authorities.default_issuer,
            "default_follows_latest_issuer" => self.authorities.follows_latest,
        })
    }

    fn write_default_issuer(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let reference = call.string("default");
        if reference.is_empty() || reference == "default" {
            return Err(Error::response(
                "Invalid issuer specification; must be non-empty and can't be 'default'.",
            ));
        }
        let wrong = |error: Error| Error::response(format!("Error resolving issuer reference: {}", error.text));
        let issuer = self.authorities.issuer(&reference).map_err(wrong)?;
        let has_key = !issuer.key_id.is_empty();
        self.authorities.default_issuer = issuer.id.clone();
        if call.request.path == "config/issuers" && call.has("default_follows_latest_issuer") {
            self.authorities.follows_latest = call.flag("default_follows_latest_issuer");
        }
        match has_key {
            true => self.default_issuer().reply(),
            false => self
                .default_issuer()
                .warn(
                    "This selected default issuer has no key associated with it. Some operations like issuing \
                     certificates and signing CRLs will be unavailable with the requested default issuer until a key is \
                     imported or the default issuer is changed.",
                )
                .reply(),
        }
    }

    fn default_key(&self) -> Reply {
        Response::data(object! { "default" => &self.authorities.default_key }).reply()
    }

    fn write_default_key(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let reference = call.string("default");
        if reference.is_empty() || reference == "default" {
            return Err(Error::response(
                "Invalid key specification; must be non-empty and can't be 'default'.",
            ));
        }
        let wrong = |error: Error| Error::response(format!("Error resolving issuer reference: {}", error.text));
        self.authorities.default_key = self.authorities.key(&reference).map_err(wrong)?.id.clone();
        self.default_key()
    }
}
