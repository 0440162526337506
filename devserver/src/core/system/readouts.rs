//! Paths of `sys/` that tell how a server is set up. This one has little to tell: no audit devices, no quotas, no clusters,
//! no plugins but its own.

use super::status::VERSION;
use crate::core::Core;
use crate::engine::{Call, Context, Route, integer, route, text};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;

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

pub(super) fn routes() -> Vec<Route<Core>> {
    use Operation::{List, Read, Update};
    vec![
        route("audit").on(Read, |_: &mut Core, _, _| Response::data(Object::new()).reply()),
        route("config/auditing/request-headers").on(Read, |_: &mut Core, _, _| {
            Response::data(object! { "headers" => Object::new() }).reply()
        }),
        route("config/cors").on(Read, |_: &mut Core, _, _| {
            Response::data(object! { "enabled" => false }).reply()
        }),
        route("quotas/config").on(Read, |_: &mut Core, _, _| {
            Response::data(object! {
                "enable_rate_limit_audit_logging" => false,
                "enable_rate_limit_response_headers" => false,
                "rate_limit_exempt_paths" => EXEMPT_FROM_QUOTAS.as_slice(),
            })
            .reply()
        }),
        route("quotas/rate-limit/?").on(List, |_: &mut Core, _, _| Response::list(Vec::<String>::new()).reply()),
        route("key-status").on(Read, Core::key_status),
        route("rotate(/keyring)?").on(Update, |_: &mut Core, _, _| Ok(None)),
        route("rotate/config").on(Read, |_: &mut Core, _, _| {
            Response::data(object! { "enabled" => true, "interval" => 0, "max_operations" => 3_865_470_566_u64 })
                .reply()
        }),
        route("ha-status").on(Read, Core::ha_status),
        route("version-history/?").on(List, Core::version_history),
        route("remount/status/{migration_id+}")
            .fields(vec![text("migration_id")])
            .on(Read, Core::remount_status),
        route("plugins/catalog/?")
            .on(Read, Core::all_plugins)
            .on(List, Core::all_plugins),
        route("plugins/catalog/(?P<type>auth|secret|database)/?")
            .fields(vec![text("type"), text("after"), integer("limit")])
            .on(List, Core::plugins_of_type),
        route("plugins/catalog/(?P<type>auth|secret|database)/{name}")
            .fields(vec![text("type"), text("name"), text("version")])
            .on(Read, Core::plugin),
        route("internal/ui/namespaces").on(Read, Core::namespaces_for_people),
        route("internal/ui/resultant-acl").on(Read, Core::resultant_acl),
    ]
}

/// Types of plugins, and what this server has of each.
fn plugins() -> [(&'static str, Vec<&'static str>); 3] {
    [
        ("auth", crate::auth::kinds()),
        ("database", Vec::new()),
        ("secret", crate::engines::kinds()),
    ]
}

impl Core {
    fn key_status(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        Response::data(object! {
            "term" => 1,
            "install_time" => self.started.to_string(),
            "encryptions" => 0,
        })
        .reply()
    }

    fn ha_status(&mut self, context: &mut Context<'_>, _: &Call<'_>) -> Reply {
        let node = object! {
            "hostname" => "localhost",
            "api_address" => context.address,
            "cluster_address" => "",
            "active_node" => true,
            "last_echo" => None::<String>,
            "version" => VERSION,
        };
        Response::data(object! { "nodes" => vec![Value::Object(node)] }).reply()
    }

    fn version_history(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        let detail = object! {
            "commit_date" => "",
            "previous_version" => None::<String>,
            "timestamp_installed" => self.started.to_string(),
        };
        Response::data(object! {
            "keys" => vec![VERSION],
            "key_info" => object! { VERSION => detail },
        })
        .reply()
    }

    /// A mount is moved while the call that asks for it is answered, so that every known migration is done.
    fn remount_status(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let id = call.text("migration_id");
        let Some((from, to)) = self.migrations.get(id) else {
            return Ok(None);
        };
        let info = object! { "source_mount" => from, "target_mount" => to, "status" => "success" };
        Response::data(object! { "migration_id" => id, "migration_info" => info }).reply()
    }

    fn all_plugins(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        let mut data = Object::new();
        let mut detailed = Vec::new();
        for (kind, names) in plugins() {
            detailed.extend(names.iter().map(|name| {
                Value::Object(object! {
                    "builtin" => true,
                    "deprecation_status" => "supported",
                    "name" => *name,
                    "type" => kind,
                    "version" => builtin_version(),
                })
            }));
            data.insert(kind.to_owned(), Value::from(names));
        }
        data.insert("detailed".to_owned(), Value::Array(detailed));
        Response::data(data).reply()
    }

    fn plugins_of_type(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let names = plugins().into_iter().find(|(kind, _)| *kind == call.text("type"));
        Response::list(names.map(|(_, names)| names).unwrap_or_default()).reply()
    }

    fn plugin(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let (kind, name) = (call.text("type"), call.text("name"));
        let known = plugins()
            .iter()
            .any(|(other, names)| *other == kind && names.contains(&name));
        if !known {
            return Ok(None);
        }
        Response::data(object! {
            "args" => None::<String>,
            "builtin" => true,
            "command" => "",
            "declarative" => false,
            "deprecation_status" => "supported",
            "name" => name,
            "oci" => false,
            "sha256" => "",
            "version" => builtin_version(),
        })
        .reply()
    }

    /// Namespaces that the caller can reach; any token will do, but one is needed.
    fn namespaces_for_people(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let id = &call.request.client_token;
        if id.is_empty() {
            return Err(Error::coded(400, "client token empty"));
        }
        let token = self
            .valid_token(id, context.now)
            .ok_or_else(|| Error::coded(403, "permission denied"))?;
        let acl = self.acl_of(&token);
        let here = &call.request.namespace;
        let below = self
            .namespaces
            .iter()
            .filter_map(|path| path.strip_prefix(here.as_str()));
        let reached: Vec<&str> = below.filter(|path| acl.touches(&format!("{here}{path}"))).collect();
        let mut data = Object::new();
        if !reached.is_empty() {
            data.insert("keys".to_owned(), Value::from(reached));
        }
        Response::data(data).reply()
    }

    fn resultant_acl(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let token = call
            .request
            .token
            .clone()
            .ok_or_else(|| Error::coded(403, "permission denied"))?;
        let acl = self.acl_of(&token);
        if acl.is_root(&call.request.namespace) {
            return Response::data(object! { "root" => true }).reply();
        }
        let (exact, prefixes) = acl.shown();
        Response::data(object! { "exact_paths" => exact, "glob_paths" => prefixes, "root" => false }).reply()
    }
}

fn builtin_version() -> String {
    format!("v{VERSION}+builtin.bao")
}
