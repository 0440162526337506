//! What the emitters write reads back as what was given to them.

use proptest::prelude::*;
use serde_json::{Map as JsonMap, Value as Json};

use super::world::go;

/// Texts on one line and on many, without the line breaks that only YAML 1.1 knows.
fn text() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "a",
        "b c",
        " ",
        "  ",
        "\n",
        "\n\n",
        "\t",
        "'",
        "\"",
        ": ",
        "- ",
        "#",
        " #",
        "yes",
        "null",
        "~",
        "1",
        "1e3",
        "0x1F",
        "1_000",
        "2020-01-01",
        "é",
        "日",
        "😀",
        "\\",
        "|",
        ">",
        "{",
        "]",
        "&",
        "*",
        "!",
        "%",
        "@",
        "`",
        "?",
        "\u{1}",
        "\u{7f}",
        "a long word and another one and so on until it is longer than the eighty columns of a line of YAML",
    ]);
    prop_oneof![
        prop::collection::vec(words, 0..6).prop_map(|words| words.concat()),
        "[^\u{85}\u{2028}\u{2029}]{0,12}",
    ]
}

fn scalar() -> impl Strategy<Value = Json> {
    prop_oneof![
        text().prop_map(Json::from),
        any::<bool>().prop_map(Json::from),
        any::<i32>().prop_map(Json::from),
        prop::num::f64::NORMAL.prop_map(Json::from),
    ]
}

fn value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![scalar(), Just(Json::Null)];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map(text(), inner, 0..4)
                .prop_map(|entries| Json::Object(entries.into_iter().collect::<JsonMap<_, _>>())),
        ]
    })
}

/// The value as an expression of a template.
fn given(value: &Json) -> String {
    let escaped: String = value.to_string().bytes().map(|byte| format!("\\x{byte:02x}")).collect();
    format!("parseJSON \"{escaped}\"")
}

/// A line `key = value` of TOML, whose quoted texts are JSON's.
fn entry(line: &str) -> (String, Json) {
    let (key, rest) = match line.starts_with('"') {
        true => {
            let mut keys = serde_json::Deserializer::from_str(line).into_iter::<String>();
            let key = keys.next().unwrap().unwrap();
            (key, &line[keys.byte_offset()..])
        }
        false => {
            let end = line.find(' ').unwrap();
            (line[..end].to_owned(), &line[end..])
        }
    };
    let value = rest.strip_prefix(" = ").unwrap();
    (key, serde_json::from_str(value).unwrap())
}

/// Whether two numbers are the same, as far as `serde_json` reads floats exactly: to within the last place.
fn same_number(one: f64, two: f64) -> bool {
    (one - two).abs() <= one.abs() * f64::EPSILON
}

/// Numbers by their size, for a reader that tells 1 from 1.0.
fn same(one: &Json, two: &Json) -> bool {
    match (one, two) {
        (Json::Number(one), Json::Number(two)) => same_number(one.as_f64().unwrap(), two.as_f64().unwrap()),
        (Json::Array(one), Json::Array(two)) => {
            one.len() == two.len() && one.iter().zip(two).all(|(one, two)| same(one, two))
        }
        (Json::Object(one), Json::Object(two)) => {
            one.len() == two.len()
                && one
                    .iter()
                    .all(|(key, one)| two.get(key).is_some_and(|two| same(one, two)))
        }
        (one, two) => one == two,
    }
}

proptest! {
    #[test]
    fn json_reads_back(value in value()) {
        for emitter in ["toJSON", "toJSONPretty", "toUnescapedJSON", "toUnescapedJSONPretty"] {
            let text = go(&format!("{{{{ {} | {emitter} }}}}", given(&value))).unwrap();
            let read: Json = serde_json::from_str(&text).unwrap();
            prop_assert!(same(&read, &value), "{}: {}", emitter, text);
        }
    }

    #[test]
    fn yaml_reads_back(value in value()) {
        // A number at the end keeps the trimming of the whole text away from the value.
        let given = given(&Json::Array(vec![value, Json::from(0)]));
        let before = go(&format!("{{{{ {given} | printf \"%v\" }}}}")).unwrap();
        let after = go(&format!("{{{{ {given} | toYAML | parseYAML | printf \"%v\" }}}}")).unwrap();
        prop_assert_eq!(before, after, "{}", go(&format!("{{{{ {given} | toYAML }}}}")).unwrap());
    }

    #[test]
    fn flat_toml_reads_back(entries in prop::collection::btree_map(text(), scalar(), 1..5)) {
        let value = Json::Object(entries.into_iter().collect());
        let text = go(&format!("{{{{ {} | toTOML }}}}", given(&value))).unwrap();
        let read: JsonMap<String, Json> = text.lines().map(entry).collect();
        prop_assert!(same(&Json::Object(read), &value), "{}", text);
    }
}
