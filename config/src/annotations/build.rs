//! The plan's sections, each read from the annotations in force.

use std::collections::BTreeMap;

use serde_json::Value;

use super::connection::{auth_config, connection, process};
use super::decide::Subject;
use super::defaults::Defaults;
use super::flavor::Flavor;
use super::mode::{self, Choice, Launch};
use super::plan::{Auth, CachePlan, Plan, Probe, Rendering, Resources, Security};
use super::refusal::{Refusal, Step};
use super::resources::{resources, volume_size_limit};
use super::secrets::SecretFile;
use super::sections::{
    backoff, cache, container_patch, default_template, rendering, security, set_security_context,
    share_process_namespace,
};
use super::table::{self, Annotation};
use super::token::{self, LoginToken};
use super::validate::{validate, writable};
use super::values::{Origin, Prefix, Values};
use super::{check, grammar, secrets, telemetry};

/// What is read first, in the order in which vault-k8s checks, so that of several mistakes the same one is
/// reported.
struct Parsed {
    backoffs: [String; 2],
    patches: [Option<(String, Value)>; 2],
    token: LoginToken,
    secret_volume_path: String,
    secrets: Vec<SecretFile>,
    init_first: Option<bool>,
    pre_populate: bool,
    pre_populate_only: bool,
    revoke_after: Option<u64>,
    tls_skip_verify: bool,
    security: Option<Security>,
    share_process_namespace: Option<bool>,
    cache: CachePlan,
    inject_token: bool,
    rendering: Rendering,
    exit_on_err: bool,
}

fn parse(subject: &Subject<'_>, values: &Values, flavor: Flavor, defaults: &Defaults) -> Result<Parsed, Refusal> {
    let backoffs = [
        backoff(values, &table::AUTH_MIN_BACKOFF, &defaults.auth_min_backoff, "min")?,
        backoff(values, &table::AUTH_MAX_BACKOFF, &defaults.auth_max_backoff, "max")?,
    ];
    let patches = [
        container_patch(values, &table::JSON_PATCH, flavor)?,
        container_patch(values, &table::INIT_JSON_PATCH, flavor)?,
    ];
    let token = token::discover(subject.pod, values, flavor, defaults)?;
    let secret_volume_path = or_default(values, &table::SECRET_VOLUME_PATH, "/vault/secrets");
    let secrets = secrets::read(values, defaults, &secret_volume_path)?;
    let init_first = values.parse(&table::INIT_FIRST, grammar::bool)?;
    let pre_populate = values.bool(&table::PRE_POPULATE, true)?;
    let pre_populate_only = values.bool(&table::PRE_POPULATE_ONLY, false)?;
    let revoke = values.bool(&table::REVOKE_ON_SHUTDOWN, defaults.revoke_on_shutdown)?;
    let grace = values.parse(&table::REVOKE_GRACE, grammar::uint)?.unwrap_or(5);
    let tls_skip_verify = values.bool(&table::TLS_SKIP_VERIFY, false)?;
    let security = security(subject.pod, values, defaults)?;
    let share_process_namespace = share_process_namespace(subject.pod, values, flavor)?;
    let is_set = set_security_context(values, defaults)?;
    let cache = cache(values)?;
    default_template(values, defaults)?;
    let inject_token = values.bool(&table::INJECT_TOKEN, false)?;
    let rendering = rendering(values, defaults)?;
    let enable_quit = values.bool(&table::ENABLE_QUIT, false)?;
    let exit_on_err = values.bool(&table::AUTH_EXIT_ON_ERR, false)?;
    Ok(Parsed {
        backoffs,
        patches,
        token,
        secret_volume_path,
        secrets,
        init_first,
        pre_populate,
        pre_populate_only,
        revoke_after: revoke.then_some(grace),
        tls_skip_verify,
        security: is_set.then_some(security),
        share_process_namespace,
        cache: CachePlan { enable_quit, ..cache },
        inject_token,
        rendering,
        exit_on_err,
    })
}

/// Builds the plan.
pub(super) fn build(
    subject: &Subject<'_>,
    values: &Values,
    flavor: Flavor,
    defaults: &Defaults,
) -> Result<Plan, Refusal> {
    let parsed = parse(subject, values, flavor, defaults)?;
    let choice = mode::choose(values, defaults, parsed.pre_populate_only)?;
    let mut plan = assemble(parsed, &choice, values, flavor, defaults);
    plan.probe = probe(values)?;
    validate(values, &plan)?;
    writable(&plan)?;
    plan.resources = resources(subject.pod, values, defaults, &plan)?;
    plan.volume_size_limit = volume_size_limit(values, defaults, &plan)?;
    plan.renames = renames(subject.pod, flavor, defaults);
    check::paths(subject.pod, values, &plan)?;
    let warnings = check::warnings(subject.pod, values, &plan);
    plan.warnings.extend(warnings);
    Ok(plan)
}

fn assemble(parsed: Parsed, choice: &Choice, values: &Values, flavor: Flavor, defaults: &Defaults) -> Plan {
    let (telemetry, telemetry_warnings) = telemetry::read(values);
    let [json_patch, init_json_patch] = parsed.patches;
    let [min_backoff, max_backoff] = parsed.backoffs;
    Plan {
        flavor,
        mode: choice.mode,
        launch: choice.launch,
        image: image(values, defaults, flavor, choice.launch),
        resources: Resources::default(),
        security: parsed.security,
        containers: values.text(&table::CONTAINERS).map(grammar::csv),
        pre_populate: parsed.pre_populate,
        pre_populate_only: parsed.pre_populate_only,
        init_first: parsed.init_first,
        auth: Auth {
            method: or_default(values, &table::AUTH_TYPE, &defaults.auth_type),
            path: or_default(values, &table::AUTH_PATH, &defaults.auth_path),
            min_backoff,
            max_backoff,
            exit_on_err: parsed.exit_on_err,
            config: auth_config(values, &parsed.token),
            inject_token: parsed.inject_token,
            revoke_after: parsed.revoke_after,
        },
        token: parsed.token,
        copy_volume_mounts: or_default(values, &table::COPY_VOLUME_MOUNTS, ""),
        share_process_namespace: parsed.share_process_namespace,
        json_patch,
        init_json_patch,
        connection: connection(values, defaults, parsed.tls_skip_verify),
        process: process(values),
        extra_secret: or_default(values, &table::EXTRA_SECRET, ""),
        configmap: or_default(values, &table::CONFIGMAP, ""),
        secrets: parsed.secrets,
        secret_volume_path: parsed.secret_volume_path,
        rendering: parsed.rendering,
        cache: parsed.cache,
        telemetry,
        probe: Probe {
            period: 1,
            timeout: 5,
            failures: 330,
        },
        volume_size_limit: String::new(),
        warnings: choice.warning.iter().cloned().chain(telemetry_warnings).collect(),
        inherited: inherited(values),
        renames: Vec::new(),
        prefix: if flavor == Flavor::OpenBao {
            Prefix::OpenBao
        } else {
            opt_in_prefix(values)
        },
    }
}

/// The status goes under the prefix the pod opted in with, so that the injector that wrote the pod's other
/// annotations recognises it too.
fn opt_in_prefix(values: &Values) -> Prefix {
    values.entry(&table::INJECT).map_or(Prefix::Vault, |entry| entry.prefix)
}

pub(super) fn or_default(values: &Values, annotation: &Annotation, default: &str) -> String {
    values.text(annotation).unwrap_or(default).to_owned()
}

fn image(values: &Values, defaults: &Defaults, flavor: Flavor, launch: Launch) -> String {
    if let Some(image) = values.text(&table::IMAGE).or(defaults.image.as_deref()) {
        return image.to_owned();
    }
    match launch {
        Launch::Direct => concat!("coffret-agent:", env!("CARGO_PKG_VERSION")).to_owned(),
        Launch::Shell => flavor.default_image().to_owned(),
    }
}

fn probe(values: &Values) -> Result<Probe, Refusal> {
    let seconds = |annotation: &Annotation, default: u64| -> Result<u64, Refusal> {
        let value = values.parse(annotation, grammar::uint)?.unwrap_or(default);
        if value == 0 || i32::try_from(value).is_err() {
            return Err(Refusal::new(
                Step::Parse,
                format!("{} must be at least 1 and fit 32 bits, got {value}", annotation.key),
            ));
        }
        Ok(value)
    };
    Ok(Probe {
        period: seconds(&table::PROBE_PERIOD, 1)?,
        timeout: seconds(&table::PROBE_TIMEOUT, 5)?,
        failures: seconds(&table::PROBE_FAILURES, 330)?,
    })
}

fn inherited(values: &Values) -> BTreeMap<String, Origin> {
    values
        .iter()
        .filter(|(_, entry)| entry.origin != Origin::Pod)
        .map(|(key, entry)| (key.to_owned(), entry.origin))
        .collect()
}

/// In OpenBao's flavor `vault.hashicorp.com/` annotations are renamed in the pod, as openbao-k8s does.
fn renames(pod: &Value, flavor: Flavor, defaults: &Defaults) -> Vec<(String, Option<(String, String)>)> {
    let annotations = pod.pointer("/metadata/annotations").and_then(Value::as_object);
    let Some(annotations) = annotations.filter(|_| flavor == Flavor::OpenBao && defaults.rewrite_vault_annotations)
    else {
        return Vec::new();
    };
    let rename = |(name, value): (&String, &Value)| {
        let key = name.strip_prefix(Prefix::Vault.text())?;
        let new = format!("{}{key}", Prefix::OpenBao.text());
        let taken = annotations.contains_key(&new);
        Some((
            name.clone(),
            (!taken).then(|| (new, value.as_str().unwrap_or_default().to_owned())),
        ))
    };
    annotations.iter().filter_map(rename).collect()
}
