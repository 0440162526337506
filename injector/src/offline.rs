//! What the webhook would do, without a cluster: any workload document in, the same document with its pod
//! template injected out.

use coffret_config::annotations::{Defaults, Skip, Subject};
use json_patch::Patch;
use serde_json::{Value, json};
use thiserror::Error;

use crate::mutate::{Outcome, mutate};

/// What happened to one document.
#[derive(Debug, Clone, PartialEq)]
pub struct Injected {
    /// The document as it would reach the cluster.
    pub document: Value,
    /// One report per pod or pod template found, in order.
    pub pods: Vec<PodReport>,
}

/// What happened to one pod or pod template.
#[derive(Debug, Clone, PartialEq)]
pub struct PodReport {
    /// `Kind/name` of the document it was found in.
    pub name: String,
    /// The patch, relative to the pod itself.
    pub patch: Patch,
    /// What a user would be told.
    pub warnings: Vec<String>,
    /// Why it was left alone; `None` when it was patched.
    pub skipped: Option<Skip>,
}

/// Why a document cannot be injected.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OfflineError {
    /// The webhook would refuse the pod.
    #[error("{name}: {message}")]
    Refused {
        /// `Kind/name` of the document.
        name: String,
        /// The webhook's message.
        message: String,
        /// What would be right.
        hint: Option<String>,
    },
    /// A patch of our own that does not apply, which would be a bug.
    #[error("{name}: the patch does not apply: {problem}")]
    Patch {
        /// `Kind/name` of the document.
        name: String,
        /// Why.
        problem: String,
    },
}

impl OfflineError {
    /// What would be right, if the webhook knows.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        match self {
            OfflineError::Refused { hint, .. } => hint.as_deref(),
            OfflineError::Patch { .. } => None,
        }
    }
}

/// Where a kind keeps its pod, as a JSON pointer.
fn pod_of(kind: &str) -> Option<&'static str> {
    match kind {
        "Pod" => Some(""),
        "PodTemplate" => Some("/template"),
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "ReplicationController" | "Job" => {
            Some("/spec/template")
        }
        "CronJob" => Some("/spec/jobTemplate/spec/template"),
        _ => None,
    }
}

/// Injects every pod of a document. `namespace` counts where the document names none. Documents that hold no
/// pod come back as they are.
///
/// # Errors
/// The first pod the webhook would refuse; nothing is half done.
pub fn inject(document: &Value, namespace: &str, defaults: &Defaults) -> Result<Injected, OfflineError> {
    let mut document = document.clone();
    let mut pods = Vec::new();
    visit(&mut document, namespace, defaults, &mut pods)?;
    Ok(Injected { document, pods })
}

fn visit(
    document: &mut Value,
    namespace: &str,
    defaults: &Defaults,
    pods: &mut Vec<PodReport>,
) -> Result<(), OfflineError> {
    let kind = text(document, "/kind").to_owned();
    if kind.ends_with("List") {
        for item in document
            .get_mut("items")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            visit(item, namespace, defaults, pods)?;
        }
        return Ok(());
    }
    let Some(place) = pod_of(&kind) else { return Ok(()) };
    let own = text(document, "/metadata/namespace");
    let namespace = if own.is_empty() { namespace } else { own }.to_owned();
    let name = match text(document, "/metadata/name") {
        "" => format!("{kind}/{}", text(document, "/metadata/generateName")),
        name => format!("{kind}/{name}"),
    };
    if let Some(pod) = document.pointer_mut(place).filter(|pod| pod.is_object()) {
        pods.push(one(pod, name, &namespace, defaults)?);
    }
    Ok(())
}

fn one(pod: &mut Value, name: String, namespace: &str, defaults: &Defaults) -> Result<PodReport, OfflineError> {
    let subject = Subject {
        pod,
        namespace,
        inherited: &[],
    };
    match mutate(&subject, defaults) {
        Outcome::Patched { patch, warnings, .. } => {
            let mut patched = pod.clone();
            json_patch::patch(&mut patched, &patch).map_err(|error| OfflineError::Patch {
                name: name.clone(),
                problem: error.to_string(),
            })?;
            *pod = patched;
            Ok(PodReport {
                name,
                patch,
                warnings,
                skipped: None,
            })
        }
        Outcome::Skipped { reason, warnings } => Ok(PodReport {
            name,
            patch: Patch(Vec::new()),
            warnings,
            skipped: Some(reason),
        }),
        Outcome::Refused { message, hint, .. } => Err(OfflineError::Refused { name, message, hint }),
    }
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The AdmissionReview an API server would send for a pod, to try the webhook with.
#[must_use]
pub fn review(pod: &Value, namespace: &str, uid: &str) -> Value {
    let kind = json!({"group": "", "version": "v1", "kind": "Pod"});
    let resource = json!({"group": "", "version": "v1", "resource": "pods"});
    json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": uid,
            "kind": kind,
            "resource": resource,
            "requestKind": kind,
            "requestResource": resource,
            "namespace": namespace,
            "operation": "CREATE",
            "userInfo": {"username": "system:serviceaccount:kube-system:replicaset-controller"},
            "object": pod,
            "oldObject": null,
            "dryRun": false,
            "options": {"apiVersion": "meta.k8s.io/v1", "kind": "CreateOptions"},
        },
    })
}
