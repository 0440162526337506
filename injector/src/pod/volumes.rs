//! The volumes a plan needs, and where they are mounted.

use coffret_config::annotations::{CACHE_PATH, Plan};
use serde_json::{Value, json};

use super::container::Part;

/// Where a tls-secret is mounted.
const TLS_PATH: &str = "/vault/tls";
/// Where an extra secret is mounted.
const EXTRA_PATH: &str = "/vault/custom";
/// Where a ConfigMap with the agent's configuration is mounted.
pub(super) const CONFIG_PATH: &str = "/vault/configs";

fn named(plan: &Plan, tail: &str) -> String {
    format!("{}-{tail}", plan.flavor.volume_stem())
}

fn memory(plan: &Plan, name: &str) -> Value {
    let mut volume = json!({"name": name, "emptyDir": {"medium": "Memory"}});
    if !plan.volume_size_limit.is_empty() {
        volume["emptyDir"]["sizeLimit"] = json!(plan.volume_size_limit);
    }
    volume
}

/// All volumes to add, in the order of vault-k8s.
pub(super) fn all(plan: &Plan) -> Vec<Value> {
    let mut volumes = Vec::new();
    if plan.has_init_container() {
        volumes.push(memory(plan, "home-init"));
    }
    if plan.has_sidecar() {
        volumes.push(memory(plan, "home-sidecar"));
    }
    volumes.push(memory(plan, &named(plan, "secrets")));
    volumes.extend((0..plan.custom_paths().len()).map(|index| memory(plan, &custom(plan, index))));
    if !plan.configmap.is_empty() {
        volumes.push(json!({"name": named(plan, "config"), "configMap": {"name": plan.configmap}}));
    }
    if !plan.extra_secret.is_empty() {
        volumes.push(json!({"name": "extra-secrets", "secret": {"secretName": plan.extra_secret}}));
    }
    if !plan.connection.tls_secret.is_empty() {
        volumes.push(json!({"name": named(plan, "tls-secrets"), "secret": {"secretName": plan.connection.tls_secret}}));
    }
    if plan.has_agent_volume() {
        volumes.push(memory(plan, &named(plan, "agent-cache")));
    }
    volumes.extend(token(plan));
    volumes
}

fn custom(plan: &Plan, index: usize) -> String {
    named(plan, &format!("secrets-custom-{index}"))
}

/// The volume of a token projected for the agent alone.
fn token(plan: &Plan) -> Option<Value> {
    let projected = plan.token.projected.as_ref()?;
    let mut source = json!({"path": plan.token.file, "expirationSeconds": projected.expiration});
    if !projected.audience.is_empty() {
        source["audience"] = json!(projected.audience);
    }
    Some(json!({"name": plan.token.volume, "projected": {"sources": [{"serviceAccountToken": source}]}}))
}

fn mount(name: &str, path: &str) -> Value {
    json!({"name": name, "mountPath": path})
}

fn read_only(name: &str, path: &str) -> Value {
    json!({"name": name, "mountPath": path, "readOnly": true})
}

/// The mounts of every container that reads the files, and of the agent.
pub(super) fn secret_mounts(plan: &Plan) -> Vec<Value> {
    let mut mounts = vec![mount(&named(plan, "secrets"), &plan.secret_volume_path)];
    mounts.extend(
        plan.custom_paths()
            .iter()
            .enumerate()
            .map(|(index, path)| mount(&custom(plan, index), path)),
    );
    mounts
}

/// The agent's own mounts, in the order of vault-k8s.
pub(super) fn agent_mounts(pod: &Value, plan: &Plan, part: Part) -> Vec<Value> {
    let token = read_only(&plan.token.volume, &plan.token.mount_path);
    let mut mounts = match part {
        Part::Init => vec![mount("home-init", plan.flavor.home()), token],
        Part::Sidecar | Part::Native => vec![token, mount("home-sidecar", plan.flavor.home())],
    };
    if plan.auth.method == "aws" {
        mounts.extend(super::aws::token_mount(pod));
    }
    mounts.extend(secret_mounts(plan));
    if !plan.extra_secret.is_empty() {
        mounts.push(read_only("extra-secrets", EXTRA_PATH));
    }
    let copied = copied(pod, &plan.copy_volume_mounts);
    let fresh = |mount: &&Value| {
        !mounts
            .iter()
            .any(|own| own["name"] == mount["name"] && own["mountPath"] == mount["mountPath"])
    };
    let copied: Vec<Value> = copied.iter().filter(fresh).cloned().collect();
    mounts.extend(copied);
    if !plan.configmap.is_empty() {
        mounts.push(read_only(&named(plan, "config"), CONFIG_PATH));
    }
    if !plan.connection.tls_secret.is_empty() {
        mounts.push(read_only(&named(plan, "tls-secrets"), TLS_PATH));
    }
    if plan.has_agent_volume() {
        mounts.push(mount(&named(plan, "agent-cache"), CACHE_PATH));
    }
    mounts
}

/// The mounts of the container named by annotation, except service-account ones.
fn copied(pod: &Value, name: &str) -> Vec<Value> {
    if name.is_empty() {
        return Vec::new();
    }
    let lists = ["/spec/containers", "/spec/initContainers"];
    let all = lists.iter().flat_map(|list| super::list(pod, list));
    let named = all.filter(|container| super::text(container, "/name") == name);
    let mounts = named.flat_map(|container| super::list(container, "/volumeMounts"));
    mounts
        .filter(|mount| {
            !super::text(mount, "/mountPath")
                .to_lowercase()
                .contains("serviceaccount")
        })
        .cloned()
        .collect()
}
