//! Settings of the server that are kept and shown, and change nothing here: CORS, rate limits, key rotation, headers of
//! the user interface and of audit logs.

use crate::core::Core;
use crate::engine::{
    Call, Context, Field, Route, boolean, comma_list, float, integer, pairs, route, seconds, text, text_list,
};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;
use std::collections::BTreeMap;
use std::time::Duration;

/// What was set.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    cors: Option<Object>,
    quotas: Object,
    limits: BTreeMap<String, Object>,
    rotation: Rotation,
    /// Values of the user interface's headers, by name.
    headers: BTreeMap<String, Vec<String>>,
    /// Whether an audited header is hashed, by name in lower case.
    audited: BTreeMap<String, bool>,
    /// How often the encryption key was replaced.
    pub(crate) rotations: u64,
}

/// When the encryption key would be replaced.
#[derive(Clone, Copy, Debug)]
struct Rotation {
    enabled: bool,
    interval: Duration,
    max_operations: i64,
}

/// Bounds of the operations after which the key would be replaced.
const OPERATIONS: std::ops::RangeInclusive<i64> = 1_000_000..=3_865_470_566;

/// The shortest interval of replacement that is taken.
const DAY: Duration = Duration::from_secs(24 * 3600);

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

/// Paths that rate limits would not count.
const EXEMPT_FROM_QUOTAS: [&str; 7] = [
    "sys/generate-recovery-token/attempt",
    "sys/generate-recovery-token/update",
    "sys/generate-root/attempt",
    "sys/generate-root/update",
    "sys/health",
    "sys/seal-status",
    "sys/unseal",
];

impl Default for Settings {
    fn default() -> Self {
        Self {
            cors: None,
            quotas: object! {
                "enable_rate_limit_audit_logging" => false,
                "enable_rate_limit_response_headers" => false,
                "rate_limit_exempt_paths" => EXEMPT_FROM_QUOTAS.as_slice(),
            },
            limits: BTreeMap::new(),
            rotation: Rotation {
                enabled: true,
                interval: Duration::ZERO,
                max_operations: *OPERATIONS.end(),
            },
            headers: BTreeMap::new(),
            audited: BTreeMap::new(),
            rotations: 0,
        }
    }
}

pub(super) fn routes() -> Vec<Route<Core>> {
    let mut routes = browser_routes();
    routes.extend(quota_routes());
    routes.extend(rotation_routes());
    routes.extend(audit_routes());
    routes
}

fn browser_routes() -> Vec<Route<Core>> {
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

fn quota_routes() -> Vec<Route<Core>> {
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

fn rotation_routes() -> Vec<Route<Core>> {
    use Operation::{Read, Update};
    vec![
        route("rotate(/keyring)?")
            .help("Replace the encryption key.", "Counts up the key's term.")
            .on(Update, |core: &mut Core, context, _| {
                core.settings.rotations += 1;
                core.rotated = context.now;
                Ok(None)
            }),
        route("rotate/(keyring/)?config")
            .fields(vec![
                boolean("enabled").help("Whether the key is replaced by itself."),
                seconds("interval").help("After how long."),
                integer("max_operations").help("After how many encryptions."),
            ])
            .help("When the encryption key is replaced by itself.", "Kept and shown.")
            .on(Read, Core::read_rotation)
            .on(Update, Core::write_rotation),
        route("(rekey|rotate/(root|recovery))/(recovery-key-)?backup")
            .help("Backed-up keys.", "There are none.")
            .on(Read, |_: &mut Core, _, _| {
                Err(Error::response("no backed-up keys found"))
            }),
    ]
}

fn audit_routes() -> Vec<Route<Core>> {
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

    fn read_rotation(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        let rotation = self.settings.rotation;
        let interval = match rotation.interval.is_zero() {
            true => Value::from(0),
            false => Value::from(crate::duration::format_go(rotation.interval)),
        };
        Response::data(object! {
            "enabled" => rotation.enabled,
            "interval" => interval,
            "max_operations" => rotation.max_operations,
        })
        .reply()
    }

    fn write_rotation(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let mut rotation = self.settings.rotation;
        if call.has("max_operations") {
            rotation.max_operations = call.int("max_operations");
            if !OPERATIONS.contains(&rotation.max_operations) {
                let (least, most) = (OPERATIONS.start(), OPERATIONS.end());
                return Err(Error::response(format!(
                    "max_operations must be in the range [{least},{most}]"
                )));
            }
        }
        if let Some(interval) = call.maybe_duration("interval") {
            if !interval.is_zero() && interval < DAY {
                return Err(Error::response("interval must be greater or equal to 24h0m0s"));
            }
            rotation.interval = interval;
        }
        // Kept as the original keeps it: replacement is not switched off by this.
        rotation.enabled |= call.flag("enabled");
        self.settings.rotation = rotation;
        Ok(None)
    }

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
