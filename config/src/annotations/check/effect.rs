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
    let mut found = Vec::new();
    let mut dead = |annotation: &Annotation, why: &str| {
        if let Some(entry) = values.entry(annotation) {
            found.push(format!("{}{} has no effect {why}", entry.prefix.text(), annotation.key));
        }
    };
    if plan.mode == Mode::Init {
        dead(&table::REVOKE_ON_SHUTDOWN, "without a sidecar");
        dead(&table::JSON_PATCH, "without a sidecar: use agent-init-json-patch");
        dead(&table::CACHE_ENABLE, "without a sidecar");
        if !plan.pre_populate {
            dead(
                &table::PRE_POPULATE,
                "together with agent-pre-populate-only or agent-mode init: no agent runs at all",
            );
        }
    }
    if plan.mode == Mode::Classic && !plan.pre_populate {
        dead(
            &table::SHARE_PROCESS_NAMESPACE,
            "in classic mode without agent-pre-populate",
        );
        dead(&table::INIT_JSON_PATCH, "without an init container");
        dead(&table::INIT_FIRST, "without an init container");
    }
    if plan.auth.revoke_after.is_none() {
        dead(&table::REVOKE_GRACE, "without agent-revoke-on-shutdown");
    }
    if plan.security.is_none() {
        dead(&table::RUN_AS_USER, "without a security context");
        dead(&table::RUN_AS_GROUP, "without a security context");
    }
    if plan.launch == Launch::Direct {
        dead(&table::GO_MAX_PROCS, "on this agent");
    }
    if values.text(&table::CA_PATH).is_some() {
        dead(&table::CA_KEY, "beside ca-path");
    }
    if values
        .text(&table::SERVICE_ACCOUNT_VOLUME)
        .is_some_and(|name| !name.is_empty())
    {
        dead(&table::TOKEN_AUDIENCE, "beside agent-service-account-token-volume-name");
        dead(
            &table::TOKEN_EXPIRATION,
            "beside agent-service-account-token-volume-name",
        );
    }
    if !plan.configmap.is_empty() && !plan.secrets.is_empty() {
        found.push(
            "agent-configmap replaces the generated configuration: secret and template annotations render nothing"
                .to_owned(),
        );
    }
    found.extend(double_templates(values, plan));
    found
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
