//! Nothing a template contains may hang, exhaust or abort the process.

use coffret_templates::{Limits, Options, Syntax};

use super::world::{World, go, limited, outcome};

fn small() -> Options {
    limited(Limits {
        steps: 100_000,
        depth: 1_000,
        output: 10_000,
        memory: 100_000,
        ..Limits::default()
    })
}

#[track_caller]
fn assert_refused(template: &str, text: &str) {
    let error = outcome(template, Syntax::Go, small(), &mut World::default()).unwrap_err();
    assert!(error.contains(text), "{template}: {error}");
}

#[test]
fn endless_work_is_refused() {
    assert_refused("{{ range 1000000000000 }}{{ end }}", "takes too long");
    assert_refused(
        "{{ range loop 100000 }}{{ range loop 100000 }}{{ end }}{{ end }}",
        "takes too long",
    );
    assert_refused(
        "{{ define \"a\" }}{{ template \"a\" }}{{ end }}{{ template \"a\" }}",
        "exceeded maximum template depth (1000)",
    );
}

#[test]
fn recursion_may_be_as_deep_as_in_go() {
    let error = go("{{ define \"a\" }}{{ template \"a\" }}{{ end }}{{ template \"a\" }}").unwrap_err();
    assert_eq!(
        error,
        "execute: template: :1:28: executing \"a\" at <{{template \"a\"}}>: exceeded maximum template depth (100000)"
    );
    let nested = "{{ define \"a\" }}{{ executeTemplate \"a\" }}{{ end }}{{ template \"a\" }}";
    assert!(go(nested).unwrap_err().contains("exceeded maximum expression depth"));
}

#[test]
fn large_output_is_refused() {
    assert_refused("{{ range loop 10000 }}0123456789{{ end }}", "output is too large");
    assert_refused("{{ printf \"%100000d\" 1 }}", "too");
    assert_refused("{{ printf \"%1000000d%1000000d%1000000d\" 1 2 3 }}", "too much memory");
    let laughs = "{{ $x := \"ha\" }}{{ range loop 60 }}{{ $x = print $x $x }}{{ end }}{{ len $x }}";
    assert_refused(laughs, "too much memory");
    let lists = "{{ $x := sprig_list \"ha\" }}{{ range loop 60 }}{{ $x = sprig_list $x $x }}{{ end }}{{ print $x }}";
    assert_refused(lists, "too much memory");
}

#[test]
fn deep_data_is_refused_where_it_is_walked_over_and_freed_without_recursion() {
    let deep = "{{ $x := sprig_list }}{{ range loop 20000 }}{{ $x = sprig_list $x }}{{ end }}";
    assert!(
        go(&format!("{deep}{{{{ print $x }}}}"))
            .unwrap_err()
            .contains("nested too deeply")
    );
    assert_eq!(go(&format!("{deep}ok")).as_deref(), Ok("ok"));
}

#[test]
fn deep_templates_are_refused_when_parsed() {
    for (open, close) in [
        ("{{ if 1 }}", "{{ end }}"),
        ("{{ range 1 }}", "{{ end }}"),
        ("{{ block \"a\" . }}", "{{ end }}"),
    ] {
        let template = open.repeat(100_000) + &close.repeat(100_000);
        assert!(
            go(&template)
                .unwrap_err()
                .starts_with("parse: template: :1: exceeded maximum nesting"),
            "{open}"
        );
    }
    let parens = format!("{{{{ {}1{} }}}}", "(".repeat(100_000), ")".repeat(100_000));
    assert_eq!(
        go(&parens).unwrap_err(),
        "parse: template: :1: max expression depth exceeded"
    );
}

#[test]
fn chains_of_else_in_handlebars_are_refused_when_too_long() {
    let chain = |length: usize| {
        format!(
            "{{{{#if a}}}}x{}{{{{else}}}}z{{{{/if}}}}",
            "{{else if a}}y".repeat(length)
        )
    };
    let render = |text: &str| outcome(text, Syntax::Handlebars, Options::default(), &mut World::default());
    assert_eq!(render(&chain(60)).as_deref(), Ok("z"));
    for length in [100, 100_000] {
        let error = render(&chain(length)).unwrap_err();
        assert!(error.contains("exceeded maximum nesting"), "{error}");
    }
    let spaced = format!("{}x", "{{ \n #if a}}".repeat(100));
    assert!(render(&spaced).unwrap_err().contains("exceeded maximum nesting"));
}

#[test]
fn depth_that_people_write_is_fine() {
    let nested = "{{ if 1 }}".repeat(150) + "x" + &"{{ end }}".repeat(150);
    assert_eq!(go(&nested).as_deref(), Ok("x"));
    let parens = format!("{{{{ {}1{} }}}}", "(".repeat(150), ")".repeat(150));
    assert_eq!(go(&parens).as_deref(), Ok("1"));
    let calls = format!("{{{{ {}1{} }}}}", "(print ".repeat(150), ")".repeat(150));
    assert_eq!(go(&calls).as_deref(), Ok("1"));
    let chain = format!(
        "{{{{ if 0 }}}}{}{{{{ else }}}}y{{{{ end }}}}",
        "{{ else if 0 }}x".repeat(5_000)
    );
    assert_eq!(go(&chain).as_deref(), Ok("y"));
}

#[test]
fn cost_grows_with_the_output_only() {
    // A loop that costs a fixed number of steps per round passes at each size with the limit scaled alike.
    for size in [100_u64, 1_000, 10_000] {
        let limits = Limits {
            steps: size * 12 + 100,
            ..Limits::default()
        };
        let template = format!("{{{{ range $i, $e := loop {size} }}}}{{{{ $i }}}}={{{{ $e }}}}\n{{{{ end }}}}");
        assert!(
            outcome(&template, Syntax::Go, limited(limits), &mut World::default()).is_ok(),
            "{size}"
        );
    }
}
