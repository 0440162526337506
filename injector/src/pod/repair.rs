//! A pod that was injected and comes again, because another webhook changed it: put right what that one broke
//! and leave everything else alone. What is missing comes back; what is there stays as it is, because another
//! webhook may have had its reasons (an image from a mirror, more memory). A second look at a pod nobody
//! touched gives an empty patch.

use coffret_config::annotations::{Mode, Plan, Refusal};
use json_patch::Patch;
use serde_json::{Value, json};

use super::container::{self, Part};
use super::draft::{Draft, below, pointer};
use super::{list, position, text, volumes};

/// The repairs of an injected pod; nothing to do is an empty patch. A pod without a trace of ours carries the
/// status for reasons of its own and is left alone.
///
/// # Errors
/// As for building the containers anew.
pub fn repair(pod: &Value, plan: &Plan) -> Result<Patch, Refusal> {
    let mut draft = Draft::new(pod);
    if is_ours(pod, plan) {
        let agents: Vec<Agent> = parts(plan)
            .into_iter()
            .map(|part| Ok((part, container::build(pod, plan, part)?)))
            .collect::<Result<_, Refusal>>()?;
        add_volumes(&mut draft, plan);
        complete_mounts(&mut draft, plan, &agents);
        share_process_namespace(&mut draft, plan);
        for agent in &agents {
            mend(&mut draft, plan, agent);
        }
    }
    Ok(draft.finish())
}

/// A container of ours as it should be; a user's patch may have renamed it.
type Agent = (Part, Value);

/// The agent's containers of a plan.
fn parts(plan: &Plan) -> Vec<Part> {
    match plan.mode {
        Mode::Native => vec![Part::Native],
        Mode::Classic if plan.pre_populate => vec![Part::Init, Part::Sidecar],
        Mode::Classic => vec![Part::Sidecar],
        Mode::Init if plan.pre_populate => vec![Part::Init],
        Mode::Init => Vec::new(),
    }
}

/// The list a container of ours belongs to.
fn list_of(part: Part) -> &'static str {
    if part == Part::Sidecar {
        "containers"
    } else {
        "initContainers"
    }
}

/// All containers with their list and index in it.
fn all_containers(pod: &Value) -> impl Iterator<Item = (&'static str, usize, &Value)> {
    let of = |name: &'static str| {
        let containers = list(pod, &format!("/spec/{name}"));
        containers
            .iter()
            .enumerate()
            .map(move |(at, container)| (name, at, container))
    };
    of("initContainers").chain(of("containers"))
}

/// Whether a volume of ours is there, or a container that mounts one.
fn is_ours(pod: &Value, plan: &Plan) -> bool {
    let own = volumes::all(plan);
    let known = |name: &str| own.iter().any(|volume| text(volume, "/name") == name);
    let mounted = |container: &Value| {
        list(container, "/volumeMounts")
            .iter()
            .any(|mount| known(text(mount, "/name")))
    };
    list(pod, "/spec/volumes")
        .iter()
        .any(|volume| known(text(volume, "/name")))
        || all_containers(pod).any(|(_, _, container)| mounted(container))
}

fn add_volumes(draft: &mut Draft<'_>, plan: &Plan) {
    let present = list(draft.pod(), "/spec/volumes");
    for volume in volumes::all(plan) {
        if !present.iter().any(|other| other["name"] == volume["name"]) {
            draft.append(pointer(["spec", "volumes"]), volume);
        }
    }
}

fn share_process_namespace(draft: &mut Draft<'_>, plan: &Plan) {
    let stripped = draft
        .pod()
        .pointer("/spec/shareProcessNamespace")
        .is_none_or(Value::is_null);
    let set = plan.mode == Mode::Native || plan.pre_populate;
    if let Some(share) = plan.share_process_namespace.filter(|_| stripped && set) {
        draft.set(pointer(["spec", "shareProcessNamespace"]), json!(share));
    }
}

/// Gives the application's containers the mounts they were promised.
fn complete_mounts(draft: &mut Draft<'_>, plan: &Plan, agents: &[Agent]) {
    let mounts = volumes::secret_mounts(plan);
    let pod = draft.pod();
    let own = |container: &Value| agents.iter().any(|(_, agent)| agent["name"] == container["name"]);
    let has_one = |container: &Value| mounts.iter().any(|mount| has(container, "volumeMounts", mount));
    for (name, at, container) in all_containers(pod) {
        let promised = || name == "containers" && is_promised(pod, plan, agents, (at, container));
        if !own(container) && (has_one(container) || promised()) {
            let whole = completed(container.get("volumeMounts"), &mounts, "volumeMounts");
            set_field(draft, (name, at), container, "volumeMounts", &whole);
        }
    }
}

/// Whether an application container that has none of the mounts should have them: it is named by annotation, or
/// it was there when the pod was injected. It was, if it stands before the sidecar, which was last then, or if
/// not one container has the mounts any more; others came later.
fn is_promised(pod: &Value, plan: &Plan, agents: &[Agent], (at, container): (usize, &Value)) -> bool {
    if let Some(names) = &plan.containers {
        return names.iter().any(|chosen| chosen == text(container, "/name"));
    }
    let present = list(pod, "/spec/containers");
    let sidecar = agents.iter().find(|(part, _)| *part == Part::Sidecar);
    match sidecar.and_then(|(_, sidecar)| find(present, sidecar)) {
        Some(sidecar) => at < sidecar,
        None => {
            let mounts = volumes::secret_mounts(plan);
            let mounted = |container: &Value| mounts.iter().any(|mount| has(container, "volumeMounts", mount));
            !present.iter().any(mounted)
        }
    }
}

/// Brings a container of ours back, whole and to its place.
fn mend(draft: &mut Draft<'_>, plan: &Plan, (part, expected): &Agent) {
    let part = *part;
    let name = list_of(part);
    let path = pointer(["spec", name]);
    let present = list(draft.pod(), path.as_str());
    let Some(at) = find(present, expected) else {
        let place = if part == Part::Sidecar {
            present.len()
        } else {
            position::index(plan, present)
        };
        draft.insert(path, place, expected.clone());
        return;
    };
    let whole = restored(&present[at], expected);
    let wanted = place(plan, part, present, at);
    if wanted != at {
        draft.remove(below(&path, &at.to_string()));
        draft.set(below(&path, &wanted.to_string()), whole);
        return;
    }
    for (field, value) in whole.as_object().into_iter().flatten() {
        set_field(draft, (name, at), &present[at], field, value);
    }
}

/// Our container in a list; of several with its name the one that lacks nothing.
fn find(present: &[Value], expected: &Value) -> Option<usize> {
    let named = |container: &Value| container["name"] == expected["name"];
    let whole = |container: &Value| named(container) && restored(container, expected) == *container;
    present
        .iter()
        .position(whole)
        .or_else(|| present.iter().position(named))
}

/// Where a container that stands at `at` belongs. Only a place in front is kept: init containers that wait for
/// secrets depend on it.
fn place(plan: &Plan, part: Part, present: &[Value], at: usize) -> usize {
    let in_front = match part {
        Part::Native => plan.init_first != Some(false),
        Part::Init => plan.init_first == Some(true),
        Part::Sidecar => false,
    };
    if !in_front {
        return at;
    }
    let others: Vec<Value> = present[..at].iter().chain(&present[at + 1..]).cloned().collect();
    position::index(plan, &others)
}

/// The container with what was stripped from it: fields, and entries of the lists others add to.
fn restored(present: &Value, expected: &Value) -> Value {
    let mut whole = present.clone();
    let Some(members) = whole.as_object_mut() else {
        return whole;
    };
    for (field, value) in expected.as_object().into_iter().flatten() {
        let there = members.get(field).filter(|there| !there.is_null());
        match (field.as_str(), there) {
            ("env" | "volumeMounts", there) => {
                let entries = value.as_array().map_or(&[][..], Vec::as_slice);
                members.insert(field.clone(), completed(there, entries, field));
            }
            (_, None) if !is_empty(value) => {
                members.insert(field.clone(), value.clone());
            }
            _ => {}
        }
    }
    whole
}

/// The API server may leave empty objects out.
fn is_empty(value: &Value) -> bool {
    value.as_object().is_some_and(serde_json::Map::is_empty)
}

/// A list with the entries that are missing from it.
fn completed(present: Option<&Value>, wanted: &[Value], field: &str) -> Value {
    let mut entries = present.and_then(Value::as_array).cloned().unwrap_or_default();
    for entry in wanted {
        if !entries.iter().any(|other| same(other, entry, field)) {
            entries.push(entry.clone());
        }
    }
    Value::Array(entries)
}

fn has(container: &Value, field: &str, entry: &Value) -> bool {
    list(container, &format!("/{field}"))
        .iter()
        .any(|other| same(other, entry, field))
}

/// Whether two entries of a list are the same thing: variables by name, mounts by volume and path.
fn same(one: &Value, other: &Value, field: &str) -> bool {
    one["name"] == other["name"] && (field == "env" || one["mountPath"] == other["mountPath"])
}

fn set_field(draft: &mut Draft<'_>, (name, at): (&str, usize), container: &Value, field: &str, value: &Value) {
    if container.get(field) != Some(value) {
        draft.set(pointer(["spec", name, &at.to_string(), field]), value.clone());
    }
}
