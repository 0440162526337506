//! A pod that was injected and comes again, because another webhook changed it: put right what that one broke
//! and leave everything else alone. A second look at a pod nobody touched gives an empty patch.

use coffret_config::annotations::{Mode, Plan, Refusal};
use json_patch::Patch;
use serde_json::{Value, json};

use super::container::{self, Part};
use super::draft::{Draft, below, pointer};
use super::position;
use super::shape::mount;

/// The repairs of an injected pod; nothing to do is an empty patch. A pod without our container carries the
/// status for reasons of its own and is left alone.
///
/// # Errors
/// As for building the containers anew.
pub fn repair(pod: &Value, plan: &Plan) -> Result<Patch, Refusal> {
    let mut draft = Draft::new(pod);
    let init_containers = super::list(pod, "/spec/initContainers");
    let part = if plan.mode == Mode::Native {
        Part::Native
    } else {
        Part::Init
    };
    let expected = container::build(pod, plan, part)?;
    let ours = init_containers
        .iter()
        .position(|container| container["name"] == expected["name"]);
    if let Some(at) = ours {
        if part == Part::Native {
            let whole = restored(&init_containers[at], &expected);
            settle(&mut draft, plan, at, whole);
        }
        mount_newcomers(&mut draft, plan);
    }
    Ok(draft.finish())
}

/// The container with the fields another webhook stripped put back: without them it is no sidecar.
fn restored(present: &Value, expected: &Value) -> Value {
    let mut whole = present.clone();
    for field in ["restartPolicy", "startupProbe"] {
        let stripped = present.get(field).is_none_or(Value::is_null);
        if let (true, Some(value), Some(members)) = (stripped, expected.get(field), whole.as_object_mut()) {
            members.insert(field.to_owned(), value.clone());
        }
    }
    whole
}

/// Moves the container to its place, whole, or mends it where it stands.
fn settle(draft: &mut Draft<'_>, plan: &Plan, at: usize, whole: Value) {
    let list = pointer(["spec", "initContainers"]);
    let present = super::list(draft.pod(), "/spec/initContainers");
    let others: Vec<Value> = present
        .iter()
        .enumerate()
        .filter(|(index, _)| *index != at)
        .map(|(_, container)| container.clone())
        .collect();
    let wanted = position::index(plan, &others);
    let moved = plan.init_first != Some(false) && wanted != at;
    if moved {
        draft.remove(below(&list, &at.to_string()));
        draft.set(below(&list, &wanted.to_string()), whole);
    } else if whole != present[at] {
        for field in ["restartPolicy", "startupProbe"] {
            if whole.get(field) != present[at].get(field) {
                let path = pointer(["spec", "initContainers", &at.to_string(), field]);
                draft.set(path, whole.get(field).cloned().unwrap_or(json!(null)));
            }
        }
    }
}

/// Containers named by annotation that came after the injection get the mounts they were promised.
fn mount_newcomers(draft: &mut Draft<'_>, plan: &Plan) {
    let Some(names) = &plan.containers else { return };
    for (index, container) in super::list(draft.pod(), "/spec/containers").iter().enumerate() {
        if names.iter().any(|name| name == super::text(container, "/name")) {
            mount(draft, plan, "containers", (index, container));
        }
    }
}
