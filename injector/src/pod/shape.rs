//! The patch of a pod that has not been injected yet, in the order of vault-k8s.

use coffret_config::annotations::{Mode, Plan, Refusal, table};
use json_patch::Patch;
use serde_json::{Value, json};

use super::container::{self, Part};
use super::draft::{Draft, pointer};
use super::recipients::{ContainerList, receives};
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
    mount_all(&mut draft, plan, ContainerList::Applications, |_| 0);
    match plan.mode {
        Mode::Native => add(&mut draft, plan, Part::Native)?,
        Mode::Classic | Mode::Init if plan.pre_populate => add(&mut draft, plan, Part::Init)?,
        Mode::Classic | Mode::Init => {}
    }
    if plan.mode == Mode::Classic {
        let sidecar = container::build(pod, plan, Part::Sidecar)?;
        draft.append(pointer(["spec", "containers"]), sidecar);
    }
    annotate(&mut draft, plan);
    Ok(draft.finish())
}

/// Gives the mounts to the containers of a list that get them; `shift` tells how far the agent's own container,
/// inserted before, has moved one.
fn mount_all(draft: &mut Draft<'_>, plan: &Plan, list: ContainerList, shift: impl Fn(usize) -> usize) {
    for (index, container) in list.containers(draft.pod()).iter().enumerate() {
        if receives(plan, list, container) {
            mount(draft, plan, list, (index + shift(index), container));
        }
    }
}

/// Adds the secret mounts to one container of a list; `at` is its index after all insertions so far.
fn mount(draft: &mut Draft<'_>, plan: &Plan, list: ContainerList, (at, container): (usize, &Value)) {
    let present = super::list(container, "/volumeMounts");
    for mount in volumes::secret_mounts(plan) {
        let same = |other: &Value| other["name"] == mount["name"] && other["mountPath"] == mount["mountPath"];
        if !present.iter().any(same) {
            let path = pointer(["spec", list.key(), &at.to_string(), "volumeMounts"]);
            append_mount(draft, path, mount, present.len());
        }
    }
}

/// Insertions may have moved the container, so the list's length is told instead of looked up.
fn append_mount(draft: &mut Draft<'_>, path: json_patch::jsonptr::PointerBuf, mount: Value, present: usize) {
    draft.know(&path, present);
    draft.append(path, mount);
}

/// Adds the agent's container among the init containers, and the mounts to the others.
fn add(draft: &mut Draft<'_>, plan: &Plan, part: Part) -> Result<(), Refusal> {
    let agent = container::build(draft.pod(), plan, part)?;
    let at = position::index(plan, ContainerList::Init.containers(draft.pod()));
    draft.insert(pointer(["spec", ContainerList::Init.key()]), at, agent);
    mount_all(draft, plan, ContainerList::Init, |index| usize::from(index >= at));
    share_process_namespace(draft, plan);
    Ok(())
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
    // An old status must not come back over the one just written.
    for (old, new) in &plan.renames {
        if let Some((name, value)) = new.as_ref().filter(|(name, _)| *name != status) {
            draft.set(pointer(["metadata", "annotations", name]), json!(value));
        }
        draft.remove(pointer(["metadata", "annotations", old]));
    }
}
