//! Rate limits; kept and shown, without effect.

use crate::core::Core;
use crate::engine::{Call, Context, Field, Route, boolean, float, route, seconds, text, text_list};
use crate::json::Value;
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;

pub(super) fn routes() -> Vec<Route<Core>> {
    use Operation::{Delete, List, Read, Update};
    vec![
        route("quotas/config")
            .fields(vec![
                boolean("enable_rate_limit_audit_logging").help("Whether refused requests are audited."),
                boolean("enable_rate_limit_response_headers").help("Whether answers say what is left."),
                text_list("rate_limit_exempt_paths").help("Paths that are not counted."),
            ])
            .help(
                "What all rate limits have in common.",
                "Kept and shown; nothing is limited.",
            )
            .on(Read, |core: &mut Core, _, _| {
                Response::data(core.settings.quotas.clone()).reply()
            })
            .on(Update, Core::write_quotas),
        route("quotas/rate-limit/?")
            .help("Rate limits.", "Names only.")
            .on(List, |core: &mut Core, _, _| {
                Response::list(core.settings.limits.keys().cloned()).reply()
            }),
        route("quotas/rate-limit/{name}")
            .fields(limit_fields())
            .help("A rate limit.", "Kept and shown; nothing is limited.")
            .on(Read, |core: &mut Core, _, call| {
                Ok(core.settings.limits.get(call.text("name")).cloned().map(Response::data))
            })
            .on(Update, Core::write_limit)
            .on(Delete, |core: &mut Core, _, call| {
                core.settings.limits.remove(call.text("name"));
                Ok(None)
            }),
    ]
}

fn limit_fields() -> Vec<Field> {
    vec![
        text("name").help("Name of the limit."),
        text("type").help("rate-limit."),
        text("path").help("Mount or namespace that is limited; empty for all."),
        text("role").help("Role of an auth mount that is limited."),
        float("rate").help("Requests in an interval."),
        seconds("interval").or(1).help("The interval."),
        seconds("block_interval").help("How long a client that asked too often waits."),
        boolean("inheritable").help("Whether namespaces below are limited too."),
    ]
}

impl Core {
    fn write_quotas(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let quotas = &mut self.settings.quotas;
        for name in ["enable_rate_limit_audit_logging", "enable_rate_limit_response_headers"] {
            if call.has(name) {
                quotas.insert(name.to_owned(), Value::from(call.flag(name)));
            }
        }
        if let Some(paths) = call.maybe_list("rate_limit_exempt_paths") {
            quotas.insert("rate_limit_exempt_paths".to_owned(), Value::from(paths));
        }
        Ok(None)
    }

    fn write_limit(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let rate = call
            .raw("rate")
            .map(crate::engine::to_string)
            .transpose()
            .unwrap_or_default();
        let rate = rate.unwrap_or_default();
        if rate.parse::<f64>().is_ok_and(|rate| rate <= 0.0) || rate.is_empty() {
            return Err(Error::response("'rate' is invalid"));
        }
        let path = match call.string("path").trim_matches('/') {
            "" => String::new(),
            path => format!("{path}/"),
        };
        let known = self.mounts.get(&path).is_some() || self.namespaces.contains_key(&path);
        if !path.is_empty() && !known {
            return Err(Error::response(format!("invalid mount path {path:?}")));
        }
        if !call.string("role").is_empty() && !path.starts_with("auth/") {
            return Err(Error::response(format!(
                "Mount path {path:?} is not a valid auth method and therefore unsuitable for use with role-based quotas"
            )));
        }
        let name = call.text("name");
        let limit = object! {
            "block_interval" => call.duration("block_interval").as_secs(),
            "inheritable" => path.is_empty() || call.flag("inheritable"),
            "interval" => call.duration("interval").as_secs(),
            "name" => name,
            "path" => path,
            "rate" => call.raw("rate").cloned().unwrap_or_default(),
            "role" => call.string("role"),
            "type" => "rate-limit",
        };
        self.settings.limits.insert(name.to_owned(), limit);
        Ok(None)
    }
}
