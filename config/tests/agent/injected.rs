//! Whatever the injector writes, the agent reads; it only remarks on what it does not serve.

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

const SECRET: (&str, &str) = ("agent-inject-secret-db.txt", "database/creds/app");
const ROLE: (&str, &str) = ("role", "web");

/// What only concerns programs that would ask the agent instead of the server.
const REMARKED: &[&str] = &["listener", "cache.use_auto_auth_token"];

/// Annotations beside a role and a secret.
const CASES: &[&[(&str, &str)]] = &[
    &[],
    &[
        ("agent-inject-command-db.txt", "kill -HUP 1, or not"),
        ("agent-inject-perms-db.txt", "0400"),
    ],
    &[("agent-inject-token", "true"), ("error-on-missing-key-db.txt", "true")],
    &[
        ("agent-cache-enable", "true"),
        ("agent-cache-use-auto-auth-token", "force"),
    ],
    &[
        ("agent-enable-quit", "true"),
        ("template-static-secret-render-interval", "1m"),
    ],
    &[
        ("auth-type", "jwt"),
        ("auth-path", "auth/jwt"),
        ("auth-config-path", "/p"),
    ],
    &[("auth-type", "approle"), ("auth-config-role-id-file-path", "/r")],
    &[
        ("auth-type", "cert"),
        ("auth-min-backoff", "2s"),
        ("auth-max-backoff", "1h"),
    ],
    &[("auth-type", "token_file"), ("auth-config-token-file-path", "/t")],
];

#[test]
fn every_kind_of_injected_configuration_is_read() {
    for annotations in CASES {
        for role in [Role::Init, Role::Sidecar] {
            let text = written(role, &[&[ROLE, SECRET], *annotations].concat());
            match parse("VAULT_CONFIG", text.as_bytes()) {
                Ok(loaded) => {
                    let known = |key: &str| REMARKED.contains(&key);
                    let odd: Vec<_> = loaded.warnings.iter().filter(|finding| !known(&finding.key)).collect();
                    assert!(odd.is_empty(), "{text}\n{odd:?}");
                }
                Err(found) => panic!("{text}\n{found:?}"),
            }
        }
    }
}
