//! One pod in, one decision out: no clock, no network, no state.

use coffret_config::annotations::{Decision, Defaults, Mode, Origin, Plan, Refusal, Skip, Step, Subject, again, plan};
use json_patch::Patch;
use std::collections::BTreeMap;

use crate::pod;

/// What happens to a pod.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It is admitted with a patch.
    Patched {
        /// The patch; empty when an injected pod needed no repair.
        patch: Patch,
        /// What the user is told.
        warnings: Vec<String>,
        /// Which containers were added.
        injection: Injection,
        /// Values that came from the service account or namespace.
        inherited: BTreeMap<String, Origin>,
    },
    /// It is admitted as it is.
    Skipped {
        /// Why.
        reason: Skip,
        /// What the user is told.
        warnings: Vec<String>,
    },
    /// It is not admitted.
    Refused {
        /// The step that refused it.
        step: Step,
        /// Why, in the words of vault-k8s where it has any.
        message: String,
        /// What would be right.
        hint: Option<String>,
    },
}

/// Which containers were added, in the words of the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Injection {
    /// Init container and sidecar.
    InitAndSidecar,
    /// Init container only.
    InitOnly,
    /// Sidecar only.
    SidecarOnly,
    /// Restartable init container.
    Native,
    /// Nothing but volumes and mounts.
    Nothing,
    /// Repairs of an earlier injection.
    Repair,
}

impl Injection {
    /// The word for metrics and logs.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Injection::InitAndSidecar => "init_and_sidecar",
            Injection::InitOnly => "init_only",
            Injection::SidecarOnly => "sidecar_only",
            Injection::Native => "native",
            Injection::Nothing => "mounts_only",
            Injection::Repair => "repair",
        }
    }

    fn of(plan: &Plan) -> Injection {
        match (plan.mode, plan.pre_populate) {
            (Mode::Native, _) => Injection::Native,
            (Mode::Classic, true) => Injection::InitAndSidecar,
            (Mode::Classic, false) => Injection::SidecarOnly,
            (Mode::Init, true) => Injection::InitOnly,
            (Mode::Init, false) => Injection::Nothing,
        }
    }
}

/// Decides about a pod and writes its patch.
#[must_use]
pub fn mutate(subject: &Subject<'_>, defaults: &Defaults) -> Outcome {
    decide(subject, defaults).unwrap_or_else(|refusal| Outcome::Refused {
        step: refusal.step,
        message: refusal.to_string(),
        hint: refusal.hint,
    })
}

fn decide(subject: &Subject<'_>, defaults: &Defaults) -> Result<Outcome, Refusal> {
    match plan(subject, defaults)? {
        Decision::Inject(plan) => Ok(patched(pod::patch(subject.pod, &plan)?, *plan)),
        Decision::Skip(Skip::AlreadyInjected, warnings) => Ok(second_look(subject, defaults, warnings)),
        Decision::Skip(reason, warnings) => Ok(Outcome::Skipped { reason, warnings }),
    }
}

fn patched(patch: Patch, plan: Plan) -> Outcome {
    Outcome::Patched {
        patch,
        injection: Injection::of(&plan),
        warnings: plan.warnings,
        inherited: plan.inherited,
    }
}

/// An injected pod is repaired where that is possible; it was admitted once, so nothing refuses it now.
fn second_look(subject: &Subject<'_>, defaults: &Defaults, warnings: Vec<String>) -> Outcome {
    let repaired = match again(subject, defaults) {
        Ok(Decision::Inject(plan)) => pod::repair(subject.pod, &plan).ok().map(|patch| (patch, plan)),
        _ => None,
    };
    match repaired {
        Some((patch, plan)) if !patch.0.is_empty() => Outcome::Patched {
            patch,
            injection: Injection::Repair,
            warnings,
            inherited: plan.inherited,
        },
        _ => Outcome::Skipped {
            reason: Skip::AlreadyInjected,
            warnings,
        },
    }
}
