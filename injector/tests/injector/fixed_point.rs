//! A pod comes to rest: what was injected, or repaired once, is left alone whatever its annotations say and
//! whatever order another webhook gave its lists.

use coffret_injector::Outcome;
use serde_json::{Value, json};

use crate::reinvocation::{again, decide, golden_pods, repaired};
use crate::webhook::pod;

/// A pod of two applications and an init container that opted in, with more annotations.
fn opted_in(annotations: &[(&str, &str)]) -> Value {
    let mut all = json!({"vault.hashicorp.com/agent-inject": "true", "vault.hashicorp.com/role": "r"});
    for (name, value) in annotations {
        all[*name] = json!(value);
    }
    let mut pod = pod(&all);
    pod["spec"]["containers"] = json!([{"name": "app", "image": "a"}, {"name": "log", "image": "l"}]);
    pod["spec"]["initContainers"] = json!([{"name": "setup", "image": "s"}]);
    pod
}

fn patched(mut pod: Value) -> Value {
    let Outcome::Patched { patch, .. } = decide(&pod) else {
        panic!("not injected")
    };
    json_patch::patch(&mut pod, &patch).unwrap();
    pod
}

fn at_rest(pod: Value) {
    let pod = patched(pod);
    let second = decide(&pod);
    assert!(matches!(second, Outcome::Skipped { .. }), "{second:?}");
}

#[test]
fn another_status_under_another_prefix_does_not_hide_ours() {
    at_rest(opted_in(&[("coffret.dev/agent-inject-status", "update")]));
    at_rest(opted_in(&[("openbao.org/agent-inject-status", "")]));
}

#[test]
fn an_old_status_is_not_renamed_over_the_new_one() {
    let pod = opted_in(&[
        ("vault.hashicorp.com/agent-inject-status", "update"),
        ("openbao.org/agent-inject", "true"),
    ]);
    let whole = patched(pod.clone());
    let annotations = whole["metadata"]["annotations"].as_object().unwrap();
    assert_eq!(annotations["openbao.org/agent-inject-status"], "injected");
    assert!(!annotations.contains_key("vault.hashicorp.com/agent-inject-status"));
    at_rest(pod);
}

/// A mount of the user's own that looks like one of ours.
fn mounted_by_hand(mut pod: Value, list: &str) -> Value {
    pod["spec"][list][0]["volumeMounts"] = json!([{"name": "vault-secrets", "mountPath": "/vault/secrets"}]);
    pod
}

#[test]
fn who_was_not_to_get_the_mounts_does_not_get_more_of_them() {
    let custom = [
        ("vault.hashicorp.com/agent-inject-secret-a", "s"),
        ("vault.hashicorp.com/secret-volume-path-a", "/custom"),
    ];
    for mode in ["classic", "native", "init"] {
        let with = |extra: &[(&str, &str)]| {
            let all: Vec<_> = custom.iter().chain(extra).copied().collect();
            opted_in(&[all, vec![("coffret.dev/agent-mode", mode)]].concat())
        };
        at_rest(mounted_by_hand(
            with(&[("vault.hashicorp.com/agent-inject-containers", "log")]),
            "containers",
        ));
        at_rest(mounted_by_hand(
            with(&[("vault.hashicorp.com/agent-pre-populate", "false")]),
            "initContainers",
        ));
        for name in ["vault-agent", "vault-agent-init"] {
            let mut named = mounted_by_hand(with(&[]), "initContainers");
            named["spec"]["initContainers"][0]["name"] = json!(name);
            at_rest(named);
        }
    }
}

#[test]
fn what_the_agents_have_does_not_count_as_the_applications() {
    let variable = r#"[{"op": "add", "path": "/env/-", "value": {"name": "AWS_ROLE_ARN", "value": "a"}}]"#;
    at_rest(opted_in(&[
        ("coffret.dev/agent-mode", "classic"),
        ("vault.hashicorp.com/auth-type", "aws"),
        ("vault.hashicorp.com/agent-json-patch", variable),
    ]));
    for copied in ["vault-agent", "vault-agent-init"] {
        at_rest(opted_in(&[
            ("coffret.dev/agent-mode", "classic"),
            ("vault.hashicorp.com/agent-copy-volume-mounts", copied),
        ]));
    }
}

#[test]
fn a_proxy_put_in_front_gets_no_secrets_even_if_the_sidecar_is_gone() {
    for (mode, gone) in [("classic", false), ("classic", true), ("native", false)] {
        let mut pod = patched(opted_in(&[("coffret.dev/agent-mode", mode)]));
        let containers = pod["spec"]["containers"].as_array_mut().unwrap();
        if gone {
            containers.pop();
        }
        containers.insert(0, json!({"name": "istio-proxy", "image": "m"}));
        let pod = if gone { again(pod) } else { pod };
        assert!(matches!(decide(&pod), Outcome::Skipped { .. }), "{mode}");
        assert!(pod["spec"]["containers"][0].get("volumeMounts").is_none(), "{mode}");
    }
}

#[test]
fn no_order_of_the_lists_makes_a_golden_pod_restless() {
    for (name, input, patched) in golden_pods() {
        for list in ["containers", "initContainers", "volumes"] {
            let mut reversed = patched.clone();
            if let Some(items) = reversed["spec"][list].as_array_mut() {
                items.reverse();
                repaired(&format!("{name}: {list}"), &input, &reversed);
            }
        }
    }
}
