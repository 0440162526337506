//! The parts a Kubernetes cluster plays: a pod made from a Deployment, and the ServiceAccount admission plugin that
//! gives every pod its token volume.

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::items;

/// Where pods find their token: the path that the ServiceAccount admission plugin mounts.
const TOKEN_MOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
const TOKEN_VOLUME: &str = "kube-api-access-demo1";
/// The lifetime in seconds that the admission plugin asks for.
const TOKEN_SECONDS: u64 = 3607;

/// The audience of the API server, which a service-account token has unless a volume asks for another one.
pub const AUDIENCE: &str = "https://kubernetes.default.svc.cluster.local";

/// The pod that a ReplicaSet controller would create for the first Deployment among `documents`.
///
/// # Errors
/// When there is no Deployment with a pod template.
pub fn pod_of_deployment(documents: &[Value], namespace: &str) -> anyhow::Result<Value> {
    let deployment = documents
        .iter()
        .find(|document| document["kind"] == "Deployment")
        .context("the example has no Deployment (kind: Deployment)")?;
    let name = deployment["metadata"]["name"]
        .as_str()
        .context("the Deployment has no metadata.name")?;
    let template = &deployment["spec"]["template"];
    if !template["spec"].is_object() {
        bail!("Deployment {name:?} has no spec.template.spec");
    }
    let mut pod = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": template["metadata"],
        "spec": template["spec"],
    });
    pod["metadata"]["generateName"] = json!(format!("{name}-5d8f9c7b6-"));
    pod["metadata"]["namespace"] = json!(namespace);
    Ok(pod)
}

/// What the ServiceAccount admission plugin does before any webhook is asked: the account's name, a projected token
/// volume, and its mount in every container.
pub fn admit_service_account(pod: &mut Value) -> String {
    let account = pod["spec"]["serviceAccountName"]
        .as_str()
        .unwrap_or("default")
        .to_owned();
    let spec = &mut pod["spec"];
    spec["serviceAccountName"] = json!(account);
    spec["serviceAccount"] = json!(account);
    let volume = json!({
        "name": TOKEN_VOLUME,
        "projected": { "defaultMode": 420, "sources": [
            { "serviceAccountToken": { "expirationSeconds": TOKEN_SECONDS, "path": "token" } },
            { "configMap": { "name": "kube-root-ca.crt", "items": [{ "key": "ca.crt", "path": "ca.crt" }] } },
        ]},
    });
    push(spec, "volumes", volume);
    for kind in ["initContainers", "containers"] {
        for container in spec[kind].as_array_mut().into_iter().flatten() {
            push(
                container,
                "volumeMounts",
                json!({ "name": TOKEN_VOLUME, "mountPath": TOKEN_MOUNT, "readOnly": true }),
            );
        }
    }
    account
}

/// The agent's container in a patched pod: among the init containers in native mode.
///
/// # Errors
/// When the webhook added none.
pub fn agent_container(pod: &Value) -> anyhow::Result<&Value> {
    items(pod, "/spec/initContainers")
        .chain(items(pod, "/spec/containers"))
        .find(|container| container["name"] == "vault-agent")
        .context("the patched pod has no container named vault-agent")
}

fn push(object: &mut Value, key: &str, item: Value) {
    match object.get_mut(key).and_then(Value::as_array_mut) {
        Some(list) => list.push(item),
        None => object[key] = json!([item]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_gets_its_token_volume_and_mounts() -> anyhow::Result<()> {
        let deployment = json!({ "kind": "Deployment", "metadata": { "name": "web" }, "spec": { "template": {
            "metadata": { "labels": { "app": "web" } }, "spec": { "containers": [{ "name": "a" }, { "name": "b" }] } } } });
        let mut pod = pod_of_deployment(&[deployment], "shop")?;
        assert_eq!(admit_service_account(&mut pod), "default");
        assert_eq!(pod["metadata"]["namespace"], "shop");
        assert_eq!(pod["spec"]["volumes"][0]["name"], TOKEN_VOLUME);
        for container in items(&pod, "/spec/containers") {
            assert_eq!(container["volumeMounts"][0]["mountPath"], TOKEN_MOUNT);
        }
        Ok(())
    }

    #[test]
    fn without_a_deployment_the_error_says_so() {
        let error = pod_of_deployment(&[json!({ "kind": "Job" })], "x").unwrap_err();
        assert!(error.to_string().contains("no Deployment"), "{error}");
    }
}
