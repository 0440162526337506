//! What can be set of a mount when it is made and after: `config` of `sys/mounts/…`, and `sys/mounts/…/tune`.

mod changes;
mod lockout;
mod new_mount;
mod version;

pub(super) use lockout::lockout_shown;
pub(super) use new_mount::of_new_mount;

use changes::apply;

use super::mounts::mount_path;
use crate::core::Core;
use crate::engine::{Call, Context, Field, MountInfo, Route, Tune};
use crate::engine::{comma_list, map, pairs, route, text};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;
use std::sync::Arc;

/// Mounts of the server itself, of which nothing can be tuned.
const UNTUNABLE: [&str; 3] = ["sys/", "cubbyhole/", "identity/"];

pub(super) fn routes() -> Vec<Route<Core>> {
    let tuning = |pattern, synopsis| {
        route(pattern)
            .fields(fields())
            .help(synopsis, "Reads or changes lifetimes, visibility, headers and options.")
            .on(Operation::Read, Core::read_tuning)
            .on(Operation::Update, Core::tune)
    };
    vec![
        tuning("mounts/(?P<path>.+?)/tune", "Settings of a mount."),
        tuning("auth/(?P<path>.+?)/tune", "Settings of an auth mount."),
    ]
}

fn fields() -> Vec<Field> {
    vec![
        text("path").help("Path of the mount."),
        text("default_lease_ttl").help("Lifetime of leases that ask for none; \"system\" for the server's."),
        text("max_lease_ttl").help("Longest lifetime of leases; \"system\" for the server's."),
        text("description").help("Text of the user."),
        text("listing_visibility").help("\"unauth\" shows the mount to callers without a token, \"hidden\" does not."),
        text("token_type").help("Type of the tokens an auth mount gives: service or batch, or a default."),
        text("plugin_version").help("Version of the engine to run."),
        pairs("options").help("Options of the engine, such as \"version\" of a KV store."),
        comma_list("audit_non_hmac_request_keys").help("Request members that audit devices write in clear."),
        comma_list("audit_non_hmac_response_keys").help("Response members that audit devices write in clear."),
        comma_list("passthrough_request_headers").help("Request headers that reach the engine."),
        comma_list("allowed_response_headers").help("Response headers that the engine may set."),
        map("user_lockout_config").help("When failed logins lock a user out."),
    ]
}

/// The lists and texts that are shown only where they are set.
pub(super) fn show_optional(tune: &Tune, data: &mut Object) {
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

/// The type of tokens an auth mount gives.
pub(super) fn token_type(info: &MountInfo) -> String {
    info.tune
        .token_type
        .clone()
        .unwrap_or_else(|| "default-service".to_owned())
}

/// The first setting of a request for a mount that takes none.
fn first_setting<'c>(call: &'c Call<'_>) -> Option<&'c str> {
    let known = fields();
    let mut names = known.iter().map(|field| field.name).filter(|name| *name != "path");
    names.find(|name| call.has(name))
}

impl Core {
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
        if let Some(lockout) = &info.tune.lockout {
            data.extend(lockout_shown(lockout));
        }
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
        if UNTUNABLE.contains(&path.as_str())
            && let Some(name) = first_setting(call)
        {
            return Err(Error::response(format!("cannot tune parameter {name} of {path}")));
        }
        let key = format!("{}{path}", call.request.namespace);
        let missing = || Error::response(format!("tune of path {path:?} failed: no mount entry found"));
        let mounted = self.mounts.get_mut(&key).ok_or_else(missing)?;
        let mut info = mounted.info.as_ref().clone();
        apply(&mut info, call)?;
        let changed = info.version() != mounted.info.version();
        mounted.info = Arc::new(info);
        if !changed {
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
}
