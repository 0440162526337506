//! Templates in the other language than the one that was said.

use coffret_templates::{Options, Syntax};

use super::world::{World, go, outcome};

#[test]
fn a_go_template_read_as_handlebars_says_so() {
    for template in [
        "{{ with secret \"kv/data/app\" }}{{ .Data.data.password }}{{ end }}",
        "{{- range .x }}{{ . }}{{ end }}",
        "{{ $x := 1 }}{{ $x }}",
    ] {
        let error = outcome(template, Syntax::Handlebars, Options::default(), &mut World::default()).unwrap_err();
        assert!(
            error.contains("was read as handlebars; if it is a Go template, say so: syntax = \"go\""),
            "{template}: {error}"
        );
    }
}

#[test]
fn a_handlebars_template_read_as_go_says_so() {
    for template in [
        "{{#with (secret \"kv/data/app\")}}{{data.data.x}}{{/with}}",
        "{{> part}}",
        "{{{x}}}",
    ] {
        let error = go(template).unwrap_err();
        assert!(
            error.contains(
                "was read as Go's text/template; if it is a Handlebars template, say so: syntax = \"handlebars\""
            ),
            "{template}: {error}"
        );
    }
}

#[test]
fn go_errors_come_first_and_hints_after_them() {
    let error = go("{{ sekret \"x\" }}").unwrap_err();
    assert_eq!(
        error,
        "parse: template: :1: function \"sekret\" not defined\nhint: did you mean \"secret\"?"
    );
    let error = go("{{ keyOrDefault \"a\" \"b\" }}").unwrap_err();
    assert!(
        error.starts_with("parse: template: :1: function \"keyOrDefault\" not defined"),
        "{error}"
    );
    assert!(error.contains("Consul"), "{error}");
    let error = go("{{ .Data.data.my-key }}").unwrap_err();
    assert!(error.contains("index .Data.data \"my-key\""), "{error}");
}

#[test]
fn delimiters_belong_to_go_only() {
    let options = Options {
        left_delimiter: "<<".to_owned(),
        ..Options::default()
    };
    let error = outcome("x", Syntax::Handlebars, options, &mut World::default()).unwrap_err();
    assert!(error.contains("delimiters cannot be changed"), "{error}");
    let usual = Options {
        left_delimiter: "{{".to_owned(),
        right_delimiter: "}}".to_owned(),
        ..Options::default()
    };
    assert_eq!(
        outcome("x", Syntax::Handlebars, usual, &mut World::default()).as_deref(),
        Ok("x")
    );
}
