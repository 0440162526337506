//! Blocks and labels, which JSON spells as nested keys.

use coffret_hcl::parse;

/// Label and `x` of each `path` block.
fn paths(text: &str) -> Vec<(Option<String>, Option<i64>)> {
    let document = parse("test", text).unwrap_or_else(|error| panic!("{error}"));
    let blocks = document
        .root
        .blocks("path", 1)
        .unwrap_or_else(|mistake| panic!("{mistake}"));
    let x = |body: &coffret_hcl::Object| body.attribute("x").and_then(coffret_hcl::Value::as_i64);
    blocks
        .iter()
        .map(|block| (block.label(0).map(str::to_owned), x(block.body)))
        .collect()
}

fn labelled(label: &str, x: i64) -> (Option<String>, Option<i64>) {
    (Some(label.to_owned()), Some(x))
}

#[test]
fn repeated_blocks_form_a_list_in_both_spellings() {
    let expected = [labelled("a/*", 1), labelled("b", 2), labelled("a/*", 3)];
    assert_eq!(
        paths("path \"a/*\" { x = 1 }\npath b { x = 2 } \"path\" \"a/*\" { x = 3 }"),
        expected
    );
    assert_eq!(
        paths(r#"{"path": [{"a/*": {"x": 1}, "b": {"x": 2}}, {"a/*": {"x": 3}}]}"#),
        expected
    );
    assert_eq!(
        paths(r#"{"path": {"a/*": {"x": 1}, "b": {"x": 2}}, "path": {"a/*": [{"x": 3}]}}"#),
        expected
    );
}

#[test]
fn a_block_may_have_no_label() {
    assert_eq!(
        paths("path { x = 1 } path = { x = 2 }"),
        [(None, Some(1)), (None, Some(2))]
    );
    assert_eq!(
        paths(r#"{"path": [{"x": 1}, {"x": 2}]}"#),
        [(None, Some(1)), (None, Some(2))]
    );
    assert_eq!(paths(r#"{"path": []}"#), []);
}

#[test]
fn objects_in_hcl_are_never_labels() {
    let document = parse("test", "path { b { x = 1 } }").unwrap();
    let blocks = document.root.blocks("path", 1).unwrap();
    assert_eq!(blocks[0].label(0), None);
    assert_eq!(blocks[0].body.blocks("b", 0).unwrap().len(), 1);
}

#[test]
fn keys_are_compared_without_case() {
    assert_eq!(paths("Path \"a\" { X = 1 }"), [labelled("a", 1)]);
}

#[test]
fn the_last_attribute_of_a_name_counts() {
    let document = parse("test", r#"{"a": 1, "A": 2}"#).unwrap();
    assert_eq!(
        document.root.attribute("a").and_then(coffret_hcl::Value::as_i64),
        Some(2)
    );
    assert_eq!(document.root.named("a").count(), 2);
}

#[test]
fn wrong_labels_and_values_are_refused_with_their_place() {
    let refused = |text: &str, labels: usize| {
        parse("test", text)
            .unwrap()
            .root
            .blocks("path", labels)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(refused("\n path a b {}", 1), "2:2: \"path\" takes one label, found 2");
    assert_eq!(refused("path a {}", 0), "1:1: \"path\" takes no label, found 1");
    assert_eq!(
        refused("path = 3", 1),
        "1:8: \"path\" must be a block or an object, found a number"
    );
    assert_eq!(
        refused(r#"{"path": [{"x": 1}, 2]}"#, 1),
        "1:10: \"path\" must be a block or an object, found a list"
    );
}
