//! Values: strings, heredocs, numbers, lists, objects, in both spellings.

use coffret_hcl::{Document, ValueKind, parse};

fn document(text: &str) -> Document {
    parse("test.hcl", text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn string(text: &str) -> String {
    let document = document(text);
    let value = document.root.attribute("a").expect("a is set");
    value.as_str().expect("a is a string").to_owned()
}

#[test]
fn quoted_strings_know_gos_escapes() {
    assert_eq!(string(r#"a = "\a\b\f\n\r\t\v\\\"""#), "\u{7}\u{8}\u{c}\n\r\t\u{b}\\\"");
    assert_eq!(string(r#"a = "\101\x41\u00e9\U0001F600""#), "AA\u{e9}\u{1f600}");
    assert_eq!(
        string(r#"a = "\xc3\xa9""#),
        "\u{e9}",
        "bytes may form a character together"
    );
    assert_eq!(string(r#"a = "\ud800""#), "\u{fffd}");
}

#[test]
fn interpolations_are_kept_as_written() {
    for text in [
        "${env.HOME}",
        "${X:-d}",
        "${#a[@]}",
        "a ${f(\"x {}\")} b",
        "${\\n}",
        "100%{{ .x }}",
        "$${x}",
        "%{if}",
        "$5",
    ] {
        assert_eq!(string(&format!("a = \"{text}\"")), text);
    }
    assert_eq!(
        string("a = \"${ x\n y }\""),
        "${ x\n y }",
        "a line may end between the braces"
    );
    assert_eq!(string("a = \"${ x\r\n y }\""), "${ x\n y }");
}

#[test]
fn heredocs_keep_their_lines() {
    assert_eq!(string("a = <<EOF\none\n  two \"${x\nEOF\n"), "one\n  two \"${x\n");
    assert_eq!(string("a = <<EOF\nEOF\n"), "");
    assert_eq!(string("a = <<EOF\none\nEOFX\nEOF\n"), "one\nEOFX\n");
    assert_eq!(string("a = <<EOF\r\none\r\ntwo\r\nEOF\r\n"), "one\ntwo\n");
    assert_eq!(
        string("a = <<EOF\none\nEOF"),
        "one\n",
        "the text may end right after the closing line"
    );
}

#[test]
fn an_indented_closing_line_stays_without_the_dash() {
    assert_eq!(string("a = <<EOF\none\n  EOF\n"), "one\n  ");
}

#[test]
fn the_dash_takes_the_closing_lines_indentation_off() {
    assert_eq!(string("a = <<-EOF\n    one\n      two\n    EOF\n"), "one\n  two\n");
    assert_eq!(string("a = <<-EOF\n\t\tone\n\t\tEOF\n"), "one\n");
    assert_eq!(
        string("a = <<-EOF\n  one\n    two\n    EOF\n"),
        "  one\n    two\n",
        "one line is less indented"
    );
    assert_eq!(
        string("a = <<-EOF\n    one\n\n    EOF\n"),
        "    one\n\n",
        "an empty line is, too"
    );
    assert_eq!(string("a = <<-EOF\n  one\nEOF\n"), "  one\n");
}

#[test]
fn numbers_are_octal_hexadecimal_or_decimal() {
    let root = document("a = 0640 b = 0x1F c = -12 d = 0 e = 644 f = -0x10 g = 1.5 h = 1e3 i = .5 j = 0.25E-1").root;
    let integer = |name| root.attribute(name).and_then(coffret_hcl::Value::as_i64);
    assert_eq!(integer("a"), Some(0o640));
    assert_eq!(integer("b"), Some(31));
    assert_eq!(integer("c"), Some(-12));
    assert_eq!(integer("d"), Some(0));
    assert_eq!(integer("e"), Some(644));
    assert_eq!(integer("f"), Some(-16));
    let float = |name| match &root.attribute(name).unwrap().kind {
        ValueKind::Number(number) if number.as_i64().is_none() => number.as_f64(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        [float("g"), float("h"), float("i"), float("j")],
        [1.5, 1000.0, 0.5, 0.025]
    );
    match &root.attribute("a").unwrap().kind {
        ValueKind::Number(number) => assert_eq!(number.text, "0640", "the text is kept"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn lists_hold_anything_and_may_end_in_a_comma() {
    let root = document("a = [1, \"x\", true, <<E\nh\nE\n, {b = 1}, [2, 3] [4], ,]").root;
    let values = root.attribute("a").unwrap().as_list().unwrap();
    let kinds: Vec<&str> = values.iter().map(|value| value.kind.name()).collect();
    assert_eq!(
        kinds,
        [
            "a number",
            "a string",
            "a boolean",
            "a string",
            "an object",
            "a list",
            "a list"
        ]
    );
}

#[test]
fn newlines_separate_nothing_and_commas_may() {
    let root = document("a = 1 b = 2, c { d = 3 e = 4 } \"f g\" = 5 h\n=\n6").root;
    assert_eq!(root.items.len(), 5);
    assert_eq!(root.attribute("f g").and_then(coffret_hcl::Value::as_i64), Some(5));
    assert_eq!(root.attribute("h").and_then(coffret_hcl::Value::as_i64), Some(6));
}

#[test]
fn comments_are_passed_over() {
    let root = document("# one\na = 1 // two\n/* three\n a = 2 */ b /* x */ = /* y */ 3 # end").root;
    assert_eq!(root.items.len(), 2);
    assert_eq!(root.attribute("b").and_then(coffret_hcl::Value::as_i64), Some(3));
}

#[test]
fn identifiers_hold_dots_dashes_and_letters_of_any_script() {
    let root = document("a.b-c_1 = 1 \u{f6}l = 2").root;
    assert_eq!(root.attribute("a.b-c_1").and_then(coffret_hcl::Value::as_i64), Some(1));
    assert_eq!(root.attribute("\u{f6}l").and_then(coffret_hcl::Value::as_i64), Some(2));
}

#[test]
fn json_gives_the_same_values() {
    let text = r#" {"a": "x\n\u00e9\ud83d\ude00\/", "n": -1.5e2, "i": 420, "t": true, "z": null, "l": [1, [false],], "o": {},}"#;
    let root = document(text).root;
    assert_eq!(root.attribute("a").unwrap().as_str(), Some("x\n\u{e9}\u{1f600}/"));
    assert_eq!(root.attribute("i").unwrap().as_i64(), Some(420));
    assert_eq!(root.attribute("t").unwrap().as_bool(), Some(true));
    assert_eq!(root.attribute("z").unwrap().kind, ValueKind::Null);
    assert_eq!(root.attribute("l").unwrap().as_list().unwrap().len(), 2);
    assert!(root.attribute("o").unwrap().as_object().unwrap().items.is_empty());
}

#[test]
fn a_byte_order_mark_and_an_empty_text_are_fine() {
    assert_eq!(document("\u{feff}a = 1").root.items.len(), 1);
    assert!(document(" # nothing\n").root.items.is_empty());
}
