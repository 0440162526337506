//! Golden files: `NAME.in.json` is a pod with settings, `NAME.out.json` what becomes of it. They are found by
//! glob. `COFFRET_BLESS=1` writes the expected side anew, to be read before it is committed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use coffret_config::annotations::table::{Annotation, Form, TABLE};
use coffret_config::annotations::{Origin, Prefix, Subject};
use coffret_injector::settings::Settings;
use coffret_injector::{Outcome, mutate};
use serde_json::{Value, json};

use crate::pod_security;

pub fn inputs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(".in.json"))
        .collect();
    found.sort();
    found
}

fn annotations(input: &Value, place: &str) -> BTreeMap<String, String> {
    let all = input.pointer(place).and_then(Value::as_object);
    all.into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
        .collect()
}

/// The injector's settings of an input.
pub fn settings(input: &Value) -> Settings {
    let variable = |name: &str| input["settings"][name].as_str().map(str::to_owned);
    let args: Vec<String> = input["args"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|arg| arg.as_str().unwrap().to_owned())
        .collect();
    Settings::lenient(&args, &variable).unwrap()
}

/// What becomes of a pod with an input's settings.
pub fn decide(input: &Value, pod: &Value) -> Outcome {
    let settings = settings(input);
    let (namespace, account) = (
        annotations(input, "/inherited/namespace"),
        annotations(input, "/inherited/service_account"),
    );
    let inherited = [(Origin::Namespace, &namespace), (Origin::ServiceAccount, &account)];
    let subject = Subject {
        pod,
        namespace: input["namespace"].as_str().unwrap(),
        inherited: &inherited,
    };
    mutate(&subject, &settings.defaults)
}

/// The agent configurations inside a patched pod, readable.
fn configurations(pod: &Value) -> Value {
    let mut found = serde_json::Map::new();
    for list in ["/spec/initContainers", "/spec/containers"] {
        for container in pod.pointer(list).and_then(Value::as_array).into_iter().flatten() {
            for variable in container["env"].as_array().into_iter().flatten() {
                let name = variable["name"].as_str().unwrap_or_default();
                if let (true, Some(value)) = (
                    name == "VAULT_CONFIG" || name == "BAO_CONFIG",
                    variable["value"].as_str(),
                ) {
                    let text = STANDARD.decode(value).unwrap();
                    found.insert(
                        container["name"].as_str().unwrap().to_owned(),
                        serde_json::from_slice(&text).unwrap(),
                    );
                }
            }
        }
    }
    Value::Object(found)
}

fn report(outcome: &Outcome, pod: &Value) -> Value {
    match outcome {
        Outcome::Patched {
            patch,
            warnings,
            injection,
            inherited,
        } => {
            let mut patched = pod.clone();
            json_patch::patch(&mut patched, patch).unwrap();
            let inherited: BTreeMap<_, _> = inherited.iter().map(|(key, origin)| (key, origin.text())).collect();
            let configurations = configurations(&patched);
            json!({"outcome": "patched", "injection": injection.text(), "warnings": warnings, "inherited": inherited,
                   "configurations": configurations, "pod": patched})
        }
        Outcome::Skipped { reason, warnings } => {
            json!({"outcome": "skipped", "reason": reason.text(), "warnings": warnings})
        }
        Outcome::Refused { message, hint, .. } => json!({"outcome": "refused", "message": message, "hint": hint}),
    }
}

pub fn load(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn pods_become_what_the_golden_files_say() {
    let bless = std::env::var_os("COFFRET_BLESS").is_some();
    let mut wrong = Vec::new();
    let inputs = inputs();
    assert!(inputs.len() >= 250, "only {} golden files found", inputs.len());
    for path in inputs {
        let input = load(&path);
        let got = report(&decide(&input, &input["pod"]), &input["pod"]);
        let expected = PathBuf::from(path.to_string_lossy().replace(".in.json", ".out.json"));
        if bless {
            std::fs::write(&expected, format!("{}\n", serde_json::to_string_pretty(&got).unwrap())).unwrap();
        } else if !expected.exists() || load(&expected) != got {
            wrong.push(format!(
                "{}: {}",
                path.file_name().unwrap().to_string_lossy(),
                serde_json::to_string_pretty(&got).unwrap()
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} golden files differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn the_same_pod_always_gets_the_same_patch() {
    for path in inputs() {
        let input = load(&path);
        assert_eq!(
            decide(&input, &input["pod"]),
            decide(&input, &input["pod"]),
            "{}",
            path.display()
        );
    }
}

#[test]
fn a_second_look_changes_nothing() {
    for path in inputs() {
        let input = load(&path);
        let first = report(&decide(&input, &input["pod"]), &input["pod"]);
        if first["outcome"] == "patched" {
            let second = report(&decide(&input, &first["pod"]), &first["pod"]);
            assert_eq!(second["outcome"], "skipped", "{}", path.display());
        }
    }
}

#[test]
fn what_was_restricted_stays_restricted() {
    let mut checked = 0;
    for path in inputs() {
        let input = load(&path);
        let outcome = report(&decide(&input, &input["pod"]), &input["pod"]);
        // Asked for by annotation or setting: no security context, or a patch that takes it away.
        let own_risk = path.to_string_lossy().contains("no-security-context");
        if outcome["outcome"] == "patched" && !own_risk && pod_security::violations(&input["pod"]).is_empty() {
            assert_eq!(
                pod_security::violations(&outcome["pod"]),
                Vec::<String>::new(),
                "{}",
                path.display()
            );
            checked += 1;
        }
    }
    assert!(checked >= 150, "only {checked} pods were restricted to begin with");
}

/// The mode a golden file shows, by the containers its pod got.
fn mode_of(expected: &Value) -> Option<&'static str> {
    match expected["injection"].as_str()? {
        "native" => Some("native"),
        "init_only" => Some("init"),
        "init_and_sidecar" | "sidecar_only" => Some("classic"),
        _ => None,
    }
}

/// Whether a pod carries an annotation of the table, under whichever prefix.
fn carries(pod: &Value, row: &Annotation) -> bool {
    let names = pod.pointer("/metadata/annotations").and_then(Value::as_object);
    let keys = names
        .into_iter()
        .flatten()
        .filter_map(|(name, _)| Prefix::split(name).map(|(_, key)| key));
    let named = |key: &str| {
        key.strip_prefix(row.key)
            .is_some_and(|rest| rest.starts_with('-') && rest.len() > 1)
    };
    keys.into_iter().any(|key| match row.form {
        Form::Single => key == row.key,
        Form::PerSecret | Form::PerParameter => named(key),
        Form::Both => key == row.key || named(key),
    })
}

#[test]
fn every_annotation_of_the_table_is_covered_in_every_mode() {
    let mut seen: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for path in inputs() {
        let expected = load(&PathBuf::from(path.to_string_lossy().replace(".in.json", ".out.json")));
        if let Some(mode) = mode_of(&expected) {
            seen.entry(mode).or_default().push(load(&path)["pod"].take());
        }
    }
    let mut missing = Vec::new();
    for mode in ["classic", "native", "init"] {
        let uncovered = TABLE
            .iter()
            .filter(|row| !seen[mode].iter().any(|pod| carries(pod, row)));
        missing.extend(uncovered.map(|row| format!("{mode}: {}", row.key)));
    }
    assert!(
        missing.is_empty(),
        "no injected golden pod has:\n{}",
        missing.join("\n")
    );
}
