//! A pod that was injected and comes again, because another webhook changed it: put right what that one broke
//! and leave everything else alone. What is missing comes back; what is there stays as it is, because another
//! webhook may have had its reasons (an image from a mirror, more memory). A second look at a pod nobody
//! touched gives an empty patch, and so does one at a repaired pod.

mod agents;
mod completion;
mod mounts;

use coffret_config::annotations::{Mode, Plan, Refusal};
use json_patch::Patch;
use serde_json::{Value, json};

use super::draft::{Draft, pointer};
use super::recipients::ContainerList;
use super::{list, text, volumes};

/// The repairs of an injected pod; nothing to do is an empty patch. A pod without a trace of ours carries the
/// status for reasons of its own and is left alone.
///
/// # Errors
/// As for building the containers anew.
pub fn repair(pod: &Value, plan: &Plan) -> Result<Patch, Refusal> {
    let mut draft = Draft::new(pod);
    if is_ours(pod, plan) {
        let agents = agents::locate(pod, plan)?;
        add_volumes(&mut draft, plan);
        mounts::complete(&mut draft, plan, &agents);
        share_process_namespace(&mut draft, plan);
        for agent in &agents {
            agent.mend(&mut draft, plan);
        }
    }
    Ok(draft.finish())
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
    let mut volumes = list(pod, "/spec/volumes").iter();
    volumes.any(|volume| known(text(volume, "/name")))
        || ContainerList::ALL
            .iter()
            .any(|list| list.containers(pod).iter().any(mounted))
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
