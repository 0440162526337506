//! The mounts of the application's containers in a pod that comes again.

use coffret_config::annotations::Plan;
use serde_json::Value;

use super::agents::Agent;
use super::completion::{completed, has, set_field};
use crate::pod::draft::Draft;
use crate::pod::recipients::{ContainerList, receives};
use crate::pod::volumes;

/// Gives containers the mounts they were promised. One that has some of them gets the rest. An application
/// container that has none was stripped of them if it is named by annotation, or if no other has any either;
/// else it came later, like a mesh's proxy, and gets no secrets.
pub(super) fn complete(draft: &mut Draft<'_>, plan: &Plan, agents: &[Agent]) {
    let mounts = volumes::secret_mounts(plan);
    let has_one = |container: &Value| mounts.iter().any(|mount| has(container, "volumeMounts", mount));
    let pod = draft.pod();
    for list in ContainerList::ALL {
        let own = |at: usize| agents.iter().any(|agent| agent.stands_at(list, at));
        let others = list.containers(pod).iter().enumerate().filter(|(at, _)| !own(*at));
        let receivers: Vec<_> = others.filter(|(_, one)| receives(plan, list, one)).collect();
        let stripped = list == ContainerList::Applications
            && (plan.containers.is_some() || !receivers.iter().any(|(_, one)| has_one(one)));
        for (at, container) in receivers {
            if stripped || has_one(container) {
                let whole = completed(container.get("volumeMounts"), &mounts, "volumeMounts");
                set_field(draft, (list.key(), at), container, "volumeMounts", &whole);
            }
        }
    }
}
