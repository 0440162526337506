//! The examples of `docs/templates.md`: each function has one, and each gives what the page says.

use std::collections::BTreeSet;

use coffret_templates::{Options, Syntax, Template};
use serde_json::{Value as Json, json};

use super::world::World;

/// What the examples find outside.
fn fixtures() -> Json {
    let shared: Json = serde_json::from_slice(include_bytes!("pki.json")).unwrap();
    json!({
        "secrets": {
            "kv/data/app": { "data": { "data": { "user": "alice" } } },
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
