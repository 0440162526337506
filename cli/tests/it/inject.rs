//! `coffret inject` as a process: every kind, several documents, wrong input of each kind.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::{Finished, run};

/// Runs it on a manifest with further arguments.
fn inject(manifest: &str, further: &[&str]) -> Finished {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("manifest.yaml");
    std::fs::write(&file, manifest).unwrap();
    let file = file.to_string_lossy().into_owned();
    let mut arguments = vec!["inject", "-f", &file];
    arguments.extend(further);
    run(&arguments)
}

fn template() -> Value {
    json!({"metadata": {"annotations": {"vault.hashicorp.com/agent-inject": "true", "vault.hashicorp.com/role": "r"}},
        "spec": {"containers": [{"name": "app", "image": "app"}]}})
}

/// One document of each kind that holds a pod.
fn workloads() -> Vec<Value> {
    let mut pod = template();
    pod["apiVersion"] = json!("v1");
    pod["kind"] = json!("Pod");
    pod["metadata"]["name"] = json!("one");
    let of = |version: &str, kind: &str| json!({"apiVersion": version, "kind": kind, "metadata": {"name": "one"}, "spec": {"template": template()}});
    vec![
        pod,
        json!({"apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": "one"}, "template": template()}),
        of("v1", "ReplicationController"),
        of("apps/v1", "Deployment"),
        of("apps/v1", "StatefulSet"),
        of("apps/v1", "DaemonSet"),
        of("apps/v1", "ReplicaSet"),
        of("batch/v1", "Job"),
        json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "one"},
            "spec": {"jobTemplate": {"spec": {"template": template()}}}}),
    ]
}

/// How often the agent's container is in a text.
fn agents(text: &str) -> usize {
    text.matches("/home/vault").count()
}

#[test]
fn every_kind_is_injected_alone_and_in_lists_and_files_of_several() {
    let documents = workloads();
    for document in &documents {
        let finished = inject(&document.to_string(), &["-o", "json"]);
        assert_eq!(finished.code, Some(0), "{}", finished.stderr);
        assert!(agents(&finished.stdout) > 0, "{document}");
    }
    let list = json!({"apiVersion": "v1", "kind": "List", "items": documents});
    let pods = json!({"apiVersion": "v1", "kind": "PodList", "items": [documents[0]]});
    let one = agents(&inject(&documents[0].to_string(), &[]).stdout);
    assert_eq!(agents(&inject(&list.to_string(), &[]).stdout), documents.len() * one);
    assert_eq!(agents(&inject(&pods.to_string(), &[]).stdout), one);
    let many: Vec<String> = documents.iter().map(Value::to_string).collect();
    let finished = inject(&many.join("\n---\n"), &[]);
    assert_eq!(agents(&finished.stdout), documents.len() * one);
    assert_eq!(finished.stdout.matches("\n---\n").count(), documents.len() - 1);
}

#[test]
fn annotations_beside_the_pod_are_told_with_the_place_they_belong_in() {
    let ours = json!({"vault.hashicorp.com/agent-inject": "true", "team": "shop"});
    for mut document in workloads().into_iter().skip(1) {
        let kind = document["kind"].as_str().unwrap().to_owned();
        let text = document.to_string();
        assert_eq!(inject(&text, &[]).stderr, "", "{kind}");
        document["metadata"]["annotations"] = ours.clone();
        assert_eq!(
            inject(&document.to_string(), &[]).stderr,
            "",
            "{kind}: the pod has it too"
        );
        let bare = text.replace("vault.hashicorp.com/agent-inject", "example.com/other");
        let mut bare: Value = serde_json::from_str(&bare).unwrap();
        bare["metadata"]["annotations"] = ours.clone();
        let told = inject(&bare.to_string(), &[]).stderr;
        let place = match kind.as_str() {
            "CronJob" => "spec.jobTemplate.spec.template",
            "PodTemplate" => "template",
            _ => "spec.template",
        };
        assert!(
            told.contains(&format!(
                "Warning: {kind}/one: on the {kind} itself, where the webhook does not look: \
                 vault.hashicorp.com/agent-inject; the place is {place}.metadata.annotations"
            )),
            "{told}"
        );
        assert!(told.contains("left as it is: it does not ask for an agent"), "{told}");
    }
}

#[test]
fn annotations_among_labels_are_told() {
    let mut pod = workloads().remove(0);
    pod["metadata"]["labels"] = json!({"vault.hashicorp.com/role": "r", "coffret.dev/agent-mode": "native", "coffret.dev/injection": "disabled"});
    let told = inject(&pod.to_string(), &[]).stderr;
    assert_eq!(
        told,
        "Warning: Pod/one: labels instead of annotations: coffret.dev/agent-mode; the place is metadata.annotations\n"
    );
}

#[test]
fn other_documents_come_back_as_they_are() {
    for document in [
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "b"}}),
        json!({"apiVersion": "batch.volcano.sh/v1alpha1", "kind": "Job", "metadata": {"name": "j"}, "spec": {"tasks": []}}),
        json!({"apiVersion": "example.com/v1", "kind": "AllowList", "metadata": {"name": "l"}, "spec": {}}),
    ] {
        let finished = inject(&document.to_string(), &["-o", "json"]);
        assert_eq!(serde_json::from_str::<Value>(&finished.stdout).unwrap(), document);
    }
}

#[test]
fn wrong_input_of_each_kind_is_named_and_nothing_is_printed() {
    for mut document in workloads() {
        let kind = document["kind"].as_str().unwrap().to_owned();
        if kind == "Pod" {
            document["spec"] = json!("none");
        } else if kind == "PodTemplate" {
            document["template"] = json!([]);
        } else {
            document["spec"] = json!({});
        }
        let message = refused(&document, &[]);
        assert!(
            message.contains(&format!("{kind}/one")) || message.contains("spec"),
            "{kind}: {message}"
        );
    }
    let mut pod = workloads().remove(0);
    for (pointer, value, expected) in [
        ("/spec/containers", json!({"app": {}}), "spec.containers"),
        ("/spec/containers", json!(["app"]), "spec.containers"),
        (
            "/metadata/annotations/vault.hashicorp.com~1role",
            json!(5),
            "vault.hashicorp.com/role",
        ),
        ("/metadata/annotations/vault.hashicorp.com~1role", json!(""), "role"),
        (
            "/metadata/annotations/vault.hashicorp.com~1agent-inject",
            json!("yes"),
            "agent-inject",
        ),
    ] {
        let whole = pod.clone();
        *pod.pointer_mut(pointer).unwrap() = value;
        let message = refused(&pod, &[]);
        assert!(message.contains("Pod/one") && message.contains(expected), "{message}");
        pod = whole;
    }
    let list = json!({"apiVersion": "v1", "kind": "List", "items": {}});
    assert!(refused(&list, &[]).contains("items is missing or not a list"));
}

fn refused(document: &Value, further: &[&str]) -> String {
    let finished = inject(&document.to_string(), further);
    assert_eq!(finished.stdout, "", "{document}");
    finished.failed()
}

#[test]
fn wrong_arguments_are_named() {
    let pod = workloads().remove(0).to_string();
    for (further, expected) in [
        (&["--env", "NAME"][..], "expected KEY=VALUE"),
        (&["--env", "VAULT_ADDR=x"], "AGENT_INJECT_"),
        (&["--env", "AGENT_INJECT_MODE=sidecar"], "AGENT_INJECT_MODE"),
        (&["--namespace", "kube-system"], "system namespaces"),
    ] {
        let message = inject(&pod, further).failed();
        assert!(message.contains(expected), "{further:?}: {message}");
    }
    let two = format!("{pod}\n---\n{pod}");
    assert!(inject(&two, &["-o", "patch"]).failed().contains("the manifest has 2"));
    assert!(inject("a: [1", &[]).failed().contains("manifest.yaml"));
    assert!(run(&["inject", "-f", "no-such-file"]).failed().contains("no-such-file"));
}

#[test]
fn a_patch_is_the_one_of_the_pod() {
    let pod = workloads().remove(0);
    let patch = inject(&pod.to_string(), &["-o", "patch"]).stdout;
    let mut patched = pod.clone();
    json_patch::patch(
        &mut patched,
        &serde_json::from_str::<json_patch::Patch>(&patch).unwrap(),
    )
    .unwrap();
    let whole = inject(&pod.to_string(), &["-o", "json"]).stdout;
    assert_eq!(serde_json::from_str::<Value>(&whole).unwrap(), patched);
}

#[test]
fn origins_are_told_from_the_pod_to_the_injector() {
    let manifest = r#"
apiVersion: v1
kind: Namespace
metadata: {name: shop, annotations: {coffret.dev/role: of-the-namespace, coffret.dev/log-level: debug}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop, annotations: {coffret.dev/role: of-the-account, coffret.dev/log-format: json}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, annotations: {coffret.dev/agent-inject: "true", coffret.dev/log-format: standard}}
spec: {serviceAccountName: web, containers: [{name: app, image: app}]}
"#;
    let asked = ["--origins", "--env", "AGENT_INJECT_INHERIT_DEFAULTS=true"];
    let finished = inject(manifest, &asked);
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    let lines: Vec<&str> = finished.stderr.lines().collect();
    assert_eq!(lines[0], "Pod/web: from the pod: agent-inject, log-format");
    assert_eq!(lines[1], "Pod/web: from the service account: role");
    assert_eq!(lines[2], "Pod/web: from the namespace: log-level");
    assert!(
        lines[3].starts_with("Pod/web: from the injector: agent-image, "),
        "{}",
        lines[3]
    );
    assert!(!finished.stderr.contains("of-the-"), "never a value");
    let message = inject(manifest, &["--origins"]).failed();
    assert!(
        message.contains("role"),
        "nothing is inherited unless the injector is set to: {message}"
    );
}
