//! Users' JSON patches on the agent's container, and whether a container is left.

use coffret_config::annotations::{Plan, Refusal, Step};
use serde_json::Value;

use super::container::Part;
use super::{go_container, operations};

/// The patches meant for a container, each with its annotation's name. The restartable one takes both.
pub(super) fn patches(plan: &Plan, part: Part) -> [Option<&(String, Value)>; 2] {
    match part {
        Part::Init => [None, plan.init_json_patch.as_ref()],
        Part::Sidecar => [plan.json_patch.as_ref(), None],
        Part::Native => [plan.json_patch.as_ref(), plan.init_json_patch.as_ref()],
    }
}

/// Applies the patches meant for a container.
///
/// # Errors
/// The first operation that does not apply.
pub(super) fn apply(container: Value, plan: &Plan, part: Part) -> Result<Value, Refusal> {
    let patches = patches(plan, part);
    if patches == [None, None] {
        return Ok(container);
    }
    let mut container = container;
    for (name, patch) in patches.into_iter().flatten() {
        operations::run(&mut container, patch)
            .map_err(|problem| refusal(format!("failed to apply JSON patch: {problem}"), name))?;
    }
    let names: Vec<&str> = patches.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    let names = names.join(" and ");
    let container = go_container::rewrite(&container).map_err(|problem| refusal(problem, &names))?;
    if super::text(&container, "/name").is_empty() {
        return Err(Refusal::new(
            Step::Patch,
            format!("{names} leaves no container with a name"),
        ));
    }
    Ok(container)
}

fn refusal(reason: String, annotation: &str) -> Refusal {
    Refusal::new(Step::Patch, reason).hint(format!("see annotation {annotation}"))
}
