//! Which documents hold a pod, and where.

use serde_json::Value;

/// The place of a pod in a document.
pub(super) struct Place {
    /// As a JSON pointer.
    pub pointer: &'static str,
    /// For people.
    pub field: &'static str,
}

/// Where a document keeps its pod; nothing for other kinds, and for kinds of other groups with the same name.
pub(super) fn place(document: &Value) -> Option<Place> {
    let at = |pointer, field| Some(Place { pointer, field });
    let group = text(document, "apiVersion")
        .split_once('/')
        .map_or("", |(group, _)| group);
    match (group, text(document, "kind")) {
        ("", "Pod") => at("", "the document"),
        ("", "PodTemplate") => at("/template", "template"),
        ("", "ReplicationController")
        | ("apps" | "extensions", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet")
        | ("batch", "Job") => at("/spec/template", "spec.template"),
        ("batch", "CronJob") => at("/spec/jobTemplate/spec/template", "spec.jobTemplate.spec.template"),
        _ => None,
    }
}

/// Whether a document is a list of others: `List`, or the list of a kind that holds pods.
pub(super) fn is_list(document: &Value) -> bool {
    let kind = text(document, "kind");
    kind == "List" || (kind.ends_with("List") && document.get("items").is_some_and(Value::is_array))
}

/// `Kind/name`, for messages.
pub(super) fn name(document: &Value) -> String {
    let kind = text(document, "kind");
    let of = |key: &str| document.get("metadata").map_or("", |metadata| text(metadata, key));
    match (of("name"), of("generateName")) {
        ("", "") => kind.to_owned(),
        ("", generated) => format!("{kind}/{generated}"),
        (name, _) => format!("{kind}/{name}"),
    }
}

pub(super) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
