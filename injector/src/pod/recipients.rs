//! Which of the pod's own containers get the mounts of the secret volumes.

use coffret_config::annotations::Plan;
use serde_json::Value;

use super::container::Part;
use super::text;

/// A list of containers in a pod's specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ContainerList {
    /// `spec.initContainers`
    Init,
    /// `spec.containers`
    Applications,
}

impl ContainerList {
    /// Both, in the order in which the containers start.
    pub const ALL: [ContainerList; 2] = [ContainerList::Init, ContainerList::Applications];

    /// The list's key in `spec`.
    pub fn key(self) -> &'static str {
        match self {
            ContainerList::Init => "initContainers",
            ContainerList::Applications => "containers",
        }
    }

    /// The list a container of the agent belongs to.
    pub fn of(part: Part) -> ContainerList {
        match part {
            Part::Sidecar => ContainerList::Applications,
            Part::Init | Part::Native => ContainerList::Init,
        }
    }

    /// The containers in it.
    pub fn containers(self, pod: &Value) -> &[Value] {
        pod.get("spec")
            .map_or(&[], |spec| super::list(spec, &format!("/{}", self.key())))
    }
}

/// Whether a container that is not the agent's gets the mounts: applications all or those named by annotation,
/// init containers where files are there before them, unless they carry an agent's name.
pub(super) fn receives(plan: &Plan, list: ContainerList, container: &Value) -> bool {
    let name = text(container, "/name");
    match list {
        ContainerList::Applications => plan
            .containers
            .as_ref()
            .is_none_or(|chosen| chosen.iter().any(|one| one == name)),
        ContainerList::Init => {
            plan.pre_populate && ![Part::Init, Part::Native].iter().any(|part| part.name(plan) == name)
        }
    }
}
