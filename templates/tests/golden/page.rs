//! The examples of `docs/templates.md`: each function has one, and each gives what the page says.

use std::collections::BTreeSet;

use coffret_templates::{Options, Syntax, Template};
use serde_json::{Value as Json, json};

use super::world::World;

/// As text, because a JSON value would not keep the number as it is written.
const APP: &str = r#"{"data": {"data": {
    "user": "alice", "my-key": "dash", "hosts": ["db-1", "db-2"], "empty": "",
    "tags": {"env": "prod", "zone": "eu"}, "ratio": 1.50
}}}"#;

/// What the examples find outside.
fn fixtures() -> Json {
    let shared: Json = serde_json::from_slice(include_bytes!("pki.json")).unwrap();
    json!({
        "secrets": {
            "kv/data/app": APP,
            "PUT db/creds": { "data": { "password": "pw-1" } },
            "LIST kv/metadata": { "data": { "keys": ["b", "a"] } },
            "PUT pki/issue/web": shared["secrets"]["PUT pki/issue/chain"],
        },
        "env": { "REGION": "eu-1" },
        "files": { "/etc/motd": "hello" },
    })
}

fn page() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/templates.md")).unwrap()
}

/// The signature, the template and the result of each example.
fn examples(page: &str) -> Vec<(String, String, String)> {
    let lines = page.lines().filter_map(|line| {
        let (signature, rest) = line.strip_prefix("- `")?.split_once('`')?;
        let (before, result) = rest.rsplit_once("` → `")?;
        let (_, template) = before.rsplit_once('`')?;
        let result = result.strip_suffix('`')?.replace("\\n", "\n");
        Some((signature.to_owned(), template.to_owned(), result))
    });
    lines.collect()
}

#[test]
fn each_example_of_the_page_gives_what_it_says() {
    let (page, fixtures) = (page(), fixtures());
    for (signature, template, result) in examples(&page) {
        let parsed = Template::parse(&template, Syntax::Go, Options::default());
        let parsed = parsed.unwrap_or_else(|error| panic!("{signature}: {error}"));
        let rendered = parsed.render(&mut World::new(&fixtures, &fixtures));
        let rendered = rendered.unwrap_or_else(|error| panic!("{signature}: {error}"));
        let output = rendered
            .output
            .unwrap_or_else(|| panic!("{signature}: {:?} missing", rendered.missing));
        assert_eq!(String::from_utf8_lossy(&output), result, "{signature}: {template}");
    }
}

/// The rows of the tables that compare the two syntaxes: Go, Handlebars, result, and whether they stand inside of a
/// secret.
fn idioms(page: &str) -> Vec<(String, String, String, bool)> {
    let (_, section) = page.split_once("## Go and Handlebars side by side").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let (outside, inside) = section.split_once("\nInside of ").unwrap();
    let rows = |text: &str, is_inside: bool| {
        let rows = text.lines().filter_map(move |line| {
            let cells: Vec<&str> = line.strip_prefix("| `")?.strip_suffix("` |")?.split("` | `").collect();
            let [go, handlebars, result] = cells[..] else {
                panic!("{line}")
            };
            let cell = |text: &str| text.replace("\\|", "|");
            Some((cell(go), cell(handlebars), result.to_owned(), is_inside))
        });
        rows.collect::<Vec<_>>()
    };
    [rows(outside, false), rows(inside, true)].concat()
}

#[test]
fn each_idiom_gives_the_same_in_both_syntaxes() {
    let (page, fixtures) = (page(), fixtures());
    let idioms = idioms(&page);
    assert!(idioms.len() > 15, "only {} rows found", idioms.len());
    for (go, handlebars, result, is_inside) in idioms {
        let (go, handlebars) = match is_inside {
            true => (
                format!("{{{{ with secret \"kv/data/app\" }}}}{go}{{{{ end }}}}"),
                format!("{{{{#with (secret \"kv/data/app\")}}}}{handlebars}{{{{/with}}}}"),
            ),
            false => (go, handlebars),
        };
        for (text, syntax) in [(go, Syntax::Go), (handlebars, Syntax::Handlebars)] {
            let parsed = Template::parse(&text, syntax, Options::default());
            let parsed = parsed.unwrap_or_else(|error| panic!("{text}: {error}"));
            let rendered = parsed.render(&mut World::new(&fixtures, &fixtures));
            let rendered = rendered.unwrap_or_else(|error| panic!("{text}: {error}"));
            let output = rendered
                .output
                .unwrap_or_else(|| panic!("{text}: {:?} missing", rendered.missing));
            assert_eq!(String::from_utf8_lossy(&output), result, "{text}");
        }
    }
}

#[test]
fn each_function_has_an_example() {
    let examples = examples(&page());
    let shown: BTreeSet<&str> = examples
        .iter()
        .filter_map(|(signature, template, _)| {
            let name = signature.split(' ').next()?;
            template.contains(name).then_some(name)
        })
        .collect();
    let known: BTreeSet<&str> = coffret_templates::function_names().into_iter().collect();
    assert_eq!(shown, known);
}
