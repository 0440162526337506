//! An injected pod that comes again because another webhook changed it.

use coffret_config::annotations::Subject;
use coffret_injector::{Injection, Outcome, mutate};
use serde_json::{Value, json};

use crate::golden;
use crate::webhook::{pod, settings};

pub fn decide(pod: &Value) -> Outcome {
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

pub fn again(mut pod: Value) -> Value {
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

/// Every golden pod that was injected, with its input.
pub fn golden_pods() -> Vec<(String, Value, Value)> {
    let mut found = Vec::new();
    for path in golden::inputs() {
        let input = golden::load(&path);
        if let Outcome::Patched { patch, .. } = golden::decide(&input, &input["pod"]) {
            let mut patched = input["pod"].clone();
            json_patch::patch(&mut patched, &patch).unwrap();
            found.push((path.file_name().unwrap().to_string_lossy().into_owned(), input, patched));
        }
    }
    assert!(found.len() >= 150);
    found
}

/// The pod after a second look; it must not need a third.
pub fn repaired(name: &str, input: &Value, broken: &Value) -> Value {
    let mut pod = broken.clone();
    if let Outcome::Patched { patch, injection, .. } = golden::decide(input, broken) {
        assert_eq!(injection, Injection::Repair, "{name}");
        json_patch::patch(&mut pod, &patch).unwrap();
    }
    let settled = matches!(golden::decide(input, &pod), Outcome::Skipped { .. });
    assert!(settled, "{name}: the repair is not the end of it");
    pod
}

/// Lists of named things in the order of their names: what was stripped comes back at the end.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(sorted).collect();
            items.sort_by_key(|item| (item["name"].to_string(), item["mountPath"].to_string()));
            Value::Array(items)
        }
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| (key.clone(), sorted(value)))
            .collect(),
        other => other.clone(),
    }
}

/// Indices of the containers of a list that the injector added or that another webhook could take for them.
fn added(input: &Value, patched: &Value, list: &str) -> Vec<usize> {
    let names = |pod: &Value| -> Vec<Value> {
        let all = pod.pointer(list).and_then(Value::as_array);
        all.into_iter()
            .flatten()
            .map(|container| container["name"].clone())
            .collect()
    };
    let before = names(&input["pod"]);
    let after = names(patched);
    let new = after.iter().enumerate().filter(|(_, name)| !before.contains(name));
    new.map(|(index, _)| index).collect()
}

const CONTAINER_LISTS: [&str; 2] = ["/spec/initContainers", "/spec/containers"];

#[test]
fn every_stripped_field_of_every_golden_pod_comes_back() {
    let mut stripped = 0;
    for (name, input, patched) in golden_pods() {
        for list in CONTAINER_LISTS {
            for at in added(&input, &patched, list) {
                let container = &patched.pointer(list).unwrap()[at];
                let fields = container.as_object().unwrap().iter();
                for (field, value) in fields.filter(|(field, _)| *field != "name") {
                    let mut broken = patched.clone();
                    let members = broken.pointer_mut(list).unwrap()[at].as_object_mut().unwrap();
                    members.remove(field);
                    let mut whole = repaired(&name, &input, &broken);
                    if value == &json!({}) {
                        whole.pointer_mut(list).unwrap()[at][field] = json!({});
                    }
                    assert_eq!(sorted(&whole), sorted(&patched), "{name}: {list} {at} {field}");
                    stripped += 1;
                }
            }
        }
    }
    assert!(stripped >= 1500, "only {stripped} fields were stripped");
}

#[test]
fn every_removed_container_of_every_golden_pod_comes_back_to_its_place() {
    for (name, input, patched) in golden_pods() {
        for list in CONTAINER_LISTS {
            for at in added(&input, &patched, list) {
                let mut broken = patched.clone();
                broken
                    .pointer_mut(list)
                    .and_then(Value::as_array_mut)
                    .unwrap()
                    .remove(at);
                assert_eq!(repaired(&name, &input, &broken), patched, "{name}: {list} {at}");
            }
        }
    }
}

#[test]
fn every_removed_volume_and_mount_of_every_golden_pod_comes_back() {
    for (name, input, patched) in golden_pods() {
        let before = input["pod"]["spec"]["volumes"].as_array().cloned().unwrap_or_default();
        for (at, volume) in patched["spec"]["volumes"].as_array().unwrap().iter().enumerate() {
            if !before.iter().any(|one| one["name"] == volume["name"]) {
                let mut broken = patched.clone();
                broken["spec"]["volumes"].as_array_mut().unwrap().remove(at);
                assert_eq!(
                    sorted(&repaired(&name, &input, &broken)),
                    sorted(&patched),
                    "{name}: {volume}"
                );
            }
        }
        for list in CONTAINER_LISTS {
            for at in added(&input, &patched, list) {
                let mounts = &patched.pointer(list).unwrap()[at]["volumeMounts"];
                for mount in 0..mounts.as_array().map_or(0, Vec::len) {
                    let mut broken = patched.clone();
                    let container = &mut broken.pointer_mut(list).unwrap()[at];
                    container["volumeMounts"].as_array_mut().unwrap().remove(mount);
                    assert_eq!(
                        sorted(&repaired(&name, &input, &broken)),
                        sorted(&patched),
                        "{name}: {list} {at}"
                    );
                }
            }
        }
    }
}

fn classic(annotations: &[(&str, &str)]) -> Value {
    let mut all = json!({"vault.hashicorp.com/agent-inject": "true", "vault.hashicorp.com/role": "r", "coffret.dev/agent-mode": "classic"});
    for (key, value) in annotations {
        all[*key] = json!(value);
    }
    injected(&all)
}

fn strip_mounts(pod: &mut Value, container: usize) {
    pod["spec"]["containers"][container]
        .as_object_mut()
        .unwrap()
        .remove("volumeMounts");
}

#[test]
fn application_mounts_come_back() {
    let whole = plain();
    let mut broken = whole.clone();
    strip_mounts(&mut broken, 0);
    assert_eq!(again(broken), whole, "named by annotation");
    let whole = classic(&[]);
    let mut broken = whole.clone();
    strip_mounts(&mut broken, 0);
    assert_eq!(again(broken), whole, "in front of the sidecar");
    let whole = injected(&json!({"coffret.dev/agent-inject": "true", "coffret.dev/role": "r"}));
    let mut broken = whole.clone();
    strip_mounts(&mut broken, 0);
    assert_eq!(again(broken), whole, "nobody has one any more");
}

#[test]
fn a_half_mounted_container_gets_the_rest() {
    let whole = classic(&[
        ("vault.hashicorp.com/agent-inject-secret-a", "s"),
        ("vault.hashicorp.com/secret-volume-path-a", "/custom"),
    ]);
    let mut broken = whole.clone();
    broken["spec"]["containers"][0]["volumeMounts"]
        .as_array_mut()
        .unwrap()
        .remove(0);
    assert_eq!(sorted(&again(broken)), sorted(&whole));
}

#[test]
fn a_container_that_came_later_unasked_gets_no_secrets() {
    for mut pod in [
        classic(&[]),
        injected(&json!({"coffret.dev/agent-inject": "true", "coffret.dev/role": "r"})),
    ] {
        let containers = pod["spec"]["containers"].as_array_mut().unwrap();
        containers.push(json!({"name": "istio-proxy", "image": "m"}));
        assert!(matches!(decide(&pod), Outcome::Skipped { .. }));
    }
}

#[test]
fn what_another_webhook_changed_on_purpose_stays() {
    for mut pod in [classic(&[]), plain()] {
        let list = if pod["spec"]["containers"][1].is_object() {
            "containers"
        } else {
            "initContainers"
        };
        let at = pod["spec"][list].as_array().unwrap().len() - 1;
        let agent = &mut pod["spec"][list][at];
        agent["image"] = json!("mirror.example/agent:1");
        agent["resources"]["limits"]["memory"] = json!("1Gi");
        agent["env"]
            .as_array_mut()
            .unwrap()
            .push(json!({"name": "HTTP_PROXY", "value": "p"}));
        agent["terminationMessagePolicy"] = json!("FallbackToLogsOnError");
        pod["spec"]["volumes"][0]["emptyDir"]["sizeLimit"] = json!("1Gi");
        assert!(matches!(decide(&pod), Outcome::Skipped { .. }));
    }
}

#[test]
fn the_process_namespace_is_shared_again() {
    let mut whole = classic(&[("vault.hashicorp.com/agent-share-process-namespace", "true")]);
    let expected = whole.clone();
    whole["spec"].as_object_mut().unwrap().remove("shareProcessNamespace");
    assert_eq!(again(whole), expected);
}

#[test]
fn an_aws_token_that_came_later_reaches_the_agent() {
    let mut pod = classic(&[("vault.hashicorp.com/auth-type", "aws")]);
    let mount = json!({"name": "aws-iam-token", "mountPath": "/var/run/secrets/eks.amazonaws.com/serviceaccount", "readOnly": true});
    pod["spec"]["containers"][0]["volumeMounts"]
        .as_array_mut()
        .unwrap()
        .push(mount.clone());
    pod["spec"]["containers"][0]["env"] = json!([{"name": "AWS_ROLE_ARN", "value": "arn:x"}]);
    let pod = again(pod);
    for agent in [&pod["spec"]["containers"][1], &pod["spec"]["initContainers"][0]] {
        assert!(agent["volumeMounts"].as_array().unwrap().contains(&mount));
        assert!(
            agent["env"]
                .as_array()
                .unwrap()
                .iter()
                .any(|one| one["name"] == "AWS_ROLE_ARN")
        );
    }
}

#[test]
fn a_token_volume_that_came_later_changes_nothing() {
    let mut pod = plain();
    let mount = json!({"name": "kube-api-access-x", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"});
    pod["spec"]["containers"][0]["volumeMounts"]
        .as_array_mut()
        .unwrap()
        .push(mount);
    assert!(matches!(decide(&pod), Outcome::Skipped { .. }));
}

#[test]
fn an_init_container_asked_to_be_first_goes_first_again() {
    let mut pod = classic(&[("vault.hashicorp.com/agent-init-first", "true")]);
    pod["spec"]["initContainers"]
        .as_array_mut()
        .unwrap()
        .insert(0, json!({"name": "setup", "image": "s"}));
    assert_eq!(names(&again(pod)), ["vault-agent-init", "setup"]);
}
