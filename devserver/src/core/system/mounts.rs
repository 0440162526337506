//! `sys/mounts`, `sys/auth`, `sys/remount` and the mounts of `sys/internal/ui`.

use super::{mount_fields, tune_fields};
use crate::core::{Core, MountError};
use crate::duration;
use crate::engine::{Call, Context, MountInfo, Route, Tune, route, text};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;
use std::collections::BTreeMap;
use std::time::Duration;

pub(super) fn routes() -> Vec<Route<Core>> {
    use Operation::{Delete, Read, Update};
    vec![
        route("mounts").on(Read, Core::list_mounts),
        route("mounts/(?P<path>.+?)/tune")
            .fields(tune_fields())
            .on(Read, Core::read_tuning)
            .on(Update, Core::tune),
        route("mounts/{path+}")
            .fields(mount_fields())
            .on(Read, Core::read_mount)
            .on(Update, Core::mount_by_request)
            .on(Delete, Core::unmount_by_request),
        route("auth").on(Read, Core::list_auth),
        route("auth/(?P<path>.+?)/tune")
            .fields(tune_fields())
            .on(Read, Core::read_tuning)
            .on(Update, Core::tune),
        route("auth/{path+}")
            .fields(mount_fields())
            .on(Read, Core::read_mount)
            .on(Update, Core::mount_by_request)
            .on(Delete, Core::unmount_by_request),
        route("remount")
            .fields(vec![text("from"), text("to")])
            .on(Update, Core::remount),
        route("internal/ui/mounts").on(Read, Core::visible_mounts),
        route("internal/ui/mounts/{path+}")
            .fields(vec![text("path")])
            .on(Read, Core::visible_mount),
    ]
}

/// The path a request means, with `auth/` before it where it came by `sys/auth`.
fn mount_path(call: &Call<'_>) -> String {
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

/// A mount, as the table shows it.
fn shown(info: &MountInfo) -> Object {
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
    let options = info.options.as_ref().map(|options| -> Object {
        options
            .iter()
            .map(|(key, text)| (key.clone(), Value::from(text)))
            .collect()
    });
    let mut data = object! {
        "type" => &info.kind,
        "description" => &info.description,
        "accessor" => &info.accessor,
        "local" => info.local,
        "seal_wrap" => info.seal_wrap,
        "external_entropy_access" => info.external_entropy,
        "options" => options,
        "uuid" => &info.uuid,
        "plugin_version" => "",
        "running_plugin_version" => running_version(&info.kind),
        "running_sha256" => "",
        "config" => config,
    };
    if !matches!(info.kind.as_str(), "system" | "cubbyhole" | "token" | "identity") {
        data.insert("deprecation_status".to_owned(), Value::from("supported"));
    }
    data
}

fn running_version(kind: &str) -> String {
    match kind {
        "system" | "cubbyhole" | "token" | "identity" => {
            format!("v{}+builtin.bao", super::status::VERSION)
        }
        _ => format!("v{}+builtin.bao", super::status::VERSION),
    }
}

fn token_type(info: &MountInfo) -> String {
    info.tune
        .token_type
        .clone()
        .unwrap_or_else(|| "default-service".to_owned())
}

fn show_optional(tune: &Tune, data: &mut Object) {
    let lists = [
        ("audit_non_hmac_request_keys", &tune.audit_non_hmac_request_keys),
        ("audit_non_hmac_response_keys", &tune.audit_non_hmac_response_keys),
        ("passthrough_request_headers", &tune.passthrough_request_headers),
        ("allowed_response_headers", &tune.allowed_response_headers),
    ];
    for (name, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        data.insert(name.to_owned(), Value::from(list.clone()));
    }
    if let Some(visibility) = tune.listing_visibility.as_ref().filter(|text| !text.is_empty()) {
        data.insert("listing_visibility".to_owned(), Value::from(visibility));
    }
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
        self.mount(info).map_err(|error| refused(&error))?;
        Ok(None)
    }

    fn unmount_by_request(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let path = mount_path(call);
        if matches!(path.as_str(), "sys/" | "cubbyhole/" | "identity/" | "auth/token/") {
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

    fn read_tuning(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let path = mount_path(call);
        let mounted = self.mounts.get(&format!("{}{path}", call.request.namespace));
        let info = &mounted
            .ok_or_else(|| Error::response(format!("cannot fetch sysview for path {path:?}")))?
            .info;
        let lifetimes = self.lifetimes_of(info);
        let mut data = object! {
            "description" => &info.description,
            "default_lease_ttl" => lifetimes.default.as_secs(),
            "max_lease_ttl" => lifetimes.max.as_secs(),
            "force_no_cache" => info.tune.force_no_cache,
        };
        if path.starts_with("auth/") {
            data.insert("token_type".to_owned(), Value::from(token_type(info)));
        }
        show_optional(&info.tune, &mut data);
        if let Some(options) = info.options.as_ref().filter(|options| !options.is_empty()) {
            let options: Object = options
                .iter()
                .map(|(key, text)| (key.clone(), Value::from(text)))
                .collect();
            data.insert("options".to_owned(), Value::Object(options));
        }
        Response::data(data).reply()
    }

    fn tune(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let path = mount_path(call);
        let key = format!("{}{path}", call.request.namespace);
        let missing = || Error::response(format!("tune of path {path:?} failed: no mount entry found"));
        let mut info = self.mounts.get(&key).ok_or_else(missing)?.info.as_ref().clone();
        apply_tuning(&mut info, call, self.lifetimes.max)?;
        let version = |info: &MountInfo| {
            info.options
                .as_ref()
                .and_then(|options| options.get("version").cloned())
        };
        let (before, after) = (
            self.mounts.get(&key).and_then(|mounted| version(&mounted.info)),
            version(&info),
        );
        if let Some(mounted) = self.mounts.get_mut(&key) {
            mounted.info = std::sync::Arc::new(info);
        }
        if before == after {
            return Ok(None);
        }
        self.change_version(&key)?;
        // The original names version 0 twice, whatever the versions are.
        Response::default()
            .warn(
                "Upgrading mount from version 0 to version 0. This mount will be unavailable for a brief period and will resume \
                 service shortly.",
            )
            .reply()
    }

    fn remount(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let clean = |name: &str| format!("{}/", call.string(name).trim_matches('/'));
        let (from, to) = (clean("from"), clean("to"));
        let namespace = &call.request.namespace;
        if from == "/" || to == "/" {
            return Err(Error::response(
                "both 'from' and 'to' path must be specified as a string",
            ));
        }
        if matches!(from.as_str(), "sys/" | "cubbyhole/" | "identity/" | "auth/token/") {
            return Err(Error::response(format!("cannot remount {from:?}")));
        }
        if from.starts_with("auth/") != to.starts_with("auth/") {
            return Err(Error::response(format!(
                "cannot remount between different types of mounts: {from:?} and {to:?}"
            )));
        }
        if let Some(taken) = self
            .mounts
            .conflict(&format!("{namespace}{to}"))
            .filter(|path| path.starts_with(namespace))
        {
            return Err(Error::response(format!("path already in use at {taken:?}")));
        }
        if self.mounts.get(&format!("{namespace}{from}")).is_none() {
            return Err(Error::response(format!("no matching mount at {from:?}")));
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

    fn visible_mounts(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let namespace = call.request.namespace.clone();
        let token = match call.request.client_token.as_str() {
            "" => None,
            id => Some(
                self.valid_token(id, context.now)
                    .ok_or_else(|| Error::coded(403, "permission denied"))?,
            ),
        };
        let acl = token.map(|token| self.acl_of(&token));
        let mut tables = [Object::new(), Object::new()];
        for (table, auth) in tables.iter_mut().zip([false, true]) {
            for info in self.mounts.of_namespace(&namespace, auth) {
                let path = info.path.strip_prefix("auth/").filter(|_| auth).unwrap_or(&info.path);
                let open = info.tune.listing_visibility.as_deref() == Some("unauth");
                let touched = acl
                    .as_ref()
                    .is_some_and(|acl| acl.touches(&format!("{namespace}{}", info.path)));
                if open || touched {
                    let mut full = shown(info);
                    if acl.is_none() {
                        full.retain(|key, _| matches!(key.as_str(), "type" | "description" | "options"));
                    }
                    table.insert(path.to_owned(), Value::Object(full));
                }
            }
        }
        let [secret, auth] = tables;
        Response::data(object! { "secret" => secret, "auth" => auth }).reply()
    }

    fn visible_mount(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let path = format!("{}/", call.text("path").trim_matches('/'));
        let namespace = &call.request.namespace;
        let token = self.valid_token(&call.request.client_token, context.now);
        let token = token.ok_or_else(|| Error::coded(403, "permission denied"))?;
        let acl = self.acl_of(&token);
        let refused = || {
            let text = "preflight capability check returned 403, please ensure client's policies grant access to path";
            Error::coded(403, format!("{text} {path:?}"))
        };
        let info = &self
            .mounts
            .find(&format!("{namespace}{path}"))
            .ok_or_else(refused)?
            .info;
        if !acl.touches(&format!("{namespace}{}", info.path)) {
            return Err(refused());
        }
        let mut data = shown(info);
        let path = info.path.strip_prefix("auth/").unwrap_or(&info.path);
        data.insert("path".to_owned(), Value::from(path));
        Response::data(data).reply()
    }
}

fn lifetime(config: &Object, name: &str) -> Result<Option<Duration>, String> {
    let Some(value) = config.get(name) else { return Ok(None) };
    match value {
        Value::String(text) if text.is_empty() || text == "system" => Ok(None),
        Value::Null => Ok(None),
        value => {
            let seconds = duration::from_json(value)?;
            Ok((seconds != 0).then(|| Duration::from_secs(seconds.max(0).unsigned_abs())))
        }
    }
}

/// The lifetimes of a new mount; a wrong one is named.
fn named_lifetime(config: &Object, name: &str, what: &str) -> Result<Option<Duration>, Error> {
    let value = config.get(name).cloned().unwrap_or_default();
    lifetime(config, name)
        .map_err(|text| Error::response(format!("unable to parse {what} TTL of {}: {text}", plain(&value))))
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn check_lifetimes(tune: &Tune, system_max: Duration) -> Result<(), Error> {
    let default = tune.default_lease_ttl.unwrap_or_default();
    match tune.max_lease_ttl {
        Some(max) if default > max => Err(Error::response(
            "given default lease TTL greater than given max lease TTL",
        )),
        None if default > system_max => Err(Error::response(format!(
            "given default lease TTL greater than system max lease TTL of {}",
            system_max.as_secs()
        ))),
        _ => Ok(()),
    }
}

fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => text
            .split(',')
            .map(|part| part.trim().to_owned())
            .filter(|part| !part.is_empty())
            .collect(),
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn tune_of(config: &Object, system_max: Duration) -> Result<Tune, Error> {
    let text = |name: &str| config.get(name).and_then(Value::as_str).map(str::to_owned);
    let listing_visibility = text("listing_visibility");
    check_visibility(listing_visibility.as_deref())?;
    let tune = Tune {
        default_lease_ttl: lifetime(config, "default_lease_ttl").map_err(Error::response)?,
        max_lease_ttl: lifetime(config, "max_lease_ttl").map_err(Error::response)?,
        force_no_cache: config
            .get("force_no_cache")
            .and_then(Value::as_bool)
            .unwrap_or_default(),
        token_type: text("token_type").filter(|text| !text.is_empty()),
        listing_visibility,
        passthrough_request_headers: texts(config.get("passthrough_request_headers")),
        allowed_response_headers: texts(config.get("allowed_response_headers")),
        audit_non_hmac_request_keys: texts(config.get("audit_non_hmac_request_keys")),
        audit_non_hmac_response_keys: texts(config.get("audit_non_hmac_response_keys")),
    };
    check_lifetimes(&tune, system_max)?;
    Ok(tune)
}

fn check_visibility(text: Option<&str>) -> Result<(), Error> {
    match text {
        None | Some("" | "hidden" | "unauth") => Ok(()),
        Some(other) => Err(Error::response(format!("invalid listing_visibility {other}"))),
    }
}

fn mount_info(call: &Call<'_>, system_max: Duration) -> Result<MountInfo, Error> {
    let path = mount_path(call);
    let config = call.map("config");
    named_lifetime(&config, "default_lease_ttl", "default")?;
    named_lifetime(&config, "max_lease_ttl", "max")?;
    let tune = tune_of(&config, system_max)?;
    let mut kind = call.string("type");
    if kind == "plugin" {
        kind = call.string("plugin_name");
    }
    if kind.is_empty() {
        let text = match call.string("type").is_empty() {
            true => "backend type must be specified as a string",
            false => "plugin_name must be provided for plugin backend",
        };
        return Err(Error::response(text));
    }
    let mut options: Option<BTreeMap<String, String>> = call.has("options").then(|| call.pairs("options"));
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
    // An engine without options shows an empty map when it was mounted through the API.
    let options = Some(options.unwrap_or_default());
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

fn apply_tuning(info: &mut MountInfo, call: &Call<'_>, system_max: Duration) -> Result<(), Error> {
    let sent = tune_of(&call.request.data, system_max)?;
    let tune = &mut info.tune;
    if call.has("default_lease_ttl") {
        tune.default_lease_ttl = sent.default_lease_ttl;
    }
    if call.has("max_lease_ttl") {
        tune.max_lease_ttl = sent.max_lease_ttl;
    }
    check_lifetimes(tune, system_max)?;
    if call.has("listing_visibility") {
        tune.listing_visibility = sent.listing_visibility;
    }
    if let Some(kind) = sent.token_type {
        if !matches!(kind.as_str(), "service" | "batch" | "default-service" | "default-batch") {
            return Err(Error::response("invalid value for 'token_type'"));
        }
        tune.token_type = Some(kind);
    }
    for (name, list, new) in [
        (
            "passthrough_request_headers",
            &mut tune.passthrough_request_headers,
            sent.passthrough_request_headers,
        ),
        (
            "allowed_response_headers",
            &mut tune.allowed_response_headers,
            sent.allowed_response_headers,
        ),
        (
            "audit_non_hmac_request_keys",
            &mut tune.audit_non_hmac_request_keys,
            sent.audit_non_hmac_request_keys,
        ),
        (
            "audit_non_hmac_response_keys",
            &mut tune.audit_non_hmac_response_keys,
            sent.audit_non_hmac_response_keys,
        ),
    ] {
        if call.has(name) {
            *list = new;
        }
    }
    if let Some(description) = call.maybe_string("description") {
        info.description = description;
    }
    if call.has("options") {
        apply_options(info, call.pairs("options"))?;
    }
    Ok(())
}

fn apply_options(info: &mut MountInfo, options: BTreeMap<String, String>) -> Result<(), Error> {
    if let Some(version) = options.get("version") {
        let known = info.options.as_ref().and_then(|known| known.get("version"));
        let old = known.map_or("1", String::as_str);
        if info.kind != "kv" {
            return Err(Error::response(format!(
                "secrets engine {:?} does not allow setting a version",
                info.kind
            )));
        }
        if old == "2" && version != "2" {
            return Err(Error::response("cannot downgrade mount from version 2"));
        }
        if version != "1" && version != "2" {
            return Err(Error::response(format!(
                "unable to parse tune options: unknown version {version:?}"
            )));
        }
    }
    info.options.get_or_insert_default().extend(options);
    Ok(())
}
