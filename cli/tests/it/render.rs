//! `coffret render` from outside.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use crate::program::{Finished, coffret, run};

const FIXTURES: &str = r#"{
  "kv/data/app": { "data": { "data": { "password": "p<w>", "port": 5432.0 }, "metadata": { "version": 3 } } },
  "LIST kv/metadata": { "data": { "keys": ["b", "a/"] } },
  "gone": null,
  "odd": [1]
}"#;

fn render(template: &str, name: &str, more: &[&str]) -> Finished {
    let directory = tempfile::tempdir().unwrap();
    let (file, fixtures) = (directory.path().join(name), directory.path().join("fixtures.json"));
    fs::write(&file, template).unwrap();
    fs::write(&fixtures, FIXTURES).unwrap();
    let arguments = [
        "render",
        "-t",
        file.to_str().unwrap(),
        "--secrets",
        fixtures.to_str().unwrap(),
    ];
    run(&[&arguments[..], more].concat())
}

#[test]
fn go_templates_render_from_fixtures_to_exact_bytes() {
    let template =
        r#"{{ with secret "kv/app" }}{{ .Data.data.password }}:{{ .Data.data.port }}{{ end }} {{ secrets "kv" }}"#;
    assert_eq!(render(template, "t.tpl", &[]).succeeded(), "p<w>:5432.0 [a/ b]");
}

#[test]
fn handlebars_is_chosen_by_extension_or_flag() {
    let template = r#"{{#with (secret "kv/data/app")}}{{data.data.password}}{{/with}}"#;
    assert_eq!(render(template, "t.hbs", &[]).succeeded(), "p<w>");
    assert_eq!(render(template, "t", &["--syntax", "handlebars"]).succeeded(), "p<w>");
}

#[test]
fn delimiters_and_missing_keys_are_options() {
    let delimiters = ["--left-delimiter", "[[", "--right-delimiter", "]]"];
    assert_eq!(render("[[ 1 ]]{{", "t", &delimiters).succeeded(), "1{{");
    let missing = r#"{{ with secret "kv/data/app" }}{{ .Data.data.nope }}{{ end }}"#;
    assert_eq!(render(missing, "t", &[]).succeeded(), "<no value>");
    let message = render(missing, "t", &["--error-on-missing-key"]).failed();
    assert!(message.contains(r#"map has no entry for key "nope""#), "{message}");
}

#[test]
fn a_missing_key_is_told_beside_the_output() {
    let template = r#"{{ with secret "kv/app" }}{{ .Data.password }}{{ end }}"#;
    let finished = render(template, "t.tpl", &[]);
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), "<no value>"));
    assert!(
        finished.stderr.starts_with("Warning: ")
            && finished
                .stderr
                .contains("t.tpl:1:29, {{.Data.password}} prints <no value>"),
        "{}",
        finished.stderr
    );
    assert_eq!(render("{{ print 1 }}", "t.tpl", &[]).stderr, "");
}

#[test]
fn errors_name_file_line_and_column_and_print_nothing() {
    let finished = render("line one\n{{ if }}", "broken.tpl", &[]);
    assert_eq!(finished.stdout, "");
    let message = finished.failed();
    assert!(
        message.contains("broken.tpl:2:6: parse: template: :2: missing value for if"),
        "{message}"
    );
    let message = render("\n{{ divide 0 1 }}", "broken.tpl", &[]).failed();
    assert!(message.contains("template: :2:3: executing"), "{message}");
}

#[test]
fn requests_without_a_fixture_are_named() {
    let message = render(r#"{{ with secret "kv/data/other" }}x{{ end }}"#, "t", &[]).failed();
    assert!(
        message.contains("vault.read(kv/data/other)") && message.contains("fixtures.json"),
        "{message}"
    );
    assert!(message.contains(r#"hint: add "kv/data/other""#), "{message}");
    let message = render(r#"{{ with secret "odd" }}x{{ end }}"#, "t", &[]).failed();
    assert!(
        message.contains("the fixture for vault.read(odd): response is not a secret"),
        "{message}"
    );
    let message = render(r#"{{ with secret "gone" }}x{{ end }}"#, "t", &[]).failed();
    assert!(message.contains("no secret exists at gone"), "{message}");
}

#[test]
fn the_template_may_come_from_standard_input() {
    let mut child = coffret(&["render", "-t", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"{{ 1 | add 1 }}").unwrap();
    let finished = Finished::from(child.wait_with_output().unwrap());
    assert_eq!(finished.succeeded(), "2");
}

#[test]
fn files_that_are_not_there_or_not_json_are_named() {
    assert!(
        run(&["render", "-t", "/nowhere/t.tpl"])
            .failed()
            .contains("/nowhere/t.tpl")
    );
    let directory = tempfile::tempdir().unwrap();
    let fixtures = directory.path().join("f.json");
    fs::write(&fixtures, "{\n  \"a\": }").unwrap();
    let message = run(&["render", "-t", "/dev/null", "--secrets", fixtures.to_str().unwrap()]).failed();
    assert!(message.contains("f.json") && message.contains("line 2"), "{message}");
}
