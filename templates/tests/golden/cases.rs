//! Reading, running and comparing the cases.

use std::path::{Path, PathBuf};

use super::world::{self, World};
use coffret_templates::{Options, Rendered, Syntax, Template};
use serde_json::Value as Json;

/// Everything a case can expect, as one text, so that a difference is easy to read.
fn expected(case: &Json) -> String {
    let text = |key: &str| case[key].as_str().map(|text| format!("{key}: {text}"));
    let missing = || {
        let keys: Vec<&str> = case["missing"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key.as_str().unwrap())
            .collect();
        format!("missing: {}", keys.join(" "))
    };
    text("output")
        .or_else(|| text("output_base64"))
        .or_else(|| text("error"))
        .unwrap_or_else(missing)
}

fn options(case: &Json) -> Options {
    let text = |key: &str| case[key].as_str().unwrap_or_default().to_owned();
    Options {
        left_delimiter: text("left_delimiter"),
        right_delimiter: text("right_delimiter"),
        error_on_missing_key: case["error_on_missing_key"].as_bool().unwrap_or_default(),
        function_denylist: world::texts(&case["function_denylist"]),
        destination: case["destination"].as_str().map(str::to_owned),
        ..Options::default()
    }
}

fn shown(rendered: &Rendered) -> String {
    match &rendered.output {
        None => {
            let keys: Vec<String> = rendered.missing.iter().map(ToString::to_string).collect();
            format!("missing: {}", keys.join(" "))
        }
        Some(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => format!("output: {text}"),
            Err(_) => format!("output_base64: {}", world::base64(bytes)),
        },
    }
}

/// What our engine makes of a case.
fn actual(case: &Json, shared: &Json) -> String {
    let template = match Template::parse(case["template"].as_str().unwrap(), Syntax::Go, options(case)) {
        Ok(template) => template,
        Err(error) => return format!("error: {}", error.text()),
    };
    match template.render(&mut World::new(case, shared)) {
        Ok(rendered) => shown(&rendered),
        Err(error) => format!("error: {}", String::from_utf8_lossy(error.text())),
    }
}

fn files() -> Vec<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let entries = std::fs::read_dir(here).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries
        .filter(|path| path.extension().is_some_and(|kind| kind == "json"))
        .collect();
    files.sort();
    files
}

#[test]
fn every_case_is_rendered_as_consul_template_renders_it() {
    let (mut count, mut differences) = (0, Vec::new());
    for file in files() {
        let content: Json = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        for case in content["cases"].as_array().unwrap() {
            count += 1;
            let (expected, actual) = (expected(case), actual(case, &content));
            if expected != actual {
                let (case, template) = (&case["name"], &case["template"]);
                differences.push(format!(
                    "{name}: {case}\n  {template}\n  - {expected:?}\n  + {actual:?}"
                ));
            }
        }
    }
    assert!(count > 600, "only {count} cases found");
    assert!(
        differences.is_empty(),
        "{} of {count} differ:\n{}",
        differences.len(),
        differences.join("\n")
    );
}
