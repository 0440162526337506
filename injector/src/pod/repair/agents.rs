//! The agent's own containers in a pod that comes again: which they are, and what each of them lacks.

use coffret_config::annotations::{Mode, Plan, Refusal};
use serde_json::Value;

use super::completion::{restored, set_field};
use crate::pod::container::{self, Part};
use crate::pod::draft::{Draft, below, pointer};
use crate::pod::recipients::ContainerList;
use crate::pod::{list, position, text};

/// A container of ours as it should be; a user's patch may have renamed it.
pub(super) struct Agent {
    part: Part,
    expected: Value,
    /// Its index in its list, while it is there.
    at: Option<usize>,
}

/// The agent's containers of a plan, each with its place in the pod.
///
/// They are built from the pod without them, as they were the first time: what they have themselves (a variable
/// added by a user's patch, a mount to copy) must not count as the application's.
///
/// # Errors
/// As for building the containers anew.
pub(super) fn locate(pod: &Value, plan: &Plan) -> Result<Vec<Agent>, Refusal> {
    let parts = parts(plan);
    let bare = without(pod, plan, &parts)?;
    let build = |part: &Part| Ok(Agent::find(pod, plan, *part, container::build(&bare, plan, *part)?));
    parts.iter().map(build).collect()
}

fn parts(plan: &Plan) -> Vec<Part> {
    match plan.mode {
        Mode::Native => vec![Part::Native],
        Mode::Classic if plan.pre_populate => vec![Part::Init, Part::Sidecar],
        Mode::Classic => vec![Part::Sidecar],
        Mode::Init if plan.pre_populate => vec![Part::Init],
        Mode::Init => Vec::new(),
    }
}

/// The pod without the agent's containers: at most one in each list.
fn without(pod: &Value, plan: &Plan, parts: &[Part]) -> Result<Value, Refusal> {
    let mut bare = pod.clone();
    for part in parts {
        let name = container::name(pod, plan, *part)?;
        let list = ContainerList::of(*part);
        let at = with_name(list.containers(pod), plan, &name);
        let containers = bare.pointer_mut(&format!("/spec/{}", list.key()));
        if let (Some(containers), Some(at)) = (containers.and_then(Value::as_array_mut), at) {
            containers.remove(at);
        }
    }
    Ok(bare)
}

/// Of several containers with a name the one that mounts something where only the agent does.
fn with_name(present: &[Value], plan: &Plan, name: &str) -> Option<usize> {
    let named = |container: &Value| text(container, "/name") == name;
    let at_home = |container: &Value| {
        let mut mounts = list(container, "/volumeMounts").iter();
        named(container) && mounts.any(|mount| text(mount, "/mountPath") == plan.flavor.home())
    };
    present
        .iter()
        .position(at_home)
        .or_else(|| present.iter().position(named))
}

impl Agent {
    /// Of several containers with its name the one that lacks nothing comes first.
    fn find(pod: &Value, plan: &Plan, part: Part, expected: Value) -> Agent {
        let present = ContainerList::of(part).containers(pod);
        let name = text(&expected, "/name");
        let whole =
            |container: &Value| text(container, "/name") == name && restored(container, &expected) == *container;
        let at = present
            .iter()
            .position(whole)
            .or_else(|| with_name(present, plan, name));
        Agent { part, expected, at }
    }

    fn list(&self) -> ContainerList {
        ContainerList::of(self.part)
    }

    /// Whether it is the container at an index of a list.
    pub fn stands_at(&self, list: ContainerList, at: usize) -> bool {
        self.list() == list && self.at == Some(at)
    }

    /// Brings it back, whole and to its place.
    pub fn mend(&self, draft: &mut Draft<'_>, plan: &Plan) {
        let name = self.list().key();
        let path = pointer(["spec", name]);
        let present = self.list().containers(draft.pod());
        let Some(at) = self.at else {
            let place = match self.part {
                Part::Sidecar => present.len(),
                Part::Init | Part::Native => position::index(plan, present),
            };
            draft.insert(path, place, self.expected.clone());
            return;
        };
        let whole = restored(&present[at], &self.expected);
        let wanted = self.place(plan, present, at);
        if wanted != at {
            draft.remove(below(&path, &at.to_string()));
            draft.set(below(&path, &wanted.to_string()), whole);
            return;
        }
        for (field, value) in whole.as_object().into_iter().flatten() {
            set_field(draft, (name, at), &present[at], field, value);
        }
    }

    /// Where it belongs. Only a place in front is kept: init containers that wait for secrets depend on it.
    fn place(&self, plan: &Plan, present: &[Value], at: usize) -> usize {
        let in_front = match self.part {
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
}
