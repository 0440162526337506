//! Reading a pod as raw JSON: lists that may be absent, null or of the wrong type are empty.

use serde_json::Value;

/// The list at a JSON pointer.
pub(super) fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The text at a JSON pointer; absent is empty.
pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The pod's application containers.
pub(super) fn containers(pod: &Value) -> &[Value] {
    list(pod, "/spec/containers")
}

/// Every volume mount of the application containers, as (volume, path), in order.
pub(super) fn application_mounts(pod: &Value) -> impl Iterator<Item = (&str, &str)> {
    containers(pod)
        .iter()
        .flat_map(|container| list(container, "/volumeMounts"))
        .map(|mount| (text(mount, "/name"), text(mount, "/mountPath")))
}

/// Names of all containers of the pod, init ones included.
pub(super) fn container_names(pod: &Value) -> impl Iterator<Item = &str> {
    containers(pod)
        .iter()
        .chain(list(pod, "/spec/initContainers"))
        .map(|container| text(container, "/name"))
}
