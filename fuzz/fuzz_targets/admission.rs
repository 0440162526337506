#![no_main]
//! The whole admission path: a body as it comes, and a sound pod built from the data with annotations, settings
//! and shapes from the tables. Whatever comes in, a well-formed review goes out, no handler panics and a patch
//! applies. A patched pod that comes again is left alone; one that another webhook changed needs one repair.

use std::sync::{Arc, LazyLock};

use coffret_config::annotations::table::{Form, Grammar, TABLE};
use coffret_config::annotations::{Prefix, Subject};
use coffret_injector::offline::review;
use coffret_injector::settings::Settings;
use coffret_injector::webhook::{State, answer};
use coffret_injector::{Outcome, mutate};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

/// One injector per mode and flavor.
static STATES: LazyLock<Vec<Arc<State>>> = LazyLock::new(|| {
    let modes = ["auto", "native", "classic", "init"];
    modes
        .iter()
        .flat_map(|mode| ["auto", "openbao"].map(|flavor| state(mode, flavor)))
        .collect()
});

fn state(mode: &str, flavor: &str) -> Arc<State> {
    let env = |name: &str| match name {
        "AGENT_INJECT_VAULT_ADDR" => Some("https://v:8200".to_owned()),
        "AGENT_INJECT_MODE" => Some(mode.to_owned()),
        "AGENT_INJECT_FLAVOR" => Some(flavor.to_owned()),
        _ => None,
    };
    let settings = Settings::read(&[], &env).unwrap();
    Arc::new(State::new(settings.defaults.clone(), &settings.serve))
}

/// Values some grammar takes, so that the path goes on behind it.
const VALUES: [&str; 26] = [
    "",
    "true",
    "false",
    "x",
    "0",
    "7",
    "0.9",
    "30s",
    "64Mi",
    "app",
    "app,init",
    "vault-agent",
    "vault-agent-init",
    "/custom/path",
    "map",
    "json",
    "native",
    "classic",
    "init",
    "aws",
    "jwt",
    "own-token",
    "{{ with secret \"a\" }}{{ .Data }}{{ end }}",
    "../../etc/x",
    "[{\"op\":\"add\",\"path\":\"/env/-\",\"value\":{\"name\":\"A\"}}]",
    "[{\"op\":\"remove\",\"path\":\"/args/0\"}]",
];

const NAMES: [&str; 8] = ["db", "DB", "a.b", "file-x", "token", "role", "..", "é"];

/// Takes choices from the front of the data and texts from what is left.
struct Source<'a>(&'a [u8]);

impl Source<'_> {
    fn byte(&mut self) -> usize {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        usize::from(*first)
    }

    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.byte() % of.len()]
    }

    /// A value that fits the grammar most of the time; sometimes text from the data.
    fn value(&mut self, grammar: Grammar) -> String {
        match (self.byte() % 8, grammar) {
            (0, _) => self.text(),
            (1 | 2, _) => self.one(&VALUES).to_owned(),
            (_, Grammar::Bool) => self.one(&["true", "false", "1", ""]).to_owned(),
            (_, Grammar::Int | Grammar::Uint) => self.byte().to_string(),
            (_, Grammar::Float) => format!("0.{}", self.byte()),
            (_, Grammar::Duration) => format!("{}s", self.byte()),
            (_, Grammar::Quantity) => format!("{}{}", self.byte(), self.one(&["", "m", "Mi", "e3", ".5"])),
            (_, Grammar::Csv) => self.one(&["app", "app,log", "auto-auth,caching", ""]).to_owned(),
            (_, Grammar::JsonPatch) => self.patch().to_string(),
            (_, Grammar::Word(words)) => self.one(words).to_owned(),
            (_, Grammar::Text) => self.one(&VALUES).to_owned(),
        }
    }

    fn text(&mut self) -> String {
        let length = self.byte().min(self.0.len());
        let (text, rest) = self.0.split_at(length);
        self.0 = rest;
        String::from_utf8_lossy(text).into_owned()
    }

    fn patch(&mut self) -> Value {
        let operation = |source: &mut Self| {
            let paths = [
                "/args/0",
                "/env/-",
                "/name",
                "/resources/limits/cpu",
                "/securityContext",
                "/lifecycle/preStop",
                "/volumeMounts/0",
                "",
                "/x~1y",
            ];
            let values = [
                json!("x"),
                json!(1),
                json!(null),
                json!([]),
                json!({"name": "n", "mountPath": "/n"}),
                json!("Always"),
            ];
            json!({"op": source.one(&["add", "remove", "replace", "move", "copy", "test", "none"]), "path": source.one(&paths),
                "from": source.one(&paths), "value": values[source.byte() % values.len()]})
        };
        let count = self.byte() % 4;
        (0..count).map(|_| operation(self)).collect()
    }

    fn annotations(&mut self) -> Value {
        let mut all = json!({});
        let opt_in = self.one(&Prefix::ALL.map(Prefix::text));
        all[format!("{opt_in}agent-inject")] = json!("true");
        all[format!("{opt_in}role")] = json!("r");
        for _ in 0..self.byte() % 12 {
            let row = TABLE[self.byte() % TABLE.len()];
            let prefix = self.one(&Prefix::ALL.map(Prefix::text));
            let key = match row.form {
                Form::Single => row.key.to_owned(),
                Form::Both if self.byte() % 2 == 0 => row.key.to_owned(),
                _ => format!("{}-{}", row.key, self.one(&NAMES)),
            };
            all[format!("{prefix}{key}")] = json!(self.value(row.grammar));
        }
        all
    }

    fn container(&mut self, name: &str) -> Value {
        let mut container = json!({"name": name, "image": "i"});
        let mounts = [
            json!({"name": "api", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "readOnly": true}),
            json!({"name": "own-token", "mountPath": "/tokens"}),
            json!({"name": "vault-secrets", "mountPath": "/vault/secrets"}),
            json!({"name": "aws", "mountPath": "/var/run/secrets/eks.amazonaws.com/serviceaccount"}),
        ];
        let chosen = self.byte();
        let chosen = mounts.iter().enumerate().filter(|(index, _)| chosen >> index & 1 == 1);
        container["volumeMounts"] = chosen.map(|(_, mount)| mount.clone()).collect();
        match self.byte() % 4 {
            0 => container["securityContext"] = json!({"runAsUser": self.byte()}),
            1 => container["env"] = json!([{"name": "AWS_REGION", "value": "eu"}]),
            2 => container["volumeMounts"] = Value::Null,
            _ => {}
        }
        container
    }

    fn pod(&mut self) -> Value {
        let names = ["app", "log", "vault-agent", "istio-proxy", "app"];
        let containers: Vec<Value> = (0..self.byte() % 4).map(|at| self.container(names[at])).collect();
        let names = ["init", "vault-agent-init", "istio-proxy", "vault-agent"];
        let init: Vec<Value> = (0..self.byte() % 4).map(|at| self.container(names[at])).collect();
        let volumes = [
            json!([{"name": "api", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}, {"name": "own-token", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}}]),
            json!([]),
            Value::Null,
            json!([{"name": "vault-secrets", "emptyDir": {}}, {"name": "home-init", "emptyDir": {"medium": "Memory"}}]),
        ];
        let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "annotations": self.annotations()},
            "spec": {"containers": containers, "initContainers": init, "volumes": volumes[self.byte() % volumes.len()]}});
        match self.byte() % 6 {
            0 => pod["spec"]["hostNetwork"] = json!(true),
            1 => pod["spec"]["shareProcessNamespace"] = json!(false),
            2 => pod["spec"]["resources"] = json!({"limits": {"cpu": "1"}}),
            3 => pod["spec"]["initContainers"] = Value::Null,
            _ => {}
        }
        pod
    }
}

fn check(state: &State, body: &[u8]) {
    let review = answer(state, body);
    let response = &review["response"];
    assert!(response["allowed"].is_boolean() && response["uid"].is_string());
    assert_ne!(response["status"]["code"], 500, "a panic was caught");
}

/// The pod after its patch, if there is one.
fn patched(state: &State, pod: &Value) -> Option<Value> {
    let subject = Subject {
        pod,
        namespace: "ns",
        inherited: &[],
    };
    let Outcome::Patched { patch, .. } = mutate(&subject, &state.defaults.load()) else {
        return None;
    };
    let mut patched = pod.clone();
    json_patch::patch(&mut patched, &patch).expect("the patch applies");
    Some(patched)
}

/// What another webhook might do to an injected pod.
fn disturb(source: &mut Source<'_>, pod: &mut Value) {
    for _ in 0..source.byte() % 4 {
        let list = source.one(&["containers", "initContainers", "volumes"]);
        let Some(items) = pod["spec"][list].as_array_mut().filter(|items| !items.is_empty()) else {
            continue;
        };
        let (at, other) = (source.byte() % items.len(), source.byte() % items.len());
        match source.byte() % 6 {
            0 => drop(items.remove(at)),
            1 => items.swap(at, other),
            2 => items.insert(at, json!({"name": "late", "image": "i"})),
            3 => {
                let members = items[at].as_object_mut().unwrap();
                let field = members.keys().nth(other % members.len().max(1)).cloned();
                members.remove(&field.unwrap_or_default());
            }
            _ => {
                let field = source.one(&["volumeMounts", "env"]);
                let entries = items[at].get_mut(field).and_then(Value::as_array_mut);
                if let Some(entries) = entries.filter(|entries| !entries.is_empty()) {
                    entries.remove(other % entries.len());
                }
            }
        }
    }
}

fn inject(state: &State, source: &mut Source<'_>, pod: &Value) {
    let Some(mut pod) = patched(state, pod) else {
        return;
    };
    assert_eq!(patched(state, &pod), None, "a pod nobody touched is repaired");
    disturb(source, &mut pod);
    if let Some(repaired) = patched(state, &pod) {
        assert_eq!(patched(state, &repaired), None, "the repair is not the end of it");
    }
}

fuzz_target!(|data: &[u8]| {
    let mut source = Source(data);
    let state = &STATES[source.byte() % STATES.len()];
    check(state, data);
    let pod = source.pod();
    check(state, review(&pod, "ns", "u").to_string().as_bytes());
    inject(state, &mut source, &pod);
});
