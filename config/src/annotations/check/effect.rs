//! Settings that have no effect, because of a name or of another setting.

use std::collections::BTreeMap;

use super::spelling::is_near;
use crate::annotations::mode::{Launch, Mode};
use crate::annotations::plan::Plan;
use crate::annotations::table::{self, Annotation};
use crate::annotations::values::Values;

/// Settings for a NAME no file is rendered for.
pub(super) fn orphans(values: &Values, plan: &Plan) -> Vec<String> {
    let known = |name: &str| plan.secrets.iter().any(|file| file.name == name);
    let families = [
        &table::FILE,
        &table::PERMS,
        &table::COMMAND,
        &table::LEFT_DELIM,
        &table::RIGHT_DELIM,
        &table::ERROR_ON_MISSING_KEY,
        &table::SECRET_VOLUME_PATH,
        &table::PRESERVE_SECRET_CASE,
        &table::TEMPLATE_SYNTAX,
    ];
    let mut found = Vec::new();
    for family in families {
        for (name, entry) in values.family(family).filter(|(name, _)| !known(name)) {
            let like = plan.secrets.iter().find(|file| is_near(&file.name, name));
            let hint = like.map_or(String::new(), |file| format!(": did you mean -{}?", file.name));
            found.push(format!(
                "{}{}-{name} has no effect: no secret or template is named {name}{hint}",
                entry.prefix.text(),
                family.key
            ));
        }
    }
    found
}

/// Settings that another one switches off.
pub(super) fn dead(values: &Values, plan: &Plan) -> Vec<String> {
    let mut found: Vec<String> = switched_off(values, plan)
        .into_iter()
        .filter(|(switched_off, ..)| *switched_off)
        .filter_map(|(_, annotation, why)| {
            let entry = values.entry(annotation)?;
            Some(format!("{}{} has no effect {why}", entry.prefix.text(), annotation.key))
        })
        .collect();
    if !plan.configmap.is_empty() && !plan.secrets.is_empty() {
        found.push(
            "agent-configmap replaces the generated configuration: secret and template annotations render nothing"
                .to_owned(),
        );
    }
    found.extend(double_templates(values, plan));
    found
}

/// Whether each setting is switched off, and by what.
fn switched_off(values: &Values, plan: &Plan) -> [(bool, &'static Annotation, &'static str); 14] {
    let no_sidecar = plan.mode == Mode::Init;
    let no_agent = "together with agent-pre-populate-only or agent-mode init: no agent runs at all";
    let no_init = plan.mode == Mode::Classic && !plan.pre_populate;
    let no_security = plan.security.is_none();
    let named_volume = values
        .text(&table::SERVICE_ACCOUNT_VOLUME)
        .is_some_and(|name| !name.is_empty());
    let beside_volume = "beside agent-service-account-token-volume-name";
    [
        (no_sidecar, &table::REVOKE_ON_SHUTDOWN, "without a sidecar"),
        (
            no_sidecar,
            &table::JSON_PATCH,
            "without a sidecar: use agent-init-json-patch",
        ),
        (no_sidecar, &table::CACHE_ENABLE, "without a sidecar"),
        (no_sidecar && !plan.pre_populate, &table::PRE_POPULATE, no_agent),
        (
            no_init,
            &table::SHARE_PROCESS_NAMESPACE,
            "in classic mode without agent-pre-populate",
        ),
        (no_init, &table::INIT_JSON_PATCH, "without an init container"),
        (no_init, &table::INIT_FIRST, "without an init container"),
        (
            plan.auth.revoke_after.is_none(),
            &table::REVOKE_GRACE,
            "without agent-revoke-on-shutdown",
        ),
        (no_security, &table::RUN_AS_USER, "without a security context"),
        (no_security, &table::RUN_AS_GROUP, "without a security context"),
        (plan.launch == Launch::Direct, &table::GO_MAX_PROCS, "on this agent"),
        (values.text(&table::CA_PATH).is_some(), &table::CA_KEY, "beside ca-path"),
        (named_volume, &table::TOKEN_AUDIENCE, beside_volume),
        (named_volume, &table::TOKEN_EXPIRATION, beside_volume),
    ]
}

fn double_templates(values: &Values, plan: &Plan) -> Vec<String> {
    let filled =
        |annotation: &Annotation, name: &str| values.named_text(annotation, name).is_some_and(|text| !text.is_empty());
    let both = |name: &str| filled(&table::TEMPLATE, name) && filled(&table::TEMPLATE_FILE, name);
    let twice = plan.secrets.iter().filter(|file| both(&file.name));
    let mut found: Vec<String> = twice
        .map(|file| {
            format!(
                "{}-{} has no effect beside {}-{}",
                table::TEMPLATE_FILE.key,
                file.name,
                table::TEMPLATE.key,
                file.name
            )
        })
        .collect();
    let mut writers: BTreeMap<&str, &str> = BTreeMap::new();
    for file in &plan.secrets {
        if let Some(other) = writers.insert(&file.destination, &file.name) {
            found.push(format!(
                "secrets {other} and {} are both written to {}",
                file.name, file.destination
            ));
        }
    }
    found
}
