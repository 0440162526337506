//! Values the agent will not understand, and containers that do not exist.

use serde_json::Value;

use crate::annotations::grammar;
use crate::annotations::plan::Plan;
use crate::annotations::podspec::{container_names, containers, text};
use crate::annotations::table::{self, Annotation};
use crate::annotations::values::{Entry, Values};

/// A check of one value: the annotation, what is fine, and what to say otherwise.
type Doubt = (&'static Annotation, fn(&str) -> bool, &'static str);

const SINGLE: &[Doubt] = &[
    (&table::STATIC_INTERVAL, is_duration, "a duration such as 5m"),
    (&table::CLIENT_TIMEOUT, is_duration, "a duration such as 60s"),
    (
        &table::CLIENT_MAX_RETRIES,
        |text| text.is_empty() || text.parse::<u32>().is_ok(),
        "a whole number",
    ),
    (
        &table::CACHE_PORT,
        |text| text.parse::<u16>().is_ok_and(|port| port > 0),
        "a port number",
    ),
    (
        &table::CACHE_USE_TOKEN,
        |text| matches!(text, "true" | "false" | "force"),
        "true, false or force",
    ),
    (&table::LOG_LEVEL, is_log_level, "a log level"),
    (
        &table::LOG_FORMAT,
        |text| matches!(text, "" | "standard" | "json"),
        "standard or json",
    ),
    (&table::SERVICE, is_url, "a URL with http:// or https://"),
    (
        &table::DISABLE_IDLE_CONNECTIONS,
        are_features,
        "a list of auto-auth, caching, templating",
    ),
    (
        &table::DISABLE_KEEP_ALIVES,
        are_features,
        "a list of auto-auth, caching, templating",
    ),
    (
        &table::PRESERVE_SECRET_CASE,
        is_bool,
        "true or false; it is taken as false",
    ),
];

const PER_SECRET: &[Doubt] = &[
    (
        &table::PERMS,
        |text| text.is_empty() || u32::from_str_radix(text, 8).is_ok_and(|mode| mode <= 0o7777),
        "an octal mode such as 0640",
    ),
    (
        &table::PRESERVE_SECRET_CASE,
        is_bool,
        "true or false; it is taken as false",
    ),
    (
        &table::SECRET_VOLUME_PATH,
        |text| text.starts_with('/'),
        "an absolute path",
    ),
];

fn is_duration(text: &str) -> bool {
    grammar::duration(text).is_ok() || text.parse::<u64>().is_ok()
}

fn is_bool(text: &str) -> bool {
    grammar::bool(text).is_ok()
}

fn is_log_level(text: &str) -> bool {
    let levels = [
        "", "trace", "debug", "info", "notice", "warn", "warning", "err", "error",
    ];
    levels.contains(&text.to_lowercase().as_str())
}

fn is_url(text: &str) -> bool {
    text.is_empty()
        || ["http://", "https://", "unix://"]
            .iter()
            .any(|scheme| text.starts_with(scheme))
}

fn are_features(text: &str) -> bool {
    let features = ["auto-auth", "caching", "proxying", "templating"];
    grammar::csv(text)
        .iter()
        .all(|feature| features.contains(&feature.as_str()))
}

/// Values the agent will not understand, or not as meant.
pub(super) fn values_in_doubt(values: &Values, plan: &Plan) -> Vec<String> {
    let line = |key: &str, entry: &Entry, expected: &str| {
        format!(
            "{}{key} should be {expected}, got {}",
            entry.prefix.text(),
            grammar::quote(&shorten(&entry.value))
        )
    };
    let mut found = Vec::new();
    for (annotation, fine, expected) in SINGLE {
        if let Some(entry) = values.entry(annotation).filter(|entry| !fine(&entry.value)) {
            found.push(line(annotation.key, entry, expected));
        }
    }
    for file in &plan.secrets {
        for (annotation, fine, expected) in PER_SECRET {
            if let Some(entry) = values.named(annotation, &file.name).filter(|entry| !fine(&entry.value)) {
                found.push(line(&format!("{}-{}", annotation.key, file.name), entry, expected));
            }
        }
    }
    found
}

/// Containers that do not exist, and volumes that are there already.
pub(super) fn names_in_doubt(pod: &Value, values: &Values, plan: &Plan) -> Vec<String> {
    let mut found = Vec::new();
    let known: Vec<&str> = containers(pod)
        .iter()
        .map(|container| text(container, "/name"))
        .collect();
    let say = |entry: &Entry, key: &str, name: &str| {
        format!(
            "{}{key}: the pod has no container {}",
            entry.prefix.text(),
            grammar::quote(&shorten(name))
        )
    };
    if let (Some(names), Some(entry)) = (&plan.containers, values.entry(&table::CONTAINERS)) {
        for name in names.iter().filter(|name| !known.contains(&name.as_str())) {
            let hint = if known.contains(&name.trim()) {
                "; blanks are not trimmed"
            } else {
                ""
            };
            found.push(say(entry, table::CONTAINERS.key, name) + hint);
        }
    }
    let exists = |wanted: &str| wanted.is_empty() || container_names(pod).any(|name| name == wanted);
    if let Some(entry) = values
        .entry(&table::COPY_VOLUME_MOUNTS)
        .filter(|entry| !exists(&entry.value))
    {
        found.push(say(entry, table::COPY_VOLUME_MOUNTS.key, &entry.value));
    }
    found
}

/// The beginning of a value, for a message.
fn shorten(value: &str) -> String {
    if value.chars().count() <= 40 {
        value.to_owned()
    } else {
        value.chars().take(40).chain(std::iter::once('…')).collect()
    }
}
