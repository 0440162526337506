//! Annotations that stand where the webhook does not look: it sees pods, never the workloads that make them.

use coffret_config::annotations::Prefix;
use serde_json::{Map, Value};

use super::workload::{self, Place};

/// The one label of ours: the chart's webhook passes over objects that carry it.
const LABEL: &str = "coffret.dev/injection";

/// What to tell about each place that holds annotations of ours in vain.
pub(super) fn warnings(document: &Value, place: &Place) -> Vec<String> {
    let kind = workload::text(document, "kind");
    let field = match place.pointer {
        "" => "metadata.annotations".to_owned(),
        _ => format!("{}.metadata.annotations", place.field),
    };
    let labels = format!("{}/metadata/labels", place.pointer);
    let mut places = vec![(labels.as_str(), "labels instead of annotations".to_owned())];
    if !place.pointer.is_empty() {
        let on_kind = format!("on the {kind} itself, where the webhook does not look");
        places.push(("/metadata/annotations", on_kind.clone()));
        places.push(("/metadata/labels", on_kind));
    }
    if place.pointer.starts_with("/spec/jobTemplate/") {
        let on_job = "on the job, where the webhook does not look".to_owned();
        places.push(("/spec/jobTemplate/metadata/annotations", on_job));
    }
    let told = places.into_iter().filter_map(|(pointer, what)| {
        let keys = stray(document, pointer, &format!("{}/metadata/annotations", place.pointer));
        (!keys.is_empty()).then(|| format!("{what}: {}; the place is {field}", keys.join(", ")))
    });
    told.collect()
}

/// Keys of ours at `pointer` that the pod's own annotations do not have.
fn stray<'d>(document: &'d Value, pointer: &str, own: &str) -> Vec<&'d str> {
    let own = document.pointer(own).and_then(Value::as_object);
    let keys = document
        .pointer(pointer)
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::keys);
    keys.map(String::as_str)
        .filter(|key| Prefix::split(key).is_some() && *key != LABEL)
        .filter(|key| own.is_none_or(|own| !own.contains_key(*key)))
        .collect()
}
