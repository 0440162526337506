//! What the user should be told: paths that leave their volume are refused by name; misspelt, dead and
//! conflicting settings are warned about.

mod doubt;
mod effect;
mod spelling;

use serde_json::Value;

use self::doubt::{names_in_doubt, values_in_doubt};
use self::effect::{dead, orphans};
use self::spelling::{nearest, unknown_keys};
use super::agent_config::CACHE_PATH;
use super::grammar;
use super::plan::Plan;
use super::podspec::{containers, list, text};
use super::refusal::{Refusal, Step};
use super::secrets::clean_join;
use super::table;
use super::values::{Prefix, Values};

/// Refuses names and paths that would leave the volumes of the agent.
///
/// # Errors
/// A NAME that is no file name, a volume path with `..`, or a destination outside every volume the agent mounts.
pub(super) fn paths(pod: &Value, values: &Values, plan: &Plan) -> Result<(), Refusal> {
    let climbs = |path: &str| path.split('/').any(|part| part == "..") || path.contains(['\0', ':']);
    for path in std::iter::once(plan.secret_volume_path.as_str()).chain(plan.custom_paths()) {
        if path.is_empty() || climbs(path) {
            let reason = format!(
                "{} must be an absolute path without \"..\" and \":\", got {}",
                table::SECRET_VOLUME_PATH.key,
                grammar::quote(path)
            );
            return Err(Refusal::new(Step::Validate, reason));
        }
    }
    let copied = copied_mounts(pod, plan);
    for file in &plan.secrets {
        if file.name.contains(['/', '\0']) || matches!(file.name.as_str(), "." | "..") {
            let reason = format!(
                "{} is no file name: annotation names end in a plain name",
                grammar::quote(&file.name)
            );
            return Err(Refusal::new(Step::Validate, reason));
        }
        let inside = |mount: &str| {
            file.destination
                .strip_prefix(clean_join(mount, "").trim_end_matches('/'))
                .is_some_and(|rest| rest.starts_with('/'))
        };
        let own = [plan.secret_volume_path.as_str(), plan.flavor.home(), CACHE_PATH];
        let mut mounts = own.into_iter().chain(plan.custom_paths()).chain(copied.iter().copied());
        if values
            .named_text(&table::FILE, &file.name)
            .is_some_and(|text| !text.is_empty())
            && !mounts.any(inside)
        {
            let reason = format!(
                "{}-{} leads to {}, outside the agent's volumes",
                table::FILE.key,
                file.name,
                grammar::quote(&file.destination)
            );
            return Err(Refusal::new(Step::Validate, reason)
                .hint("write below the secret volume, or move the volume with secret-volume-path-NAME"));
        }
    }
    Ok(())
}

/// Mount paths the agent copies from the container named by annotation.
fn copied_mounts<'a>(pod: &'a Value, plan: &Plan) -> Vec<&'a str> {
    let all = containers(pod).iter().chain(list(pod, "/spec/initContainers"));
    let named = all
        .filter(|container| !plan.copy_volume_mounts.is_empty() && text(container, "/name") == plan.copy_volume_mounts);
    named
        .flat_map(|container| list(container, "/volumeMounts"))
        .map(|mount| text(mount, "/mountPath"))
        .collect()
}

/// For a pod that did not opt in: annotations of ours that therefore do nothing.
pub(super) fn not_requested(values: &Values) -> Vec<String> {
    if values.entry(&table::INJECT).is_some() {
        return Vec::new();
    }
    let first = values
        .iter()
        .find(|(key, entry)| *key != table::STATUS.key && entry.origin == super::Origin::Pod);
    let Some((key, entry)) = first else { return Vec::new() };
    vec![match nearest(key) {
        Some(known) if known == table::INJECT.key => {
            format!("{}{key} is unknown: did you mean {known}?", entry.prefix.text())
        }
        _ => format!(
            "{}{key} has no effect: the pod does not set {}{}",
            entry.prefix.text(),
            entry.prefix.text(),
            table::INJECT.key
        ),
    }]
}

/// All warnings for a plan.
pub(super) fn warnings(pod: &Value, values: &Values, plan: &Plan) -> Vec<String> {
    let mut found = unknown_keys(values);
    found.extend(shadowed(values));
    found.extend(orphans(values, plan));
    found.extend(dead(values, plan));
    found.extend(values_in_doubt(values, plan));
    found.extend(names_in_doubt(pod, values, plan));
    found.sort();
    found
}

fn shadowed(values: &Values) -> Vec<String> {
    let line = |(key, winner, loser): &(String, Prefix, Prefix)| {
        format!(
            "{key} is set under {} and {}: {} wins",
            winner.text(),
            loser.text(),
            winner.text()
        )
    };
    values.shadowed().iter().map(line).collect()
}
