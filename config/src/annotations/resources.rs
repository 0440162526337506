//! Sizes: the agent's requests and limits, and the limit of its memory volumes.

use serde_json::Value;

use super::defaults::Defaults;
use super::mode::Launch;
use super::plan::{Plan, Resources};
use super::quantity;
use super::refusal::{Refusal, Step};
use super::table::{self, Annotation};
use super::values::{Values, blame};

/// The agent's requests and limits: the pod's, else the injector's, else the mode's. Where the pod has a
/// budget of its own (`spec.resources`), only what the pod asks for is written: a sum above it is invalid.
pub(super) fn resources(pod: &Value, values: &Values, defaults: &Defaults, plan: &Plan) -> Result<Resources, Refusal> {
    let set = &defaults.resources;
    let budgeted = pod.pointer("/spec/resources").is_some_and(|budget| !budget.is_null());
    let small = plan.launch == Launch::Direct;
    let one = |annotation: &Annotation, setting: &Option<String>, fallback: &str| -> Result<String, Refusal> {
        let fallback = if budgeted {
            ""
        } else {
            setting.as_deref().unwrap_or(fallback)
        };
        quantity_of(values, annotation, fallback)
    };
    let limits = [
        one(&table::LIMITS_CPU, &set.limit_cpu, "500m")?,
        one(&table::LIMITS_MEMORY, &set.limit_memory, "128Mi")?,
        one(&table::LIMITS_EPHEMERAL, &set.limit_ephemeral, "")?,
    ];
    let requests = [
        one(
            &table::REQUESTS_CPU,
            &set.request_cpu,
            if small { "5m" } else { "250m" },
        )?,
        one(
            &table::REQUESTS_MEMORY,
            &set.request_memory,
            if small { "16Mi" } else { "64Mi" },
        )?,
        one(&table::REQUESTS_EPHEMERAL, &set.request_ephemeral, "")?,
    ];
    Ok(Resources { limits, requests })
}

fn quantity_of(values: &Values, annotation: &Annotation, fallback: &str) -> Result<String, Refusal> {
    let value = values.text(annotation).unwrap_or(fallback);
    if value.is_empty() {
        return Ok(String::new());
    }
    quantity::canonical(value).map_err(|error| {
        let refusal = Refusal::new(Step::Patch, error);
        match values.entry(annotation) {
            Some(entry) => refusal.hint(blame(annotation.key, entry, annotation.grammar)),
            None => refusal.hint(format!(
                "the injector's default for {} is not a quantity",
                annotation.key
            )),
        }
    })
}

pub(super) fn volume_size_limit(values: &Values, defaults: &Defaults, plan: &Plan) -> Result<String, Refusal> {
    let fallback = if plan.launch == Launch::Direct { "16Mi" } else { "" };
    quantity_of(
        values,
        &table::VOLUME_SIZE,
        defaults.volume_size_limit.as_deref().unwrap_or(fallback),
    )
}
