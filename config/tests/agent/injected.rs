//! Whatever the injector writes, the agent reads without a word.

use coffret_config::agent::parse;
use coffret_config::annotations::{Decision, Defaults, Role, Subject, plan};
use serde_json::{Map, Value, json};

/// The configuration for a pod with these annotations below `vault.hashicorp.com/`.
fn written(role: Role, annotations: &[(&str, &str)]) -> String {
    let mut all = Map::from_iter([("vault.hashicorp.com/agent-inject".to_owned(), json!("true"))]);
    all.extend(
        annotations
            .iter()
            .map(|(key, value)| (format!("vault.hashicorp.com/{key}"), json!(value))),
    );
    let volume = "/var/run/secrets/kubernetes.io/serviceaccount";
    let container = json!({"name": "app", "volumeMounts": [{"name": "token", "mountPath": volume}]});
    let pod: Value = json!({
        "metadata": {"name": "web", "annotations": all},
        "spec": {"serviceAccountName": "web", "containers": [container], "volumes": [{"name": "token"}]},
    });
    let defaults = Defaults {
        address: "https://vault.vault.svc:8200".to_owned(),
        ..Defaults::default()
    };
    let subject = Subject {
        pod: &pod,
        namespace: "default",
        inherited: &[],
    };
    match plan(&subject, &defaults).unwrap() {
        Decision::Inject(plan) => plan.agent_config(role).to_json().unwrap(),
        Decision::Skip(skip, _) => panic!("{}", skip.text()),
    }
}

#[test]
fn every_kind_of_injected_configuration_is_read_without_a_warning() {
    let secret = ("agent-inject-secret-db.txt", "database/creds/app");
    let cases: [&[(&str, &str)]; 9] = [
        &[("role", "web")],
        &[
            ("role", "web"),
            secret,
            ("agent-inject-command-db.txt", "kill -HUP 1, or not"),
            ("agent-inject-perms-db.txt", "0400"),
        ],
        &[
            ("role", "web"),
            secret,
            ("agent-inject-token", "true"),
            ("error-on-missing-key-db.txt", "true"),
        ],
        &[
            ("role", "web"),
            secret,
            ("agent-cache-enable", "true"),
            ("agent-cache-use-auto-auth-token", "force"),
        ],
        &[
            ("role", "web"),
            secret,
            ("agent-enable-quit", "true"),
            ("template-static-secret-render-interval", "1m"),
        ],
        &[
            ("auth-type", "jwt"),
            ("auth-path", "auth/jwt"),
            ("auth-config-path", "/p"),
            ("auth-config-role", "R"),
            secret,
        ],
        &[
            ("auth-type", "approle"),
            ("auth-config-role-id-file-path", "/r"),
            ("role", "web"),
            secret,
        ],
        &[
            ("auth-type", "cert"),
            ("role", "web"),
            ("auth-min-backoff", "2s"),
            ("auth-max-backoff", "1h"),
            secret,
        ],
        &[
            ("auth-type", "token_file"),
            ("auth-config-token-file-path", "/t"),
            ("role", "web"),
            secret,
        ],
    ];
    for annotations in cases {
        for role in [Role::Init, Role::Sidecar] {
            let text = written(role, annotations);
            match parse("VAULT_CONFIG", text.as_bytes()) {
                Ok(loaded) => assert!(loaded.warnings.is_empty(), "{text}\n{:?}", loaded.warnings),
                Err(found) => panic!("{text}\n{found:?}"),
            }
        }
    }
}
