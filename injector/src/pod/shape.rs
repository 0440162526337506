//! The patch of a pod that has not been injected yet, in the order of vault-k8s.

use coffret_config::annotations::{Mode, Plan, Refusal, table};
use json_patch::Patch;
use serde_json::{Value, json};

use super::container::{self, Part};
use super::draft::{Draft, pointer};
use super::{position, volumes};

/// Writes the patch of a plan.
///
/// # Errors
/// A JSON patch of the user's that does not apply to the agent's container.
pub fn patch(pod: &Value, plan: &Plan) -> Result<Patch, Refusal> {
    let mut draft = Draft::new(pod);
    for volume in volumes::all(plan) {
        if !super::list(pod, "/spec/volumes").contains(&volume) {
            draft.append(pointer(["spec", "volumes"]), volume);
        }
    }
    mount_applications(&mut draft, plan);
    match plan.mode {
        Mode::Native => add_native(&mut draft, plan)?,
        Mode::Classic | Mode::Init if plan.pre_populate => add_init(&mut draft, plan)?,
        Mode::Classic | Mode::Init => {}
    }
    if plan.mode == Mode::Classic {
        let sidecar = container::build(pod, plan, Part::Sidecar)?;
        draft.append(pointer(["spec", "containers"]), sidecar);
    }
    annotate(&mut draft, plan);
    Ok(draft.finish())
}

fn mount_applications(draft: &mut Draft<'_>, plan: &Plan) {
    for (index, container) in super::list(draft.pod(), "/spec/containers").iter().enumerate() {
        let name = super::text(container, "/name");
        let chosen = plan
            .containers
            .as_ref()
            .is_none_or(|names| names.iter().any(|chosen| chosen == name));
        if chosen {
            mount(draft, plan, "containers", (index, container));
        }
    }
}

/// Adds the secret mounts to one container of a list; `at` is its index after all insertions so far.
pub(super) fn mount(draft: &mut Draft<'_>, plan: &Plan, list: &str, (at, container): (usize, &Value)) {
    let present = super::list(container, "/volumeMounts");
    for mount in volumes::secret_mounts(plan) {
        let same = |other: &Value| other["name"] == mount["name"] && other["mountPath"] == mount["mountPath"];
        if !present.iter().any(same) {
            let path = pointer(["spec", list, &at.to_string(), "volumeMounts"]);
            append_mount(draft, path, mount, present.len());
        }
    }
}

/// Insertions may have moved the container, so the list's length is told instead of looked up.
fn append_mount(draft: &mut Draft<'_>, path: json_patch::jsonptr::PointerBuf, mount: Value, present: usize) {
    draft.know(&path, present);
    draft.append(path, mount);
}

fn add_native(draft: &mut Draft<'_>, plan: &Plan) -> Result<(), Refusal> {
    let agent = container::build(draft.pod(), plan, Part::Native)?;
    let at = insert(draft, plan, agent);
    if plan.pre_populate {
        mount_init_containers(draft, plan, at);
    }
    share_process_namespace(draft, plan);
    Ok(())
}

fn add_init(draft: &mut Draft<'_>, plan: &Plan) -> Result<(), Refusal> {
    let agent = container::build(draft.pod(), plan, Part::Init)?;
    let at = insert(draft, plan, agent);
    mount_init_containers(draft, plan, at);
    share_process_namespace(draft, plan);
    Ok(())
}

fn insert(draft: &mut Draft<'_>, plan: &Plan, agent: Value) -> usize {
    let at = position::index(plan, super::list(draft.pod(), "/spec/initContainers"));
    draft.insert(pointer(["spec", "initContainers"]), at, agent);
    at
}

fn mount_init_containers(draft: &mut Draft<'_>, plan: &Plan, agent_at: usize) {
    let own = [Part::Init.name(plan), Part::Native.name(plan)];
    for (index, container) in super::list(draft.pod(), "/spec/initContainers").iter().enumerate() {
        if !own.iter().any(|name| name == super::text(container, "/name")) {
            let at = index + usize::from(index >= agent_at);
            mount(draft, plan, "initContainers", (at, container));
        }
    }
}

fn share_process_namespace(draft: &mut Draft<'_>, plan: &Plan) {
    if let Some(share) = plan.share_process_namespace {
        draft.set(pointer(["spec", "shareProcessNamespace"]), json!(share));
    }
}

fn annotate(draft: &mut Draft<'_>, plan: &Plan) {
    let annotations = draft
        .pod()
        .pointer("/metadata/annotations")
        .is_some_and(Value::is_object);
    if !draft.pod().get("metadata").is_some_and(Value::is_object) {
        draft.set(pointer(["metadata"]), json!({}));
    }
    if !annotations {
        draft.set(pointer(["metadata", "annotations"]), json!({}));
    }
    let status = format!("{}{}", plan.prefix.text(), table::STATUS.key);
    draft.set(pointer(["metadata", "annotations", &status]), json!("injected"));
    for (old, new) in &plan.renames {
        if let Some((name, value)) = new {
            draft.set(pointer(["metadata", "annotations", name]), json!(value));
        }
        draft.remove(pointer(["metadata", "annotations", old]));
    }
}
