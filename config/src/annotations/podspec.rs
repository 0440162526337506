//! Reading a pod as raw JSON: lists that may be absent, null or of the wrong type are empty.

use serde_json::Value;

use super::refusal::{Refusal, Step};

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

/// Refuses pods whose lists are no lists and whose entries are no objects: a patch could not address them.
///
/// # Errors
/// The first part of the wrong type.
pub(super) fn check_shape(pod: &Value) -> Result<(), Refusal> {
    let refuse = |what: String| {
        Err(Refusal::new(
            Step::Request,
            format!("the request's object is not a pod: {what}"),
        ))
    };
    let fits =
        |value: Option<&Value>, wanted: fn(&Value) -> bool| value.is_none_or(|value| value.is_null() || wanted(value));
    if !pod.get("spec").is_some_and(Value::is_object) {
        return refuse("spec is not an object".to_owned());
    }
    for list in ["containers", "initContainers", "volumes"] {
        let found = pod.pointer(&format!("/spec/{list}"));
        if !fits(found, Value::is_array) {
            return refuse(format!("spec.{list} is not a list"));
        }
        for item in found.and_then(Value::as_array).into_iter().flatten() {
            if !item.is_object()
                || !fits(item.get("volumeMounts"), Value::is_array)
                || !fits(item.get("env"), Value::is_array)
            {
                return refuse(format!("spec.{list} has an entry of the wrong type"));
            }
        }
    }
    Ok(())
}
