//! What the webhook would do, without a cluster: any workload document in, the same document with its pod
//! template injected out.

mod stray;
mod surroundings;
mod workload;

use coffret_config::annotations::{Defaults, Skip, Subject, Values};
use json_patch::Patch;
use serde_json::{Value, json};
use thiserror::Error;

pub use self::surroundings::Surroundings;
use self::workload::Place;
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
    /// Keys in force by the place they come from, the strongest first; `injector` is its settings. Never a value.
    pub origins: Vec<(&'static str, Vec<String>)>,
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
    /// A workload without a pod template where its kind has one, or a list without items.
    #[error("{name}: {place} is missing or not {wanted}")]
    Shape {
        /// `Kind/name` of the document.
        name: String,
        /// The field.
        place: &'static str,
        /// What belongs there.
        wanted: &'static str,
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
            OfflineError::Patch { .. } | OfflineError::Shape { .. } => None,
        }
    }
}

/// Injects every pod of a document. Documents that hold no pod come back as they are.
///
/// # Errors
/// The first pod the webhook would refuse, or a workload that holds no pod where it should; nothing is half done.
pub fn inject(document: &Value, around: &Surroundings, defaults: &Defaults) -> Result<Injected, OfflineError> {
    let mut document = document.clone();
    let mut pods = Vec::new();
    visit(&mut document, around, defaults, &mut pods)?;
    Ok(Injected { document, pods })
}

fn visit(
    document: &mut Value,
    around: &Surroundings,
    defaults: &Defaults,
    pods: &mut Vec<PodReport>,
) -> Result<(), OfflineError> {
    let name = workload::name(document);
    if workload::is_list(document) {
        let items = document.get_mut("items").and_then(Value::as_array_mut);
        let missing = OfflineError::Shape {
            name,
            place: "items",
            wanted: "a list",
        };
        for item in items.ok_or(missing)? {
            visit(item, around, defaults, pods)?;
        }
        return Ok(());
    }
    let Some(place) = workload::place(document) else {
        return Ok(());
    };
    let stray = stray::warnings(document, &place);
    let Place { pointer, field } = place;
    let namespace = around.namespace_of(document).to_owned();
    let pod = document.pointer_mut(pointer).filter(|pod| pod.is_object());
    let missing = OfflineError::Shape {
        name: name.clone(),
        place: field,
        wanted: "an object",
    };
    let mut report = one(pod.ok_or(missing)?, name, (&namespace, around), defaults)?;
    report.warnings.extend(stray);
    pods.push(report);
    Ok(())
}

fn one(
    pod: &mut Value,
    name: String,
    (namespace, around): (&str, &Surroundings),
    defaults: &Defaults,
) -> Result<PodReport, OfflineError> {
    let inherited = around.inherited(namespace, pod);
    let subject = Subject {
        pod,
        namespace,
        inherited: &inherited,
    };
    let report = |patch, warnings, skipped| PodReport {
        origins: origins(&subject),
        name: name.clone(),
        patch,
        warnings,
        skipped,
    };
    match mutate(&subject, defaults) {
        Outcome::Patched { patch, warnings, .. } => {
            let report = report(patch, warnings, None);
            let mut patched = pod.clone();
            json_patch::patch(&mut patched, &report.patch).map_err(|error| OfflineError::Patch {
                name: name.clone(),
                problem: error.to_string(),
            })?;
            *pod = patched;
            Ok(report)
        }
        Outcome::Skipped { reason, warnings } => Ok(report(Patch(Vec::new()), warnings, Some(reason))),
        Outcome::Refused { message, hint, .. } => Err(OfflineError::Refused { name, message, hint }),
    }
}

fn origins(subject: &Subject<'_>) -> Vec<(&'static str, Vec<String>)> {
    let Ok(values) = Values::collect(subject.pod, subject.inherited) else {
        return Vec::new();
    };
    let written = values.by_origin().into_iter();
    let written = written.map(|(origin, keys)| (origin.0.text(), keys.into_iter().map(str::to_owned).collect()));
    let settings = values.from_settings().map(str::to_owned).collect();
    written.chain([("injector", settings)]).collect()
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
