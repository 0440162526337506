//! The checks of the Pod Security standard *restricted* (and the *baseline* it builds on), for Linux pods.

use serde_json::Value;

/// What keeps a pod from being admitted in a restricted namespace.
pub fn violations(pod: &Value) -> Vec<String> {
    let spec = &pod["spec"];
    let mut found = Vec::new();
    for flag in ["hostNetwork", "hostPID", "hostIPC"] {
        if spec[flag] == true {
            found.push(format!("pod: {flag}"));
        }
    }
    let Some(containers) = spec["containers"].as_array() else {
        return vec!["pod: no containers".to_owned()];
    };
    for volume in spec["volumes"].as_array().into_iter().flatten() {
        let kinds = volume
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, _)| key.as_str())
            .filter(|key| *key != "name");
        found.extend(
            kinds
                .filter(|kind| !VOLUMES.contains(kind))
                .map(|kind| format!("volume {}: {kind}", volume["name"])),
        );
    }
    user(&spec["securityContext"], "pod", &mut found);
    let init = spec["initContainers"].as_array().into_iter().flatten();
    for container in containers.iter().chain(init) {
        check(container, &spec["securityContext"], &mut found);
    }
    found
}

const VOLUMES: [&str; 9] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

fn user(context: &Value, whose: &str, found: &mut Vec<String>) {
    if context["runAsUser"] == 0 {
        found.push(format!("{whose}: runAsUser 0"));
    }
}

fn check(container: &Value, pod: &Value, found: &mut Vec<String>) {
    let name = container["name"].as_str().unwrap_or_default();
    let context = &container["securityContext"];
    let mut demand = |fine: bool, what: &str| {
        if !fine {
            found.push(format!("container {name}: {what}"));
        }
    };
    demand(
        context["allowPrivilegeEscalation"] == false,
        "allowPrivilegeEscalation is not false",
    );
    demand(context["privileged"] != true, "privileged");
    let dropped = context["capabilities"]["drop"].as_array();
    demand(
        dropped.is_some_and(|all| all.iter().any(|one| one == "ALL")),
        "capabilities.drop lacks ALL",
    );
    let added = context["capabilities"]["add"].as_array();
    demand(
        added.is_none_or(|all| all.iter().all(|one| one == "NET_BIND_SERVICE")),
        "capabilities.add",
    );
    let non_root = if context["runAsNonRoot"].is_null() {
        &pod["runAsNonRoot"]
    } else {
        &context["runAsNonRoot"]
    };
    demand(non_root == true, "runAsNonRoot is not true");
    let own_profile = &context["seccompProfile"]["type"];
    let profile = if own_profile.is_null() {
        &pod["seccompProfile"]["type"]
    } else {
        own_profile
    };
    demand(profile == "RuntimeDefault" || profile == "Localhost", "seccompProfile");
    demand(
        context["procMount"].is_null() || context["procMount"] == "Default",
        "procMount",
    );
    let ports = container["ports"].as_array();
    demand(
        ports.is_none_or(|all| {
            all.iter()
                .all(|port| port["hostPort"].is_null() || port["hostPort"] == 0)
        }),
        "hostPort",
    );
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        demand(
            container[probe]["httpGet"]["host"].is_null() && container[probe]["tcpSocket"]["host"].is_null(),
            "host in a probe",
        );
    }
    user(context, &format!("container {name}"), found);
}

#[test]
fn the_check_finds_what_it_should() {
    let good = serde_json::json!({"spec": {"containers": [{"name": "a", "securityContext": {
        "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": true,
        "seccompProfile": {"type": "RuntimeDefault"}}}]}});
    assert_eq!(violations(&good), Vec::<String>::new());
    for (pointer, value) in [
        (
            "/spec/containers/0/securityContext/allowPrivilegeEscalation",
            serde_json::json!(true),
        ),
        (
            "/spec/containers/0/securityContext/capabilities/drop",
            serde_json::json!([]),
        ),
        (
            "/spec/containers/0/securityContext/runAsNonRoot",
            serde_json::json!(false),
        ),
        (
            "/spec/containers/0/securityContext/seccompProfile/type",
            serde_json::json!("Unconfined"),
        ),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        assert_eq!(violations(&bad).len(), 1, "{pointer}");
    }
}
