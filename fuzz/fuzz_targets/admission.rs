#![no_main]
//! The whole admission path: a body, or annotations for a sound pod, one per line. Whatever comes in, a
//! well-formed review goes out, no handler panics, and a patch applies.

use std::sync::{Arc, LazyLock};

use coffret_config::annotations::Subject;
use coffret_injector::offline::review;
use coffret_injector::settings::Settings;
use coffret_injector::webhook::{State, answer};
use coffret_injector::{Outcome, mutate};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

static STATE: LazyLock<Arc<State>> = LazyLock::new(|| {
    let env = |name: &str| (name == "AGENT_INJECT_VAULT_ADDR").then(|| "https://v:8200".to_owned());
    let settings = Settings::read(&[], &env).unwrap();
    Arc::new(State::new(settings.defaults.clone(), &settings.serve))
});

fn pod(text: &str) -> Value {
    let mut annotations = json!({"vault.hashicorp.com/agent-inject": "true", "vault.hashicorp.com/role": "r"});
    for line in text.lines() {
        let (key, value) = line.split_once('=').unwrap_or((line, "true"));
        let prefix = ["vault.hashicorp.com/", "openbao.org/", "coffret.dev/"][key.len() % 3];
        annotations[format!("{prefix}{key}")] = json!(value);
    }
    json!({"metadata": {"annotations": annotations}, "spec": {"initContainers": [{"name": "i"}],
        "containers": [{"name": "a", "volumeMounts": [{"name": "t", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}]}]}})
}

fn check(body: &[u8]) {
    let review = answer(&STATE, body);
    let response = &review["response"];
    assert!(response["allowed"].is_boolean() && response["uid"].is_string());
    assert_ne!(response["status"]["code"], 500, "a panic was caught");
}

fuzz_target!(|data: &[u8]| {
    check(data);
    if let Ok(text) = std::str::from_utf8(data) {
        let pod = pod(text);
        check(review(&pod, "ns", "u").to_string().as_bytes());
        let subject = Subject { pod: &pod, namespace: "ns", inherited: &[] };
        if let Outcome::Patched { patch, .. } = mutate(&subject, &STATE.defaults.load()) {
            let mut patched = pod.clone();
            json_patch::patch(&mut patched, &patch).expect("the patch applies");
        }
    }
});
