//! `sys/mounts`, `sys/auth` and `sys/remount`.

use super::tuning::{lockout_shown, show_optional, token_type};
use crate::core::{Core, MountError};
use crate::engine::{Call, Context, Field, MountInfo, Route};
use crate::engine::{boolean, map, pairs, route, text};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;
use std::collections::BTreeMap;
use std::time::Duration;

/// Mounts of the server itself: they stay where they are.
const BUILT_IN: [&str; 4] = ["sys/", "cubbyhole/", "identity/", "auth/token/"];

pub(super) fn routes() -> Vec<Route<Core>> {
    use Operation::{Delete, Read, Update};
    vec![
        route("mounts")
            .help("All secrets mounts.", "")
            .on(Read, Core::list_mounts),
        route("mounts/{path+}")
            .help("Mount, show or unmount a secrets engine.", "")
            .fields(fields())
            .on(Read, Core::read_mount)
            .on(Update, Core::mount_by_request)
            .on(Delete, Core::unmount_by_request),
        route("auth").help("All auth mounts.", "").on(Read, Core::list_auth),
        route("auth/{path+}")
            .help("Mount, show or unmount an auth method.", "")
            .fields(fields())
            .on(Read, Core::read_mount)
            .on(Update, Core::mount_by_request)
            .on(Delete, Core::unmount_by_request),
        route("remount")
            .help("Move a mount to another path.", "")
            .fields(vec![text("from"), text("to")])
            .on(Update, Core::remount),
    ]
}

fn fields() -> Vec<Field> {
    vec![
        text("path").help("Where to mount, for example \"aws/east\"."),
        text("type").help("Type of the engine, for example \"kv\"."),
        text("description").help("Text of the user."),
        map("config").help("Settings of the mount, for example default_lease_ttl and max_lease_ttl."),
        boolean("local").help("Keeps the mount out of replication."),
        boolean("seal_wrap").help("Asks for seal wrapping."),
        boolean("external_entropy_access").help("Lets the engine use the server's source of entropy."),
        text("plugin_name").help("Name of the engine in the catalog, where the type is \"plugin\"."),
        text("plugin_version").help("Version of the engine to run."),
        pairs("options").help("Options of the engine: an object of texts."),
    ]
}

/// The path a request means, with `auth/` before it where it came by `sys/auth`.
pub(super) fn mount_path(call: &Call<'_>) -> String {
    let path = call.text("path").trim_matches('/');
    let prefix = if call.request.path.starts_with("auth/") {
        "auth/"
    } else {
        ""
    };
    format!("{prefix}{path}/")
}

fn seconds(span: Option<Duration>) -> u64 {
    span.map_or(0, |span| span.as_secs())
}

/// The type as the original names it: the server's own mounts have another one in namespaces.
fn kind_shown(info: &MountInfo) -> String {
    match info.kind.as_str() {
        kind @ ("system" | "cubbyhole" | "token" | "identity") if !info.namespace.is_empty() => format!("ns_{kind}"),
        kind => kind.to_owned(),
    }
}

/// A mount, as the table shows it.
pub(super) fn shown(info: &MountInfo) -> Object {
    let auth = info.path.starts_with("auth/");
    let mut config = object! {
        "default_lease_ttl" => seconds(info.tune.default_lease_ttl),
        "max_lease_ttl" => seconds(info.tune.max_lease_ttl),
        "force_no_cache" => info.tune.force_no_cache,
    };
    show_optional(&info.tune, &mut config);
    if auth {
        config.insert("token_type".to_owned(), Value::from(token_type(info)));
    }
    if let Some(lockout) = &info.tune.lockout {
        config.insert("user_lockout_config".to_owned(), Value::Object(lockout_shown(lockout)));
    }
    let options = info.options.as_ref().map(|options| -> Object {
        options
            .iter()
            .map(|(key, text)| (key.clone(), Value::from(text)))
            .collect()
    });
    let mut data = object! {
        "type" => kind_shown(info),
        "description" => &info.description,
        "accessor" => &info.accessor,
        "local" => info.local,
        "seal_wrap" => info.seal_wrap,
        "external_entropy_access" => info.external_entropy,
        "options" => options,
        "uuid" => &info.uuid,
        "plugin_version" => "",
        "running_plugin_version" => super::readouts::builtin_version(),
        "running_sha256" => "",
        "config" => config,
    };
    if !matches!(info.kind.as_str(), "system" | "cubbyhole" | "token" | "identity") {
        data.insert("deprecation_status".to_owned(), Value::from("supported"));
    }
    data
}

fn refused(error: &MountError) -> Error {
    Error::response(error.to_string())
}

impl Core {
    fn list_mounts(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.mount_table(call, false)
    }

    fn list_auth(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.mount_table(call, true)
    }

    fn mount_table(&self, call: &Call<'_>, auth: bool) -> Reply {
        let mounts = self.mounts.of_namespace(&call.request.namespace, auth);
        let table = mounts.map(|info| {
            let path = info.path.strip_prefix("auth/").filter(|_| auth).unwrap_or(&info.path);
            (path.to_owned(), Value::Object(shown(info)))
        });
        Response::data(table.collect()).reply()
    }

    fn read_mount(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let path = mount_path(call);
        let mounted = self.mounts.get(&format!("{}{path}", call.request.namespace));
        let missing = || {
            let what = if path.starts_with("auth/") {
                "auth engine"
            } else {
                "secret engine mount"
            };
            Error::coded(400, format!("No {what} at {}", path.trim_start_matches("auth/")))
        };
        Response::data(shown(&mounted.ok_or_else(missing)?.info)).reply()
    }

    fn mount_by_request(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let info = mount_info(call, self.lifetimes.max)?;
        if call.request.path.starts_with("mounts/") && info.path.starts_with("auth/") {
            return Err(refused(&MountError::Reserved(info.path)));
        }
        self.mount(info).map_err(|error| refused(&error))?;
        Ok(None)
    }

    fn unmount_by_request(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let path = mount_path(call);
        if BUILT_IN.contains(&path.as_str()) {
            let text = match path.strip_prefix("auth/") {
                Some(_) => "token credential backend cannot be disabled".to_owned(),
                None => format!("cannot unmount {path:?}"),
            };
            return Err(Error::response(text));
        }
        if self.mounts.get(&format!("{}{path}", call.request.namespace)).is_some() {
            self.unmount(&call.request.namespace, &path)?;
        }
        Ok(None)
    }

    fn remount(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let clean = |name: &str| format!("{}/", call.string(name).trim_matches('/'));
        let (from, to) = (clean("from"), clean("to"));
        let namespace = &call.request.namespace;
        for (name, path) in [("from", call.string("from")), ("to", call.string("to"))] {
            if path.ends_with(char::is_whitespace) {
                return Err(Error::response(format!(
                    "'{name}' path cannot contain trailing whitespace"
                )));
            }
        }
        if from == "/" || to == "/" {
            return Err(Error::response(
                "both 'from' and 'to' path must be specified as a string",
            ));
        }
        check_move(&from, &to)?;
        if self.mounts.get(&format!("{namespace}{from}")).is_none() {
            return Err(Error::response(format!("no matching mount at {from:?}")));
        }
        if let Some(taken) = self
            .mounts
            .conflict(&format!("{namespace}{to}"))
            .filter(|path| path.starts_with(namespace))
        {
            return Err(Error::response(format!("path already in use at {taken:?}")));
        }
        for id in self.lease_ids_below(namespace, &from) {
            self.revoke_lease(&id, false)?;
        }
        if let Some(mut mounted) = self.mounts.remove(&format!("{namespace}{from}")) {
            let mut info = mounted.info.as_ref().clone();
            info.path.clone_from(&to);
            mounted.info = std::sync::Arc::new(info);
            self.mounts.insert(mounted);
        }
        let id = crate::random::uuid();
        self.migrations.insert(id.clone(), (from, to));
        Response::data(object! { "migration_id" => id })
            .warn(
                "Mount move has been queued. Progress will be reported in OpenBao's server log, tagged with the returned \
                 migration_id",
            )
            .reply()
    }
}

/// Refuses to move what the server needs where it is, and to move anything there.
fn check_move(from: &str, to: &str) -> Result<(), Error> {
    let refused = |text: String| Err(Error::response(text));
    if from.starts_with("auth/") {
        return match (from, to) {
            (_, to) if !to.starts_with("auth/") => {
                refused(format!("cannot remount auth mount to non-auth mount {to:?}"))
            }
            ("auth/token/", _) => refused(format!("cannot remount {from:?}")),
            (_, "auth/token/") => refused(format!("cannot remount to destination {to:?}")),
            _ => Ok(()),
        };
    }
    let protected = ["audit/", "auth/", "sys/", "cubbyhole/", "identity/"];
    let is_protected = |path: &str| protected.iter().any(|prefix| path.starts_with(prefix));
    if is_protected(from) {
        return refused(format!("cannot remount {from:?}"));
    }
    match is_protected(to) {
        true => refused(format!("cannot remount to destination {to}")),
        false => Ok(()),
    }
}

/// The type of engine that is asked for.
fn kind_of(call: &Call<'_>) -> Result<String, Error> {
    let kind = match call.string("type") {
        plugin if plugin == "plugin" => call.string("plugin_name"),
        kind => kind,
    };
    match (kind.is_empty(), call.string("type").is_empty()) {
        (false, _) => Ok(kind),
        (_, true) => Err(Error::response("backend type must be specified as a string")),
        (_, false) => Err(Error::response("plugin_name must be provided for plugin backend")),
    }
}

fn mount_info(call: &Call<'_>, system_max: Duration) -> Result<MountInfo, Error> {
    let path = mount_path(call);
    let config = call.map("config");
    let tune = super::tuning::of_new_mount(&config, system_max)?;
    let mut kind = kind_of(call)?;
    // Null stays null; an engine without options shows an empty map when it was mounted through the API.
    let null = call.raw("options").is_some_and(Value::is_null);
    let mut options: Option<BTreeMap<String, String>> = (!null).then(|| call.pairs("options"));
    let auth = path.starts_with("auth/");
    match kind.as_str() {
        "kv-v1" | "kv-v2" | "generic" if !auth => {
            let version = if kind == "kv-v2" { "2" } else { "1" };
            options
                .get_or_insert_default()
                .insert("version".to_owned(), version.to_owned());
            kind = "kv".to_owned();
        }
        "kv" => {}
        other
            if !auth
                && options
                    .as_ref()
                    .is_some_and(|options| options.get("version").is_some_and(|v| !v.is_empty())) =>
        {
            return Err(Error::response(format!(
                "secrets engine {other:?} does not allow setting a version"
            )));
        }
        _ => {}
    }
    Ok(MountInfo {
        namespace: call.request.namespace.clone(),
        path,
        kind,
        description: call.string("description"),
        options,
        tune,
        local: call.flag("local"),
        seal_wrap: call.flag("seal_wrap"),
        external_entropy: call.flag("external_entropy_access"),
        ..MountInfo::default()
    })
}
