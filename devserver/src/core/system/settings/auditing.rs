//! Audit devices, and the request headers they write; kept and shown, without effect.

use crate::core::Core;
use crate::engine::{Call, Context, Route, boolean, pairs, route, text};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;

pub(super) fn routes() -> Vec<Route<Core>> {
    use Operation::{Delete, Read, Update};
    vec![
        route("audit")
            .help("Audit devices.", "There are none.")
            .on(Read, |_: &mut Core, _, _| Response::data(Object::new()).reply()),
        route("audit/{path+}")
            .fields(vec![
                text("path").help("Path of the device."),
                text("type"),
                text("description"),
                boolean("local"),
                pairs("options"),
            ])
            .arbitrary()
            .help("An audit device.", "Not to be made through the API.")
            .on(Update, |_: &mut Core, _, _| {
                Err(Error::response(
                    "cannot enable audit device via API; use declarative, config-based audit device management instead",
                ))
            })
            .on(Delete, |_: &mut Core, _, _| Ok(None)),
        route("audit-hash/{path+}")
            .fields(vec![
                text("path").help("Path of the device."),
                text("input").help("The text."),
            ])
            .help("A text as an audit device writes it.", "There are no devices.")
            .on(Update, |_: &mut Core, _, call| match call.string("input").is_empty() {
                true => Err(Error::response("the \"input\" parameter is empty")),
                false => Err(Error::response(format!(
                    "unknown audit backend \"{}/\"",
                    call.text("path")
                ))),
            }),
        route("config/auditing/request-headers")
            .help("Request headers that are audited.", "Kept and shown.")
            .on(Read, Core::read_audited),
        route("config/auditing/request-headers/{header+}")
            .fields(vec![
                text("header").help("Name of the header."),
                boolean("hmac").help("Whether its values are hashed."),
            ])
            .help("A request header that is audited.", "Kept and shown.")
            .on(Read, Core::read_audited_header)
            .on(Update, |core: &mut Core, _, call| {
                let name = call.text("header").to_lowercase();
                core.settings.audited.insert(name, call.flag("hmac"));
                Ok(None)
            })
            .on(Delete, |core: &mut Core, _, call| {
                core.settings.audited.remove(&call.text("header").to_lowercase());
                Ok(None)
            }),
    ]
}

impl Core {
    fn read_audited(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        let headers: Object = self
            .settings
            .audited
            .iter()
            .map(|(name, hmac)| (name.clone(), Value::Object(object! { "hmac" => *hmac })))
            .collect();
        Response::data(object! { "headers" => headers }).reply()
    }

    fn read_audited_header(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.text("header");
        let hmac = self.settings.audited.get(&name.to_lowercase());
        let hmac = hmac.ok_or_else(|| Error::response("Could not find header in config"))?;
        Response::data(object! { name => object! { "hmac" => *hmac } }).reply()
    }
}
