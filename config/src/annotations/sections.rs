//! Sections that are checked early, in the order of vault-k8s; [`super::build`] calls them in that order.

use serde_json::Value;

use super::build::or_default;
use super::defaults::Defaults;
use super::flavor::Flavor;
use super::go_json;
use super::grammar;
use super::plan::{CachePlan, Rendering, Security};
use super::podspec::containers;
use super::refusal::{Refusal, Step};
use super::table::{self, Annotation};
use super::values::{Entry, Prefix, Values, blame};

pub(super) fn backoff(values: &Values, annotation: &Annotation, default: &str, which: &str) -> Result<String, Refusal> {
    let value = values.text(annotation).unwrap_or(default);
    grammar::duration(value).map_err(|error| {
        let refusal = Refusal::new(
            Step::Defaults,
            format!("error parsing {which} backoff as duration: {error}"),
        );
        match values.entry(annotation) {
            Some(entry) => refusal.hint(blame(annotation.key, entry, annotation.grammar)),
            None => refusal,
        }
    })?;
    Ok(value.to_owned())
}

/// A patch must be JSON; what it does is found out when it is applied.
pub(super) fn container_patch(
    values: &Values,
    annotation: &Annotation,
    flavor: Flavor,
) -> Result<Option<(String, Value)>, Refusal> {
    let Some(entry) = values.entry(annotation).filter(|entry| !entry.value.is_empty()) else {
        return Ok(None);
    };
    let prefix = named_prefix(entry, flavor);
    let name = format!("{}{}", prefix.text(), annotation.key);
    match go_json::check(&entry.value) {
        Ok(value) => Ok(Some((name, value))),
        Err(error) => Err(Refusal::new(
            Step::Defaults,
            format!("error parsing JSON patch for annotation {name}: {error}"),
        )),
    }
}

/// The prefix a message names: openbao-k8s renames all annotations before it reads them.
fn named_prefix(entry: &Entry, flavor: Flavor) -> Prefix {
    match flavor {
        Flavor::OpenBao => Prefix::OpenBao,
        Flavor::Vault => entry.prefix,
    }
}

/// Whom the agent runs as. Read even where no security context is written: a mistake is refused either way.
pub(super) fn security(pod: &Value, values: &Values, defaults: &Defaults) -> Result<Security, Refusal> {
    let user = id(values, &table::RUN_AS_USER, &defaults.run_as_user)?;
    let group = id(values, &table::RUN_AS_GROUP, &defaults.run_as_group)?;
    if !values.bool(&table::RUN_AS_SAME_USER, defaults.run_as_same_user)? {
        return Ok(Security { user, group });
    }
    let refuse = |reason: &str| {
        Refusal::new(Step::Parse, reason).hint(format!(
            "{} reads securityContext.runAsUser of the first container, which must be set and not 0",
            table::RUN_AS_SAME_USER.key
        ))
    };
    let first = containers(pod)
        .first()
        .ok_or_else(|| refuse("No containers found in Pod Spec"))?;
    let context = first.get("securityContext").filter(|context| !context.is_null());
    let context = context.ok_or_else(|| refuse("No SecurityContext found for Container 0"))?;
    let user = context.get("runAsUser").and_then(Value::as_i64);
    match user.ok_or_else(|| refuse("RunAsUser is nil for Container 0's SecurityContext"))? {
        0 => Err(refuse("container not allowed to run as root")),
        user => Ok(Security {
            user: Some(user),
            group,
        }),
    }
}

/// A numeric ID; empty leaves it to the pod or cluster.
fn id(values: &Values, annotation: &Annotation, default: &str) -> Result<Option<i64>, Refusal> {
    let some = |text: &str| {
        Ok(if text.is_empty() {
            None
        } else {
            Some(grammar::int(text)?)
        })
    };
    match values.parse(annotation, some)? {
        Some(id) => Ok(id),
        None => some(default).map_err(|error: grammar::GrammarError| Refusal::new(Step::Parse, error)),
    }
}

/// Asking for a user or group asks for a security context, unless the pod says otherwise.
pub(super) fn set_security_context(values: &Values, defaults: &Defaults) -> Result<bool, Refusal> {
    let ids = [&table::RUN_AS_USER, &table::RUN_AS_GROUP, &table::RUN_AS_SAME_USER];
    let asks = ids.iter().any(|annotation| values.entry(annotation).is_some());
    values.bool(&table::SET_SECURITY_CONTEXT, defaults.set_security_context || asks)
}

pub(super) fn share_process_namespace(pod: &Value, values: &Values, flavor: Flavor) -> Result<Option<bool>, Refusal> {
    let annotation = &table::SHARE_PROCESS_NAMESPACE;
    let Some(entry) = values.entry(annotation) else {
        return Ok(None);
    };
    let prefix = named_prefix(entry, flavor);
    let share = grammar::bool(&entry.value).map_err(|error| {
        let reason = format!(
            "invalid value {} for annotation \"{}{}\", err={error}",
            entry.value,
            prefix.text(),
            annotation.key
        );
        Refusal::new(Step::Parse, reason)
    })?;
    if share && pod.pointer("/spec/shareProcessNamespace") == Some(&Value::Bool(false)) {
        return Err(Refusal::new(
            Step::Parse,
            "shareProcessNamespace explicitly disabled on the pod, refusing to enable it",
        ));
    }
    Ok(Some(share))
}

pub(super) fn cache(values: &Values) -> Result<CachePlan, Refusal> {
    Ok(CachePlan {
        enable: values.bool(&table::CACHE_ENABLE, false)?,
        exit_on_err: values.bool(&table::CACHE_EXIT_ON_ERR, false)?,
        use_auto_auth_token: or_default(values, &table::CACHE_USE_TOKEN, "true"),
        port: or_default(values, &table::CACHE_PORT, "8200"),
        enable_quit: false,
    })
}

pub(super) fn default_template(values: &Values, defaults: &Defaults) -> Result<(), Refusal> {
    let word = values
        .text(&table::DEFAULT_TEMPLATE)
        .unwrap_or(&defaults.default_template);
    let word = word.to_lowercase();
    if matches!(word.as_str(), "map" | "json") {
        return Ok(());
    }
    let refusal = Refusal::new(Step::Parse, format!("invalid default template type: {word}"));
    Err(refusal.hint(format!("{} takes map or json", table::DEFAULT_TEMPLATE.key)))
}

pub(super) fn rendering(values: &Values, defaults: &Defaults) -> Result<Rendering, Refusal> {
    Ok(Rendering {
        exit_on_retry_failure: values.bool(&table::EXIT_ON_RETRY_FAILURE, defaults.exit_on_retry_failure)?,
        static_secret_render_interval: or_default(
            values,
            &table::STATIC_INTERVAL,
            &defaults.static_secret_render_interval,
        ),
        max_connections_per_host: values
            .parse(&table::MAX_CONNECTIONS, grammar::int)?
            .unwrap_or(defaults.max_connections_per_host),
        lease_renewal_threshold: values
            .parse(&table::LEASE_RENEWAL_THRESHOLD, grammar::float)?
            .unwrap_or(defaults.lease_renewal_threshold),
        disable_idle_connections: grammar::csv(&or_default(
            values,
            &table::DISABLE_IDLE_CONNECTIONS,
            &defaults.disable_idle_connections,
        )),
        disable_keep_alives: grammar::csv(&or_default(
            values,
            &table::DISABLE_KEEP_ALIVES,
            &defaults.disable_keep_alives,
        )),
    })
}
