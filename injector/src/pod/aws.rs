//! What the `aws` auth method needs from the application's containers: EKS gives roles to service accounts by
//! mounting a token and setting variables there.

use coffret_config::annotations::Plan;
use serde_json::{Value, json};

const VARIABLES: [&str; 4] = [
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
];

/// The mount of the AWS token in the first container that has one, read-only.
pub(super) fn token_mount(pod: &Value) -> Option<Value> {
    let mounts = super::list(pod, "/spec/containers")
        .iter()
        .flat_map(|container| super::list(container, "/volumeMounts"));
    let found = mounts
        .into_iter()
        .find(|mount| super::text(mount, "/mountPath").contains("eks.amazonaws.com"))?;
    Some(json!({"name": super::text(found, "/name"), "mountPath": super::text(found, "/mountPath"), "readOnly": true}))
}

/// The AWS variables, each as its first container has it; the region set by annotation wins.
pub(super) fn variables(pod: &Value, plan: &Plan) -> Vec<Value> {
    let region = plan.auth.config.get("region").filter(|region| !region.is_empty());
    let entries = || {
        super::list(pod, "/spec/containers")
            .iter()
            .flat_map(|container| super::list(container, "/env"))
    };
    let first = |name: &str| entries().find(|entry| super::text(entry, "/name") == name).cloned();
    let found = VARIABLES
        .iter()
        .filter(|name| region.is_none() || **name != "AWS_REGION")
        .filter_map(|name| first(name));
    found
        .chain(region.map(|region| json!({"name": "AWS_REGION", "value": region})))
        .collect()
}
