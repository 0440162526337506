//! An injected pod that comes again because another webhook changed it.

use coffret_config::annotations::Subject;
use coffret_injector::{Injection, Outcome, mutate};
use serde_json::{Value, json};

use crate::webhook::{pod, settings};

fn decide(pod: &Value) -> Outcome {
    let settings = settings(&[]);
    mutate(
        &Subject {
            pod,
            namespace: "shop",
            inherited: &[],
        },
        &settings.defaults,
    )
}

fn injected(annotations: &Value) -> Value {
    let mut pod = pod(annotations);
    let Outcome::Patched { patch, .. } = decide(&pod) else {
        panic!("not injected")
    };
    json_patch::patch(&mut pod, &patch).unwrap();
    pod
}

fn plain() -> Value {
    injected(
        &json!({"coffret.dev/agent-inject": "true", "coffret.dev/role": "r", "coffret.dev/agent-inject-containers": "app,late"}),
    )
}

fn again(mut pod: Value) -> Value {
    let Outcome::Patched {
        patch,
        injection: Injection::Repair,
        ..
    } = decide(&pod)
    else {
        panic!("not repaired")
    };
    json_patch::patch(&mut pod, &patch).unwrap();
    assert!(
        matches!(decide(&pod), Outcome::Skipped { .. }),
        "the repair is not the end of it"
    );
    pod
}

fn names(pod: &Value) -> Vec<&str> {
    pod["spec"]["initContainers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect()
}

#[test]
fn an_untouched_pod_is_left_alone() {
    assert!(matches!(decide(&plain()), Outcome::Skipped { .. }));
}

#[test]
fn stripped_fields_are_put_back() {
    let whole = plain();
    let mut broken = whole.clone();
    let container = broken["spec"]["initContainers"][0].as_object_mut().unwrap();
    container.remove("restartPolicy");
    container.remove("startupProbe");
    assert_eq!(again(broken), whole);
}

#[test]
fn a_mesh_proxy_that_came_later_goes_first() {
    let mut pod = plain();
    let proxy = json!({"name": "istio-proxy", "image": "m", "restartPolicy": "Always"});
    pod["spec"]["initContainers"].as_array_mut().unwrap().push(proxy);
    assert_eq!(names(&again(pod)), ["istio-proxy", "vault-agent"]);
}

#[test]
fn an_init_container_put_in_front_goes_behind() {
    let mut pod = plain();
    pod["spec"]["initContainers"]
        .as_array_mut()
        .unwrap()
        .insert(0, json!({"name": "setup", "image": "s"}));
    assert_eq!(names(&again(pod)), ["vault-agent", "setup"]);
}

#[test]
fn a_container_named_by_annotation_gets_its_mounts_later() {
    let mut pod = plain();
    pod["spec"]["containers"]
        .as_array_mut()
        .unwrap()
        .push(json!({"name": "late", "image": "l"}));
    assert_eq!(
        again(pod)["spec"]["containers"][1]["volumeMounts"][0]["mountPath"],
        "/vault/secrets"
    );
}

#[test]
fn a_status_of_somebody_else_is_respected() {
    let pod = pod(
        &json!({"vault.hashicorp.com/agent-inject": "true", "vault.hashicorp.com/role": "r", "vault.hashicorp.com/agent-inject-status": "injected"}),
    );
    assert!(matches!(decide(&pod), Outcome::Skipped { .. }));
}
