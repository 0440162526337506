//! The Handlebars dialect.

use coffret_templates::{Limits, Options, Syntax};

use super::world::{World, limited, outcome, strict};

const APP: &str = r#"{"user":"alice","password":"p<&>\"q","port":5432,"ratio":1.50,"big":123456789012345678901234567890,
    "hosts":["a","b"],"my-key":"hy","env":"prod","zero":0,"none":null}"#;

fn app(template: &str) -> Result<String, String> {
    outcome(
        template,
        Syntax::Handlebars,
        Options::default(),
        &mut World::with_app(APP),
    )
}

fn inside(template: &str) -> Result<String, String> {
    app(&format!(
        "{{{{#with (secret \"kv/data/app\")}}}}{template}{{{{/with}}}}"
    ))
}

#[track_caller]
fn assert_inside(template: &str, expected: &str) {
    assert_eq!(inside(template).as_deref(), Ok(expected), "{template}");
}

#[test]
fn secrets_have_the_names_of_the_wire() {
    assert_inside("{{data.data.user}}", "alice");
    assert_inside(
        "{{request_id}} {{lease_duration}} {{renewable}} {{data.metadata.version}}",
        "r 0 false 3",
    );
    assert_inside("{{data.data.my-key}} {{lookup data.data \"my-key\"}}", "hy hy");
}

#[test]
fn nothing_is_escaped() {
    assert_inside("{{data.data.password}}|{{{data.data.password}}}", "p<&>\"q|p<&>\"q");
}

#[test]
fn numbers_keep_their_text() {
    assert_inside(
        "{{data.data.port}} {{data.data.ratio}} {{data.data.big}}",
        "5432 1.50 123456789012345678901234567890",
    );
    assert_inside("{{add 1 data.data.port}}", "5433");
}

#[test]
fn functions_are_helpers_with_their_own_names() {
    assert_inside("{{toUpper data.data.user}}", "ALICE");
    assert_inside("{{printf \"%s:%d\" data.data.user data.data.port}}", "alice:5432");
    assert_inside("{{toJSON data.data.hosts}}", "[\"a\",\"b\"]");
    assert_inside("{{join \",\" data.data.hosts}}", "a,b");
    assert_inside("{{#each (split \",\" \"x,y\")}}{{this}};{{/each}}", "x;y;");
    assert_inside("{{base64Encode (toUpper data.data.user)}}", "QUxJQ0U=");
    assert_inside("{{#each (loop 3)}}{{this}}{{/each}}", "012");
    assert_inside("{{field (secret \"kv/data/app\") \"data.data.hosts.1\"}}", "b");
}

#[test]
fn a_key_with_the_name_of_a_function_is_found() {
    assert_inside("{{#with data.data}}{{env}} {{this.env}}{{/with}}", "prod prod");
}

#[test]
fn each_goes_over_maps_in_order_and_lists() {
    assert_inside(
        "{{#each data.data.hosts as |host index|}}{{index}}={{host}} {{/each}}",
        "0=a 1=b ",
    );
    assert_inside("{{#each data.metadata}}{{@key}}={{this}}{{/each}}", "version=3");
    let out = inside("{{#each data.data as |v k|}}{{k}} {{/each}}").unwrap();
    assert_eq!(out, "big env hosts my-key none password port ratio user zero ");
}

#[test]
fn the_scratch_store_lives_for_one_pass() {
    assert_inside("{{scratchSet \"k\" data.data.user}}{{scratchGet \"k\"}}", "alice");
    assert_inside(
        "{{scratchMapSet \"m\" \"b\" 2}}{{scratchMapSet \"m\" \"a\" 1}}{{toJSON (scratchMapValues \"m\")}}",
        "[1,2]",
    );
}

#[test]
fn writes_take_their_fields_by_name() {
    let mut world = World::default();
    let template = "{{#with (secret \"db/creds\" ttl=\"1h\" \"n=2\")}}x{{/with}}";
    let missing = outcome(template, Syntax::Handlebars, Options::default(), &mut world).unwrap();
    let same = "{{ with secret \"db/creds\" \"n=2\" \"ttl=1h\" }}x{{ end }}";
    assert_eq!(
        missing,
        outcome(same, Syntax::Go, Options::default(), &mut world).unwrap()
    );
}

#[test]
fn missing_fields_are_empty_unless_strict() {
    assert_inside("[{{data.data.zz}}]", "[]");
    let template = "{{#with (secret \"kv/data/app\")}}\n{{data.data.zz}}{{/with}}";
    let error = outcome(template, Syntax::Handlebars, strict(), &mut World::with_app(APP)).unwrap_err();
    assert!(error.starts_with("execute: template: :2:"), "{error}");
    assert!(error.contains("data.data.zz"), "{error}");
}

#[test]
fn an_incomplete_pass_has_neither_output_nor_error() {
    let template = "{{#with (secret \"kv/data/app\")}}{{data.data.zz}}{{/with}}{{fail}}";
    let outcome = outcome(template, Syntax::Handlebars, strict(), &mut World::default());
    assert_eq!(outcome.as_deref(), Ok("missing vault.read(kv/data/app)"));
}

#[test]
fn unknown_helpers_are_refused_when_parsed() {
    let error = app("a\n{{toUper \"x\"}}").unwrap_err();
    assert!(error.starts_with("parse: template: :2:"), "{error}");
    assert!(error.contains("helper \"toUper\" not defined"), "{error}");
    assert!(error.ends_with("hint: did you mean \"toUpper\"?"), "{error}");
    assert!(app("{{#nope}}x{{/nope}}").is_err());
    assert!(app("{{#if (nope 1)}}x{{/if}}").is_err());
}

#[test]
fn partials_that_include_themselves_are_refused_when_parsed() {
    for template in [
        "{{#*inline \"a\"}}{{> a}}{{/inline}}{{> a}}",
        "{{#*inline \"a\"}}{{> b}}{{/inline}}{{#*inline \"b\"}}{{#if x}}{{> a}}{{/if}}{{/inline}}{{> a}}",
        "{{#*inline \"a\"}}{{> @partial-block}}{{/inline}}{{#> a}}{{> a}}{{/a}}",
    ] {
        let error = app(template).unwrap_err();
        assert!(error.contains("includes itself"), "{template}: {error}");
    }
    assert!(
        app("{{> (lookup this \"x\")}}")
            .unwrap_err()
            .contains("must be written out")
    );
    assert_eq!(
        app("{{#*inline \"a\"}}<{{x}}>{{/inline}}{{> a x=1}}{{> a x=2}}").as_deref(),
        Ok("<1><2>")
    );
}

#[test]
fn depth_is_limited_before_the_text_is_parsed() {
    for (open, close) in [("{{#if 1}}", "{{/if}}"), ("{{#unless 0}}", "{{/unless}}")] {
        let deep = open.repeat(50_000) + &close.repeat(50_000);
        assert!(app(&deep).unwrap_err().contains("exceeded maximum nesting"), "{open}");
    }
    let parens = format!("{{{{not {} 1{}}}}}", "(not ".repeat(50_000), ")".repeat(50_000));
    assert!(app(&parens).unwrap_err().contains("exceeded maximum nesting"));
    let list = format!("{{{{toJSON {}{}}}}}", "[".repeat(50_000), "]".repeat(50_000));
    assert!(app(&list).unwrap_err().contains("exceeded maximum nesting"));
}

#[test]
fn work_and_output_are_limited() {
    let limits = Limits {
        steps: 10_000,
        output: 1_000,
        ..Limits::default()
    };
    let run = |template: &str| outcome(template, Syntax::Handlebars, limited(limits), &mut World::with_app(APP));
    let loops = "{{#each (loop 1000)}}{{#each (loop 1000)}}{{/each}}{{/each}}";
    assert!(run(loops).unwrap_err().contains("takes too long"), "{loops}");
    assert!(
        run("{{#each (loop 1000)}}xxxxxxxxxx{{/each}}")
            .unwrap_err()
            .contains("output is too large")
    );
}

#[test]
fn secrets_do_not_appear_in_errors() {
    let error = inside("{{parseInt data.data.user}}").unwrap_err();
    assert!(error.contains("[redacted]") && !error.contains("alice"), "{error}");
}

#[test]
fn denied_functions_fail_when_called() {
    let options = Options {
        function_denylist: vec!["to*".to_owned()],
        ..Options::default()
    };
    let run = |template| outcome(template, Syntax::Handlebars, options.clone(), &mut World::default());
    assert!(
        run("{{toUpper \"x\"}}")
            .unwrap_err()
            .contains("error calling toUpper: function is disabled")
    );
    assert_eq!(run("{{#if false}}{{toUpper \"x\"}}{{/if}}ok").as_deref(), Ok("ok"));
}

#[test]
fn numbers_that_json_would_change_stay_numbers_for_functions() {
    let mut world =
        World::with_app(r#"{"ratio":1.50,"big":1e3,"text":"2.50","twin":2.50,"long":123456789012345678901}"#);
    let mut render = |text: &str| {
        let text = format!("{{{{#with (secret \"kv/data/app\")}}}}{text}{{{{/with}}}}");
        outcome(&text, Syntax::Handlebars, Options::default(), &mut world).unwrap()
    };
    assert_eq!(render("{{data.data.ratio}} {{data.data.big}}"), "1.50 1e3");
    assert_eq!(
        render("{{toJSON data.data}}"),
        r#"{"big":1e3,"long":123456789012345678901,"ratio":1.50,"text":"2.50","twin":"2.50"}"#
    );
}
