//! What a pass asks for, when it has an output, and what its errors show.

use coffret_templates::{Options, Request, Syntax, Template};

use super::world::{World, go, outcome, strict, text};

fn parsed(template: &str) -> Template {
    Template::parse(template, Syntax::Go, Options::default()).unwrap()
}

#[test]
fn a_pass_without_all_answers_has_no_output_and_no_error() {
    let template = "{{ (secret \"kv/data/app\").Data.x | toUpper }}{{ with secret \"b\" }}{{ .Nope }}{{ end }}";
    let rendered = parsed(template).render(&mut World::default()).unwrap();
    // The error in the first action ends the pass, so that the second request is not seen yet.
    assert_eq!(text(&rendered), "missing vault.read(kv/data/app)");
    assert_eq!(rendered.used, rendered.missing);
}

#[test]
fn requests_are_asked_once_and_noted_in_order() {
    let mut world = World::with(&[
        ("vault.read(a)", r#"{"data":{"x":"1"}}"#),
        ("vault.read(a.v2)", r#"{"data":{"x":"2"}}"#),
        ("vault.list(l)", r#"{"data":{"keys":["z","a/"]}}"#),
    ]);
    let template = parsed(
        "{{ range secrets \"l/\" }}{{ . }},{{ end }}{{ with secret \"/a\" }}{{ .Data.x }}{{ end }}\
                           {{ with secret \"a?version=2\" }}{{ .Data.x }}{{ end }}{{ with secret \"a\" }}{{ .Data.x }}{{ end }}",
    );
    assert_eq!(text(&template.render(&mut world).unwrap()), "a/,z,121");
    assert_eq!(world.asked, ["vault.list(l)", "vault.read(a)", "vault.read(a.v2)"]);
}

#[test]
fn parameters_tell_requests_apart() {
    let template = parsed(
        "{{ secret \"a?list=1\" }}{{ secret \"a?list=2\" }}{{ secret \"w\" \"k=1\" }}{{ secret \"w\" \"k=2\" }}",
    );
    let used = template.render(&mut World::default()).unwrap().used;
    assert_eq!(used.len(), 4);
    let query = |value: &str| vec![("list".to_owned(), value.to_owned())];
    assert_eq!(
        used[0],
        Request::Read {
            path: "a".to_owned(),
            query: query("1")
        }
    );
    assert_eq!(
        used[1],
        Request::Read {
            path: "a".to_owned(),
            query: query("2")
        }
    );
}

#[test]
fn the_first_place_that_prints_no_value_is_told() {
    let no_value = |template: &str| {
        let mut world = World::with(&[("vault.read(a)", r#"{"data":{"x":"1","none":null}}"#)]);
        parsed(template).render(&mut world).unwrap().no_value
    };
    for (template, place) in [
        ("{{ with secret \"a\" }}{{ .Data.x }}{{ end }}", None),
        (
            "line\n  {{ with secret \"a\" }}{{ .Data.y }}{{ .Data.z }}{{ end }}",
            Some("2:26, {{.Data.y}}"),
        ),
        (
            "{{ with secret \"a\" }}{{ .Data.none }}{{ end }}",
            Some("1:24, {{.Data.none}}"),
        ),
        (
            "{{ define \"t\" }}{{ . }}{{ end }}{{ template \"t\" }}",
            Some("1:19, {{.}}"),
        ),
        // What a user writes is not what a key lacks.
        ("<no value>{{ print nil }}{{ html nil }}", None),
        ("{{ $x := true }}{{ or $x \"y\" }}", None),
    ] {
        assert_eq!(no_value(template).as_deref(), place, "{template}");
    }
}

#[test]
fn a_secret_that_does_not_exist_is_an_error_once_nothing_is_missing() {
    let template = "{{ with secret \"kv/data/none\" }}{{ .Data.x }}{{ else }}none{{ end }}";
    let mut world = World::with(&[("vault.read(kv/data/none)", "")]);
    let error = outcome(template, Syntax::Go, Options::default(), &mut world).unwrap_err();
    assert_eq!(error, "vault.read(kv/data/none): no secret exists at kv/data/none");
    let both = format!("{template}{{{{ secret \"other\" }}}}");
    let missing = outcome(&both, Syntax::Go, Options::default(), &mut world);
    assert_eq!(missing.as_deref(), Ok("missing vault.read(other)"));
}

#[test]
fn a_list_that_does_not_exist_is_empty() {
    let mut world = World::with(&[("vault.list(kv/none)", "")]);
    let out = outcome(
        "{{ secrets \"kv/none\" }}{{ len (secrets \"kv/none\") }}",
        Syntax::Go,
        strict(),
        &mut world,
    );
    assert_eq!(out.as_deref(), Ok("[]0"));
}

#[test]
fn what_a_template_changes_in_a_secret_stays_in_the_pass() {
    let template = parsed(
        "{{ with secret \"kv/data/app\" }}{{ $_ := sprig_set .Data \"x\" \"new\" }}{{ end }}\
                           {{ with secret \"kv/data/app\" }}{{ .Data.x }}{{ end }}",
    );
    let mut world = World::with_app("{}");
    for _ in 0..2 {
        assert_eq!(text(&template.render(&mut world).unwrap()), "new");
    }
    let plain = parsed("{{ with secret \"kv/data/app\" }}{{ .Data.x }}{{ end }}");
    assert_eq!(text(&plain.render(&mut world).unwrap()), "<no value>");
}

#[test]
fn data_that_contains_itself_is_an_error_where_it_is_walked_over() {
    let own = "{{ $m := sprig_dict \"a\" 1 }}{{ $_ := sprig_set $m \"self\" $m }}";
    for walk in [
        "{{ $m }}",
        "{{ toJSON $m }}",
        "{{ printf \"%v\" $m }}",
        "{{ sprig_deepCopy $m }}",
    ] {
        let error = go(&format!("{own}{walk}")).unwrap_err();
        assert!(error.starts_with("execute: template: :1:"), "{walk}: {error}");
    }
    assert_eq!(go(&format!("{own}{{{{ len $m }}}}")).as_deref(), Ok("2"));
    assert_eq!(go("{{ scratch.Set \"s\" scratch }}ok").as_deref(), Ok("ok"));
}

#[test]
fn no_text_of_a_secret_appears_in_an_error() {
    const SECRETS: &str = r#"{"plain":"hunter2secret","nested":{"list":["deeply-hidden",{"k":"quo\"ted\nvalue"}]}}"#;
    for template in [
        "{{ with secret \"kv/data/app\" }}{{ parseInt .Data.data.plain }}{{ end }}",
        "{{ with secret \"kv/data/app\" }}{{ range .Data.data.plain }}{{ end }}{{ end }}",
        "{{ with secret \"kv/data/app\" }}{{ sprig_fail (print \"x\" .Data.data.plain \"y\") }}{{ end }}",
        "{{ with secret \"kv/data/app\" }}{{ eq .Data.data.nested.list .Data.data.nested.list }}{{ end }}",
        "{{ with secret \"kv/data/app\" }}{{ parseBool (index .Data.data.nested.list 1).k }}{{ end }}",
    ] {
        let error = outcome(template, Syntax::Go, Options::default(), &mut World::with_app(SECRETS)).unwrap_err();
        assert!(error.contains("[redacted]"), "{template}: {error}");
        for part in ["hunter2", "deeply", "ted\\nvalue", "ted\nvalue"] {
            assert!(!error.contains(part), "{template}: {error}");
        }
    }
}

#[test]
fn redaction_leaves_the_template_readable() {
    let error = outcome(
        "{{ with secret \"kv/data/app\" }}{{ .Data.data.none.deeper }}{{ end }}",
        Syntax::Go,
        Options::default(),
        &mut World::with_app(r#"{"x":"deep","none":null}"#),
    );
    assert!(
        error
            .unwrap_err()
            .ends_with("nil pointer evaluating interface {}.deeper")
    );
}

#[test]
fn debug_output_shows_no_values() {
    let mut world = World::with_app(r#"{"x":"hunter2"}"#);
    let rendered = parsed("{{ with secret \"kv/data/app\" }}{{ .Data.data.x }}{{ end }}")
        .render(&mut world)
        .unwrap();
    assert_eq!(text(&rendered), "hunter2");
    let write = parsed("{{ secret \"w\" \"password=hunter2\" }}")
        .render(&mut world)
        .unwrap();
    assert!(!format!("{rendered:?} {:?}", write.used[0].to_string()).contains("hunter2"));
}

#[test]
fn a_long_error_is_cut_without_showing_part_of_a_secret() {
    let secret = "ab".repeat(100);
    let body = format!(r#"{{"x":"{secret}"}}"#);
    let template = "{{ with secret \"kv/data/app\" }}{{ $x := .Data.data.x }}{{ range loop 12 }}{{ $x = print $x $x }}{{ end }}\
                    {{ sprig_fail $x }}{{ end }}";
    let error = outcome(template, Syntax::Go, Options::default(), &mut World::with_app(&body)).unwrap_err();
    assert!(
        error.contains("[redacted]") && !error.contains("abab") && error.len() < 100_000,
        "{}",
        error.len()
    );
}

#[test]
fn a_response_without_an_envelope_is_all_data() {
    let mut world = World::with(&[("vault.read(sys/seal-status)", r#"{"sealed":false,"version":"1.2"}"#)]);
    let template = parsed("{{ with secret \"sys/seal-status\" }}{{ .Data.version }} {{ .Data.sealed }}{{ end }}");
    assert_eq!(text(&template.render(&mut world).unwrap()), "1.2 false");
}

#[test]
fn a_number_at_the_top_of_a_secret_is_hidden_in_errors() {
    let mut world = World::with(&[("vault.read(a)", r#"{"data":{"pin":482913}}"#)]);
    let template = parsed("{{ with secret \"a\" }}{{ add 1 .Data.pin }}{{ end }}");
    let error = template.render(&mut world).unwrap_err().to_string();
    assert!(
        error.contains("unknown type for \"[redacted]\"") && !error.contains("482913"),
        "{error}"
    );
}
