//! CORS and the headers of the user interface; kept and shown, without effect.

use crate::core::Core;
use crate::engine::{Call, Context, Route, boolean, comma_list, route, text, text_list};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;

/// Headers that browsers may always send.
const CORS_HEADERS: [&str; 10] = [
    "Content-Type",
    "Authorization",
    "X-Vault-Token",
    "X-Vault-MFA",
    "X-Vault-No-Request-Forwarding",
    "X-Vault-Wrap-Format",
    "X-Vault-Wrap-TTL",
    "X-Requested-With",
    "X-Vault-AWS-IAM-Server-ID",
    "X-Vault-Policy-Override",
];

pub(super) fn routes() -> Vec<Route<Core>> {
    use Operation::{Delete, List, Read, Update};
    let header = || text("header").help("Name of the header.");
    vec![
        route("config/cors")
            .fields(vec![
                boolean("enable").help("Whether browsers of other origins may ask."),
                comma_list("allowed_origins").help("Origins that may ask; * for all."),
                comma_list("allowed_headers").help("Further headers that they may send."),
                boolean("allow_credentials").help("Whether they may send credentials."),
            ])
            .help(
                "Access from browsers.",
                "Kept and shown; this server sends no such headers.",
            )
            .on(Read, Core::read_cors)
            .on(Update, Core::write_cors)
            .on(Delete, |core: &mut Core, _, _| {
                core.settings.cors = None;
                Ok(None)
            }),
        route("config/ui/headers/{header}")
            .fields(vec![
                header(),
                text_list("values").help("Values of the header."),
                boolean("multivalue").help("Shows all values instead of the first."),
            ])
            .help(
                "A header of the user interface.",
                "Kept and shown; there is no user interface.",
            )
            .on(Read, Core::read_ui_header)
            .on(Update, Core::write_ui_header)
            .on(Delete, |core: &mut Core, _, call| {
                core.settings.headers.remove(call.text("header"));
                Ok(None)
            }),
        route("config/ui/headers/?")
            .help("Headers of the user interface.", "Names only.")
            .on(List, |core: &mut Core, _, _| {
                Response::list(core.settings.headers.keys().cloned()).reply()
            }),
    ]
}

impl Core {
    fn read_cors(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        let disabled = || object! { "enabled" => false };
        Response::data(self.settings.cors.clone().unwrap_or_else(disabled)).reply()
    }

    fn write_cors(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let origins = call.list("allowed_origins");
        if origins.is_empty() {
            return Err(Error::internal("at least one origin or the wildcard must be provided"));
        }
        if origins.len() > 1 && origins.iter().any(|origin| origin == "*") {
            return Err(Error::internal(
                "to allow all origins the '*' must be the only value for allowed_origins",
            ));
        }
        let mut headers: Vec<String> = CORS_HEADERS.iter().map(ToString::to_string).collect();
        headers.extend(call.list("allowed_headers"));
        self.settings.cors = Some(object! {
            "allow_credentials" => call.flag("allow_credentials"),
            "allowed_headers" => headers,
            "allowed_origins" => origins,
            "enabled" => true,
        });
        Ok(None)
    }

    fn read_ui_header(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let Some(values) = self.settings.headers.get(call.text("header")) else {
            return Ok(None);
        };
        Response::data(match call.flag("multivalue") {
            true => object! { "values" => values.clone() },
            false => object! { "value" => values.first().cloned().unwrap_or_default() },
        })
        .reply()
    }

    fn write_ui_header(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let (header, values) = (call.text("header"), call.list("values"));
        if values.is_empty() {
            return Err(Error::response("header and values must be specified"));
        }
        if header.to_lowercase().starts_with("x-vault-") {
            return Err(Error::response("X-Vault headers cannot be set"));
        }
        self.settings.headers.insert(header.to_owned(), values);
        Response::default().reply()
    }
}
