//! What can be set of a mount when it is made and after: `config` of `sys/mounts/…`, and `sys/mounts/…/tune`.

mod new_mount;

pub(super) use new_mount::of_new_mount;

use super::mounts::mount_path;
use crate::core::Core;
use crate::duration;
use crate::engine::{Call, Context, Field, Lockout, MountInfo, Route, Tune};
use crate::engine::{comma_list, map, pairs, route, text};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Mounts of the server itself, of which nothing can be tuned.
const UNTUNABLE: [&str; 3] = ["sys/", "cubbyhole/", "identity/"];

/// Auth methods that lock users out after failed logins.
const LOCKING: [&str; 3] = ["approle", "ldap", "userpass"];

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

fn seconds(span: Option<Duration>) -> u64 {
    span.map_or(0, |span| span.as_secs())
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

/// The lockout settings as the original shows them.
pub(super) fn lockout_shown(lockout: &Lockout) -> Object {
    object! {
        "user_lockout_counter_reset_duration" => seconds(lockout.counter_reset),
        "user_lockout_disable" => lockout.disable,
        "user_lockout_duration" => seconds(lockout.duration),
        "user_lockout_threshold" => lockout.threshold,
    }
}

/// A lifetime as sent; `Some(None)` sets it back to the server's, `None` leaves it.
fn lifetime(config: &Object, name: &str) -> Result<Option<Option<Duration>>, String> {
    match config.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) if text == "system" => Ok(Some(None)),
        Some(value) => {
            let seconds = duration::from_json(value)?;
            Ok(Some(
                (seconds != 0).then(|| Duration::from_secs(seconds.max(0).unsigned_abs())),
            ))
        }
    }
}

fn check_visibility(text: Option<&str>) -> Result<(), Error> {
    match text {
        None | Some("" | "hidden" | "unauth") => Ok(()),
        Some(other) => Err(Error::response(format!("invalid listing_visibility {other}"))),
    }
}

fn check_token_type(text: Option<&str>) -> Result<(), Error> {
    match text {
        None | Some("" | "service" | "batch" | "default-service" | "default-batch") => Ok(()),
        Some(_) => Err(Error::response("invalid value for 'token_type'")),
    }
}

/// Sets the lifetimes that were sent, if they go together.
fn apply_lifetimes(tune: &mut Tune, call: &Call<'_>) -> Result<(), Error> {
    let sent = |name| match call.has(name) {
        true => {
            let asked = Object::from([(String::from(name), Value::from(call.string(name)))]);
            lifetime(&asked, name).map_err(Error::response)
        }
        false => Ok(None),
    };
    let (default, max) = (sent("default_lease_ttl")?, sent("max_lease_ttl")?);
    if default.is_none() && max.is_none() {
        return Ok(());
    }
    let default = default.unwrap_or(tune.default_lease_ttl);
    let max = max.unwrap_or(tune.max_lease_ttl);
    if let (Some(default), Some(max)) = (default, max)
        && max < default
    {
        return Err(Error::response(format!(
            "backend max lease TTL of {} would be less than backend default lease TTL of {}",
            max.as_secs(),
            default.as_secs()
        )));
    }
    (tune.default_lease_ttl, tune.max_lease_ttl) = (default, max);
    Ok(())
}

/// Sets when failed logins lock a user out.
fn apply_lockout(info: &mut MountInfo, call: &Call<'_>) -> Result<(), Error> {
    let config = call.map("user_lockout_config");
    if config.is_empty() {
        return Ok(());
    }
    if !LOCKING.contains(&info.kind.as_str()) {
        let text = "tuning of user lockout configuration for auth type";
        return Err(Error::response(format!("{text} {:?} not allowed", info.kind)));
    }
    let lockout = info.tune.lockout.get_or_insert_default();
    if let Some(threshold) = config.get("lockout_threshold") {
        let threshold = crate::engine::to_integer(threshold)
            .map_err(|text| Error::response(format!("unable to parse user lockout threshold: {text}")))?;
        lockout.threshold = u64::try_from(threshold).unwrap_or_default();
    }
    if let Some(span) = lifetime(&config, "lockout_duration").map_err(Error::response)? {
        lockout.duration = span;
    }
    if let Some(span) = lifetime(&config, "lockout_counter_reset_duration").map_err(Error::response)? {
        lockout.counter_reset = span;
    }
    if let Some(disable) = config.get("lockout_disable").and_then(Value::as_bool) {
        lockout.disable = disable;
    }
    Ok(())
}

fn apply_token_type(info: &mut MountInfo, call: &Call<'_>) -> Result<(), Error> {
    let Some(kind) = call.maybe_string("token_type") else {
        return Ok(());
    };
    if !info.path.starts_with("auth/") {
        return Err(Error::response("'token_type' can only be modified on auth mounts"));
    }
    if info.kind == "token" {
        return Err(Error::response(
            "'token_type' cannot be set for 'token' or 'ns_token' auth mounts",
        ));
    }
    check_token_type(Some(&kind))?;
    info.tune.token_type = Some(kind).filter(|kind| !kind.is_empty());
    Ok(())
}

/// A version with all its three numbers: `1` is `1.0.0`, `2-rc` is `2.0.0-rc`. `None` for what is none.
fn full_version(text: &str) -> Option<String> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let end = text
        .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
        .unwrap_or(text.len());
    let (numbers, suffix) = text.split_at(end);
    let mut numbers: Vec<&str> = numbers.split('.').collect();
    let is_number = |part: &&str| part.parse::<u32>().is_ok();
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-.+~".contains(letter);
    let named = suffix.starts_with(['-', '~', '+']) || suffix.starts_with(|letter: char| letter.is_ascii_alphabetic());
    if !numbers.iter().all(is_number) || !(suffix.is_empty() || (named && suffix.chars().all(allowed))) {
        return None;
    }
    numbers.resize(numbers.len().max(3), "0");
    let joint = match suffix.chars().next() {
        Some(first) if first.is_ascii_alphabetic() => "-",
        _ => "",
    };
    Some(format!("{}{joint}{suffix}", numbers.join(".")))
}

fn apply_texts(info: &mut MountInfo, call: &Call<'_>) -> Result<(), Error> {
    if let Some(description) = call.maybe_string("description") {
        info.description = description;
    }
    if let Some(asked) = call.maybe_string("plugin_version") {
        let Some(version) = full_version(&asked) else {
            return Err(Error::response(format!(
                "version {asked:?} is not a valid semantic version: malformed version: {asked}"
            )));
        };
        return Err(Error::response(format!(
            "plugin not found in the catalog: {}, version=v{version}",
            info.kind
        )));
    }
    let tune = &mut info.tune;
    for (name, list) in [
        ("audit_non_hmac_request_keys", &mut tune.audit_non_hmac_request_keys),
        ("audit_non_hmac_response_keys", &mut tune.audit_non_hmac_response_keys),
        ("passthrough_request_headers", &mut tune.passthrough_request_headers),
        ("allowed_response_headers", &mut tune.allowed_response_headers),
    ] {
        if let Some(sent) = call.maybe_list(name) {
            *list = sent;
        }
    }
    if let Some(visibility) = call.maybe_string("listing_visibility") {
        check_visibility(Some(&visibility))?;
        tune.listing_visibility = Some(visibility);
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

/// Changes a mount by what was sent.
fn apply(info: &mut MountInfo, call: &Call<'_>) -> Result<(), Error> {
    apply_lifetimes(&mut info.tune, call)?;
    apply_lockout(info, call)?;
    apply_texts(info, call)?;
    apply_token_type(info, call)?;
    if call.has("options") {
        apply_options(info, call.pairs("options"))?;
    }
    Ok(())
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
