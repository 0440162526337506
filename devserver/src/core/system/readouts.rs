//! Paths of `sys/` that tell how a server is set up. This one has little to tell: no audit devices, no quotas, no clusters,
//! no plugins but its own.

use super::status::VERSION;
use crate::core::Core;
use crate::engine::{Call, Context, Route, integer, route, text, text_list};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;

pub(super) fn routes() -> Vec<Route<Core>> {
    use Operation::{List, Read};
    let mut routes = vec![
        route("key-status")
            .help("Term and age of the encryption key.", "")
            .on(Read, Core::key_status),
        route("ha-status")
            .help("The nodes of the cluster: this one.", "")
            .on(Read, Core::ha_status),
        route("version-history/?")
            .help("Versions that have run.", "")
            .on(List, Core::version_history),
        route("remount/status/{migration_id+}")
            .help("How far a move of a mount is.", "")
            .fields(vec![text("migration_id")])
            .on(Read, Core::remount_status),
    ];
    routes.extend(plugin_routes());
    routes.extend(count_routes());
    routes
}

fn plugin_routes() -> Vec<Route<Core>> {
    use Operation::{List, Read};
    vec![
        route("plugins/catalog/?")
            .help("All engines.", "")
            .on(Read, Core::all_plugins),
        route("plugins/catalog/(?P<type>auth|secret|database)/?")
            .help("Engines of one type.", "")
            .fields(vec![text("type"), text("after"), integer("limit")])
            .on(List, Core::plugins_of_type),
        route("plugins/catalog/(?P<type>auth|secret|database)/{name}")
            .help("An engine.", "")
            .fields(vec![
                text("type").help("auth, secret or database."),
                text("name").help("Name of the engine."),
                text("version").help("Version of the engine."),
                text("sha256").help("Digest of its program."),
                text("sha_256").help("The same, by its older name."),
                text("command").help("Name of its program."),
                text_list("args").help("Arguments of its program."),
                text_list("env").help("Environment of its program."),
            ])
            .on(Read, Core::plugin)
            .on(Operation::Update, Core::refuse_plugin)
            .on(Operation::Delete, |_: &mut Core, _, _| Ok(None)),
        route("plugins/reload/backend")
            .fields(vec![
                text("plugin").help("Name of the engine whose mounts start again."),
                text_list("mounts").help("Paths of the mounts that start again."),
                text("scope").help("Empty, or \"global\"."),
            ])
            .help("Start engines again.", "They are part of this server and keep running.")
            .on(Operation::Update, Core::reload_plugin),
    ]
}

fn count_routes() -> Vec<Route<Core>> {
    use Operation::Read;
    vec![
        route("internal/counters/tokens")
            .help("How many tokens there are.", "Service tokens only.")
            .on(Read, Core::count_tokens),
        route("internal/counters/entities")
            .help("How many entities there are.", "Of all namespaces.")
            .on(Read, Core::count_entities),
        route("internal/counters/requests")
            .help("Not counted.", "The original counts no more either.")
            .on(Read, |_: &mut Core, _, _| {
                Err(Error::coded(404, "The functionality has been removed on this path"))
            }),
        route("locked-users")
            .help("Users that failed logins have locked out.", "Nobody is locked out.")
            .fields(vec![text("mount_accessor").help("Only users of this auth mount.")])
            .on(Read, |_: &mut Core, _, _| {
                let root = object! {
                    "counts" => 0,
                    "mount_accessors" => Vec::<String>::new(),
                    "namespace_id" => "root",
                    "namespace_path" => "",
                };
                Response::data(object! { "by_namespace" => vec![root], "total" => 0 }).reply()
            }),
        route("locked-users/{mount_accessor}/unlock/{alias_identifier+}")
            .help("Unlock a user.", "Nobody is locked out.")
            .fields(vec![
                text("mount_accessor").help("Accessor of the auth mount."),
                text("alias_identifier").help("Name of the user there."),
            ])
            .on(Operation::Update, |_: &mut Core, _, _| Ok(None)),
        route("config/reload/{subsystem+}")
            .help("Read a part of the configuration again.", "There is none to be read.")
            .fields(vec![text("subsystem").help("Name of the part.")])
            .on(Operation::Update, |_: &mut Core, _, _| Err(Error::unsupported_path())),
        route("internal/ui/namespaces")
            .help("Namespaces the caller can see.", "")
            .on(Read, Core::namespaces_for_people),
        route("internal/ui/resultant-acl")
            .help("What the own token may do.", "")
            .on(Read, Core::resultant_acl),
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
            "term" => 1 + self.settings.rotations,
            "install_time" => self.rotated.to_string(),
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

    fn refuse_plugin(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        if call.string("sha256").is_empty() && call.string("sha_256").is_empty() {
            return Err(Error::response("missing SHA-256 value"));
        }
        if call.string("command").is_empty() {
            return Err(Error::response("missing command value"));
        }
        Err(Error::internal(
            "could not set plugin, plugin directory is not configured",
        ))
    }

    fn reload_plugin(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let (plugin, mounts) = (call.string("plugin"), call.list("mounts"));
        let refused = |text: String| Err(Error::response(text));
        match (plugin.as_str(), mounts.as_slice()) {
            ("", []) => return refused("plugin or mounts must be provided".to_owned()),
            ("", mounts) => {
                let missing = |path: &&String| {
                    let path = format!("{}{}/", call.request.namespace, path.trim_matches('/'));
                    self.mounts.get(&path).is_none()
                };
                if let Some(path) = mounts.iter().find(missing) {
                    return Err(Error::invalid(format!("cannot fetch mount entry on {path:?}")));
                }
            }
            (plugin, []) => {
                if !plugins().iter().any(|(_, names)| names.contains(&plugin)) {
                    return refused(format!("plugin not found in the catalog: {plugin:?}"));
                }
            }
            _ => return refused("plugin and mounts cannot be set at the same time".to_owned()),
        }
        Response::data(object! { "reload_id" => crate::random::uuid() }).reply()
    }

    fn count_tokens(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        let total = self.tokens.iter().count();
        Response::data(object! { "counters" => object! { "service_tokens" => object! { "total" => total } } }).reply()
    }

    fn count_entities(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        let total = self.entities.count();
        Response::data(object! { "counters" => object! { "entities" => object! { "total" => total } } }).reply()
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
            .keys()
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

/// The version all engines show.
pub(super) fn builtin_version() -> String {
    format!("v{VERSION}+builtin.bao")
}
