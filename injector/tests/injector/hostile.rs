//! Annotation values come from anyone who may create a pod. Whatever they hold, they are refused by name or stay
//! data: the containers, scripts and agent configurations have the same shape as with a harmless word.

use std::process::Command;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use coffret_config::annotations::table::{Annotation, Form, Grammar, TABLE};
use coffret_injector::Outcome;
use coffret_injector::offline::review;
use coffret_injector::webhook::{State, answer};
use serde_json::{Value, json};

use crate::reinvocation::decide;
use crate::webhook::{pod, settings};

/// Text that means something to HCL, JSON, Go templates, shells, paths or terminals.
const HOSTILE: [&str; 32] = [
    "\"",
    "'",
    "\\",
    "\"}}]",
    "\n}\nvault { address = \"https://evil\" }\n",
    "\r\n\r\nx",
    "${HOME}",
    "${env.HOME}",
    "%{ if true }x%{ endif }",
    "<<EOT\nx\nEOT",
    "/* x */ # y // z",
    "$(id)",
    "`id`",
    "; id #",
    "' ; id ; '",
    "\" ; id ; \"",
    "a && b || c | d > /e < f &",
    "*?[a-z]~!",
    "{{ env \"HOME\" }}",
    "}}{{",
    "{\"op\":\"add\"}",
    "[{\"op\"",
    "../../../etc/passwd",
    "x/../../../../etc/passwd",
    "/etc/../../proc/self/environ",
    "-flag",
    "--",
    "\u{0}",
    "\u{1b}[31m",
    "\u{202e}\u{2028}\u{feff}",
    "1e999999",
    "0x1p-2",
];

const HARMLESS: &str = "harmless";

/// A value that a grammar takes.
fn harmless(grammar: Grammar) -> &'static str {
    match grammar {
        Grammar::Bool => "true",
        Grammar::Int | Grammar::Uint | Grammar::Float | Grammar::Quantity => "1000",
        Grammar::Duration => "1s",
        Grammar::Word(words) => words.first().copied().unwrap_or_default(),
        Grammar::Csv | Grammar::JsonPatch | Grammar::Text => HARMLESS,
    }
}

/// The name a row has on a pod, without prefix.
fn key(row: &Annotation) -> String {
    match row.form {
        Form::Single | Form::Both => row.key.to_owned(),
        Form::PerSecret | Form::PerParameter => format!("{}-x", row.key),
    }
}

fn with(row: &Annotation, mode: &str, value: &str) -> Value {
    let mut all = json!({"coffret.dev/agent-inject": "true", "coffret.dev/role": "r", "coffret.dev/agent-mode": mode,
        "coffret.dev/agent-inject-secret-x": "s", "coffret.dev/agent-revoke-on-shutdown": "true"});
    all[format!("coffret.dev/{}", key(row))] = json!(value);
    pod(&all)
}

/// The patched pod with its agents' configurations readable, or the refusal with its hint.
fn result(pod: &Value) -> Result<Value, String> {
    match decide(pod) {
        Outcome::Patched { patch, .. } => {
            let mut patched = pod.clone();
            json_patch::patch(&mut patched, &patch).unwrap();
            patched["metadata"]["annotations"] = Value::Null;
            Ok(opened(&patched))
        }
        Outcome::Skipped { .. } => Ok(Value::Null),
        Outcome::Refused { message, hint, .. } => Err(format!("{message} {}", hint.unwrap_or_default())),
    }
}

/// A value with every generated configuration in it as JSON.
fn opened(value: &Value) -> Value {
    match value {
        Value::Object(members) if members.get("name") == Some(&json!("VAULT_CONFIG")) => {
            let text = STANDARD.decode(members["value"].as_str().unwrap()).unwrap();
            serde_json::from_slice(&text).expect("the configuration is JSON")
        }
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| (key.clone(), opened(value)))
            .collect(),
        Value::Array(items) => items.iter().map(opened).collect(),
        other => other.clone(),
    }
}

/// A value without its texts; what is run by a shell stays, but for the quoted words of a revocation.
fn shape(value: &Value, path: &str) -> Value {
    match value {
        Value::Object(members) => {
            let below = |key: &String| format!("{path}/{key}");
            members
                .iter()
                .map(|(key, value)| (key.clone(), shape(value, &below(key))))
                .collect()
        }
        Value::Array(items) => items.iter().map(|item| shape(item, path)).collect(),
        Value::String(_) if path.ends_with("/args") || path.ends_with("Container/command") => value.clone(),
        Value::String(_) => json!("text"),
        other => other.clone(),
    }
}

#[test]
fn no_value_of_any_annotation_becomes_structure() {
    for row in TABLE.iter().filter(|row| row.grammar != Grammar::JsonPatch) {
        for mode in ["classic", "native"] {
            let harmless = result(&with(row, mode, harmless(row.grammar)));
            for value in HOSTILE {
                let case = || format!("{} in {mode} mode with {value:?}", key(row));
                match (result(&with(row, mode, value)), &harmless) {
                    (Err(refusal), _) => assert!(refusal.contains(row.key), "{}: {refusal}", case()),
                    (Ok(hostile), Ok(harmless)) => {
                        assert_eq!(shape(&hostile, ""), shape(harmless, ""), "{}", case());
                    }
                    (Ok(_), Err(refusal)) => panic!("{} is taken, a word is not: {refusal}", case()),
                }
            }
        }
    }
}

#[test]
fn a_patch_that_is_none_is_refused_by_name() {
    for row in TABLE.iter().filter(|row| row.grammar == Grammar::JsonPatch) {
        for value in HOSTILE {
            if let Err(refusal) = result(&with(row, "native", value)) {
                assert!(refusal.contains(row.key), "{} with {value:?}: {refusal}", row.key);
            } else {
                panic!("{} takes {value:?}", row.key);
            }
        }
    }
}

/// What a shell makes of the words after `token revoke`.
fn words(script: &str) -> Vec<String> {
    let words = script.split_once("token revoke ").unwrap().1;
    let output = Command::new("/bin/sh")
        .args(["-c", &format!("printf '%s\\0' {words}")])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_terminator('\0').map(str::to_owned).collect()
}

#[test]
fn a_shell_takes_the_words_of_a_revocation_as_they_are_written() {
    let flags = [
        ("service", "address"),
        ("ca-cert", "ca-cert"),
        ("ca-path", "ca-path"),
        ("client-cert", "client-cert"),
        ("client-key", "client-key"),
        ("tls-server-name", "tls-server-name"),
        ("namespace", "namespace"),
    ];
    let flags = flags.map(|(key, flag)| (TABLE.iter().find(|row| row.key == key).unwrap(), flag));
    for (row, flag) in flags {
        for value in HOSTILE.into_iter().filter(|value| !value.contains('\0')) {
            let pod = result(&with(row, "classic", value)).unwrap();
            let hook = pod.pointer("/spec/containers/1/lifecycle/preStop/exec/command/2");
            let words = words(hook.and_then(Value::as_str).unwrap());
            assert!(words.contains(&format!("-{flag}={value}")), "{value:?}: {words:?}");
            assert!(words.iter().all(|word| word.starts_with('-')), "{value:?}: {words:?}");
        }
    }
}

fn state() -> Arc<State> {
    let settings = settings(&[]);
    Arc::new(State::new(settings.defaults.clone(), &settings.serve))
}

#[test]
fn a_megabyte_in_any_annotation_is_answered() {
    let (state, huge) = (state(), "9".repeat(1 << 20));
    for row in TABLE {
        let answer = answer(
            &state,
            review(&with(row, "native", &huge), "shop", "u").to_string().as_bytes(),
        );
        assert_eq!(answer["response"]["uid"], "u", "{}", row.key);
        assert_ne!(answer["response"]["status"]["code"], 500, "{}", row.key);
    }
}

#[test]
fn escapes_and_bytes_that_are_no_text_are_refused() {
    let state = state();
    for row in TABLE {
        let body = review(&with(row, "native", HARMLESS), "shop", "u").to_string();
        for broken in [
            &b"\\ud800"[..],
            b"\\udc00\\ud800",
            b"\\x41",
            b"\\u12",
            b"\xff\xfe",
            b"\xc0\x80",
            b"\xed\xa0\x80",
        ] {
            let (before, behind) = body.split_once(HARMLESS).unwrap();
            let answer = answer(&state, &[before.as_bytes(), broken, behind.as_bytes()].concat());
            assert_eq!(answer["response"]["allowed"], false, "{} with {broken:?}", row.key);
            assert_eq!(answer["kind"], "AdmissionReview", "{} with {broken:?}", row.key);
        }
    }
}
