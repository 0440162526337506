//! Why a pod is refused. The texts are those of the injectors this one replaces, because users and their
//! alerts know them; what they leave out (which annotation, what to do) is carried beside them.

use std::fmt;

/// The step of the injection that failed; each has its own fixed prefix in the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Deciding whether the pod asked to be injected.
    ShouldInject,
    /// Checking the namespace.
    Namespace,
    /// Filling in the injector's defaults.
    Defaults,
    /// Reading the annotations.
    Parse,
    /// Checking that everything needed is there.
    Validate,
    /// Writing the patch.
    Patch,
    /// Reading the request itself; no prefix.
    Request,
}

impl Step {
    /// The word for logs and metrics.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Step::ShouldInject => "should_inject",
            Step::Namespace => "namespace",
            Step::Defaults => "defaults",
            Step::Parse => "annotations",
            Step::Validate => "validation",
            Step::Patch => "patch",
            Step::Request => "bad_request",
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Step::ShouldInject => "error checking if should inject agent: ",
            Step::Namespace => "error with request namespace: ",
            Step::Defaults => "error adding default annotations: ",
            Step::Parse => "error creating new agent sidecar: ",
            Step::Validate => "error validating agent configuration: ",
            Step::Patch => "error creating patch for agent: ",
            Step::Request => "",
        }
    }
}

/// A pod is refused: the message for the API server, and a hint for the person who wrote the pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The step that failed.
    pub step: Step,
    /// What failed, without the step's prefix.
    pub reason: String,
    /// Which annotation is at fault and what would be right, when the message does not say so itself.
    pub hint: Option<String>,
}

impl Refusal {
    /// A refusal at a step, without a hint.
    pub fn new(step: Step, reason: impl fmt::Display) -> Refusal {
        Refusal {
            step,
            reason: reason.to_string(),
            hint: None,
        }
    }

    /// The same refusal with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl fmt::Display) -> Refusal {
        self.hint = Some(hint.to_string());
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.step.prefix(), self.reason)
    }
}

impl std::error::Error for Refusal {}
