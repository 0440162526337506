//! Users' JSON patches on the agent's container, and whether a container is left.

use coffret_config::annotations::{Plan, Refusal, Step, quantity};
use k8s_openapi::api::core::v1::Container;
use serde_json::Value;
use serde_path_to_error::Segment;

use super::container::Part;
use super::operations;

/// Applies the patches meant for a container. The restartable one takes both.
///
/// # Errors
/// The first operation that does not apply.
pub(super) fn apply(container: Value, plan: &Plan, part: Part) -> Result<Value, Refusal> {
    let patches = match part {
        Part::Init => [None, plan.init_json_patch.as_ref()],
        Part::Sidecar => [plan.json_patch.as_ref(), None],
        Part::Native => [plan.json_patch.as_ref(), plan.init_json_patch.as_ref()],
    };
    if patches == [None, None] {
        return Ok(container);
    }
    let mut container = container;
    for (name, patch) in patches.into_iter().flatten() {
        operations::run(&mut container, patch).map_err(|problem| {
            Refusal::new(Step::Patch, format!("failed to apply JSON patch: {problem}"))
                .hint(format!("see annotation {name}"))
        })?;
        if container.get("name").and_then(Value::as_str).is_none_or(str::is_empty) {
            return Err(Refusal::new(
                Step::Patch,
                format!("{name} leaves no container with a name"),
            ));
        }
    }
    strip_nulls(&mut container);
    if let Some(members) = container.as_object_mut() {
        members.retain(|_, member| member.as_array().is_none_or(|items| !items.is_empty()));
        members
            .entry("resources")
            .or_insert_with(|| Value::Object(serde_json::Map::new()));
    }
    write_quantities(&mut container)?;
    check_types(&container)?;
    Ok(container)
}

/// Requests and limits as the API server writes them; JSON numbers are quantities too.
fn write_quantities(container: &mut Value) -> Result<(), Refusal> {
    for kind in ["/resources/limits", "/resources/requests"] {
        let amounts = container.pointer_mut(kind).and_then(Value::as_object_mut);
        for (_, amount) in amounts.into_iter().flatten() {
            let text = match amount {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                _ => continue,
            };
            *amount = quantity::canonical(&text)
                .map_err(|error| Refusal::new(Step::Patch, error))?
                .into();
        }
    }
    Ok(())
}

/// A known field of the wrong type is refused here, where the annotation can be named; fields this program does
/// not know pass, because the API server may.
fn check_types(container: &Value) -> Result<(), Refusal> {
    let Err(error) = serde_path_to_error::deserialize::<_, Container>(container) else {
        return Ok(());
    };
    let mut found = Some(container);
    for segment in error.path() {
        found = match segment {
            Segment::Seq { index } => found.and_then(|list| list.get(index)),
            Segment::Map { key } => found.and_then(|members| members.get(key)),
            Segment::Enum { .. } | Segment::Unknown => None,
        };
    }
    let (kind, field) = (kind(found), error.path());
    let reason = format!("json: cannot unmarshal {kind} into Go struct field Container.{field}");
    Err(Refusal::new(Step::Patch, reason).hint(format!("a JSON patch gives {field} a value of the wrong type")))
}

/// What Go's `encoding/json` calls a value.
fn kind(value: Option<&Value>) -> &'static str {
    match value {
        Some(Value::String(_)) => "string",
        Some(Value::Number(_)) => "number",
        Some(Value::Bool(_)) => "bool",
        Some(Value::Array(_)) => "array",
        Some(Value::Object(_)) => "object",
        Some(Value::Null) | None => "value",
    }
}

/// A null member means the same as none, as does an empty list; the API server would drop both.
fn strip_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(strip_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(strip_nulls),
        _ => {}
    }
}
