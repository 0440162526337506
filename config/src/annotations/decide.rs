//! From annotations to a plan, in the order of checks vault-k8s makes: the first failure is the one reported.

use serde_json::Value;

use super::defaults::{Defaults, FlavorSetting, Inherited};
use super::flavor::Flavor;
use super::plan::Plan;
use super::refusal::{Refusal, Step};
use super::table;
use super::values::{Prefix, Values};
use super::{build, check, podspec};

/// The pod a decision is about.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The pod as it came.
    pub pod: &'a Value,
    /// The namespace of the request.
    pub namespace: &'a str,
    /// Annotations of the service account and namespace, if there are any.
    pub inherited: &'a [Inherited<'a>],
}

/// Why a pod is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skip {
    /// It did not opt in.
    NotRequested,
    /// It carries the status of an earlier injection.
    AlreadyInjected,
    /// It is already running.
    NotPending,
    /// It mirrors a static pod, which nobody can change.
    MirrorPod,
}

impl Skip {
    /// The word for logs and metrics.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Skip::NotRequested => "not_requested",
            Skip::AlreadyInjected => "already_injected",
            Skip::NotPending => "not_pending",
            Skip::MirrorPod => "mirror_pod",
        }
    }

    /// The sentence for people, about the pod.
    #[must_use]
    pub fn explanation(self) -> &'static str {
        match self {
            Skip::NotRequested => "it does not ask for an agent with vault.hashicorp.com/agent-inject: \"true\"",
            Skip::AlreadyInjected => "it carries the status of an earlier injection",
            Skip::NotPending => "it is already running",
            Skip::MirrorPod => "it mirrors a static pod, which nobody can change",
        }
    }
}

/// What to do with a pod.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Inject by this plan.
    Inject(Box<Plan>),
    /// Leave it alone, and perhaps tell the user something.
    Skip(Skip, Vec<String>),
}

/// Namespaces nothing is injected into.
const SYSTEM_NAMESPACES: [&str; 2] = ["kube-system", "kube-public"];

/// Decides about one pod.
///
/// # Errors
/// A pod that asked to be injected and cannot be, with the message of vault-k8s where it has one.
pub fn plan(subject: &Subject<'_>, defaults: &Defaults) -> Result<Decision, Refusal> {
    let values = Values::collect(subject.pod, subject.inherited)?;
    if let Some(skip) = skip(subject.pod, &values)? {
        let warnings = if skip == Skip::NotRequested {
            check::not_requested(&values)
        } else {
            Vec::new()
        };
        return Ok(Decision::Skip(skip, warnings));
    }
    inject(subject, &values, defaults)
}

/// As [`plan`], for a pod known to want injection: used to look at an injected pod again.
///
/// # Errors
/// As [`plan`].
pub fn again(subject: &Subject<'_>, defaults: &Defaults) -> Result<Decision, Refusal> {
    inject(subject, &Values::collect(subject.pod, subject.inherited)?, defaults)
}

fn inject(subject: &Subject<'_>, values: &Values, defaults: &Defaults) -> Result<Decision, Refusal> {
    if SYSTEM_NAMESPACES.contains(&subject.namespace) {
        let reason = format!("cannot inject into system namespaces: {}", subject.namespace);
        return Err(Refusal::new(Step::Namespace, reason));
    }
    podspec::check_shape(subject.pod)?;
    let flavor = flavor(values, defaults);
    required(subject.namespace, flavor, defaults)?;
    build::build(subject, values, flavor, defaults).map(|plan| Decision::Inject(Box::new(plan)))
}

fn skip(pod: &Value, values: &Values) -> Result<Option<Skip>, Refusal> {
    let asked = values.bool(&table::INJECT, false).map_err(|refusal| Refusal {
        step: Step::ShouldInject,
        ..refusal
    })?;
    if !asked {
        return Ok(Some(Skip::NotRequested));
    }
    let phase = pod.pointer("/status/phase").and_then(Value::as_str).unwrap_or_default();
    if !matches!(phase, "" | "Pending") {
        return Ok(Some(Skip::NotPending));
    }
    if is_injected(pod) {
        return Ok(Some(Skip::AlreadyInjected));
    }
    let mirror = pod
        .pointer("/metadata/annotations")
        .and_then(|all| all.get("kubernetes.io/config.mirror"));
    Ok(mirror.map(|_| Skip::MirrorPod))
}

/// Whether the pod carries the status of an injection, under whichever prefix: it may have had another status
/// under a prefix that counts for more.
fn is_injected(pod: &Value) -> bool {
    let annotations = pod.pointer("/metadata/annotations");
    let status = |prefix: Prefix| {
        annotations?
            .get(format!("{}{}", prefix.text(), table::STATUS.key))?
            .as_str()
    };
    Prefix::ALL.into_iter().any(|prefix| status(prefix) == Some("injected"))
}

/// OpenBao's names for pods that opted in under its prefix, and everywhere in an injector set up for OpenBao.
fn flavor(values: &Values, defaults: &Defaults) -> Flavor {
    let by_prefix = values
        .entry(&table::INJECT)
        .is_some_and(|entry| entry.prefix == Prefix::OpenBao);
    if by_prefix || defaults.flavor == FlavorSetting::OpenBao {
        Flavor::OpenBao
    } else {
        Flavor::Vault
    }
}

fn required(namespace: &str, flavor: Flavor, defaults: &Defaults) -> Result<(), Refusal> {
    let product = flavor.product();
    if defaults.address.is_empty() {
        return Err(Refusal::new(Step::Defaults, format!("address for {product} required")));
    }
    if defaults.auth_path.is_empty() {
        return Err(Refusal::new(Step::Defaults, format!("{product} Auth Path required")));
    }
    if namespace.is_empty() {
        return Err(Refusal::new(Step::Defaults, "kubernetes namespace required"));
    }
    Ok(())
}
