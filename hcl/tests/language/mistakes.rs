//! What is refused, and what the message says.

use coffret_hcl::{MAX_DEPTH, Problem, parse, read};

fn refused(text: &str) -> String {
    match parse("f.hcl", text) {
        Ok(document) => panic!("accepted {text:?}: {document:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn messages_name_file_place_and_what_was_found() {
    for (text, message) in [
        ("a = ", "f.hcl:1:5: expected a value, found the end of the text"),
        (
            "a",
            "f.hcl:1:2: expected '=', '{' or a label, found the end of the text",
        ),
        ("a b = 1", "f.hcl:1:5: expected '{' or a label, found '='"),
        ("a = b", "f.hcl:1:5: expected a value, found \"b\""),
        ("x = 1\n}", "f.hcl:2:1: expected a key, found '}'"),
        ("x {\n  1 = 2 }", "f.hcl:2:3: expected a key or '}', found \"1\""),
        ("x {", "f.hcl:1:4: expected a key or '}', found the end of the text"),
        ("= 1", "f.hcl:1:1: expected a key, found '='"),
        ("true = 1", "f.hcl:1:1: expected a key, found \"true\""),
        ("a = [1 2]", "f.hcl:1:8: expected ',' or ']', found \"2\""),
        (
            "a = [1,",
            "f.hcl:1:8: expected a value or ']', found the end of the text",
        ),
        ("a ? 1", "f.hcl:1:3: unexpected character '?'"),
        (
            "a = \"x\ny\"",
            "f.hcl:1:5: this string is not closed: expected '\"' before the end of the line",
        ),
        ("a = \"${x\"", "f.hcl:1:6: '${' in this string has no matching '}'"),
        (
            "a = <<EOF\nx\n",
            "f.hcl:1:5: this heredoc is not closed: expected a line with only \"EOF\"",
        ),
        (
            "a = <<EOF x\n",
            "f.hcl:1:5: '<<' must be followed by a name and the end of the line",
        ),
        (
            "a = <<\nx\n",
            "f.hcl:1:5: '<<' must be followed by a name and the end of the line",
        ),
        ("/* a = 1", "f.hcl:1:1: this comment is not closed: expected '*/'"),
        ("a = 09", "f.hcl:1:5: 09 is not a number that can be used"),
        ("a = 0x", "f.hcl:1:5: 0x is not a number that can be used"),
        (
            "a = 99999999999999999999",
            "f.hcl:1:5: 99999999999999999999 is not a number that can be used",
        ),
        ("a = 1e999", "f.hcl:1:5: 1e999 is not a number that can be used"),
        (
            "a = \"\\xff\"",
            "f.hcl:1:5: the escapes in this string do not form UTF-8 text",
        ),
        (
            "a = 1\nb = 2\na = 3",
            "f.hcl:3:1: \"a\" was already set at line 1; each attribute can be set once",
        ),
        ("a = 1 \0", "f.hcl:1:7: unexpected character '\\0'"),
    ] {
        assert_eq!(refused(text), message, "{text:?}");
    }
}

#[test]
fn json_mistakes_are_named_too() {
    for (text, message) in [
        ("{\"a\": 1", "f.hcl:1:8: expected ',' or '}', found the end of the text"),
        ("{\"a\" 1}", "f.hcl:1:6: expected ':', found '1'"),
        ("{a: 1}", "f.hcl:1:2: expected a key in double quotes or '}', found 'a'"),
        ("{\"a\": 1} x", "f.hcl:1:10: expected the end of the text, found 'x'"),
        ("{\"a\": 01}", "f.hcl:1:7: 01 is not a number that can be used"),
        ("{\"a\": 0x10}", "f.hcl:1:7: 0x10 is not a number that can be used"),
        ("{\"a\": [1 2]}", "f.hcl:1:10: expected ',' or ']', found '2'"),
        (
            "{\"a\": \"x\ny\"}",
            "f.hcl:1:7: this string is not closed: expected '\"' before the end of the line",
        ),
    ] {
        assert_eq!(refused(text), message, "{text:?}");
    }
    assert!(refused("{\"a\": \"\\q\"}").contains("unknown escape"));
}

#[test]
fn unknown_escapes_are_refused_even_between_braces() {
    for text in [
        r#"a = "\'""#,
        r#"a = "\q""#,
        r#"a = "\u12""#,
        r#"a = "\x4""#,
        r#"a = "\18""#,
        r#"a = "\777""#,
        r#"a = "${\q}""#,
    ] {
        let error = parse("f", text).unwrap_err();
        assert!(matches!(error.mistake.problem, Problem::Escape(_)), "{text}: {error}");
    }
}

#[test]
fn a_block_may_share_its_key_with_an_attribute() {
    assert!(parse("f", "a = 1\na { b = 2 }\na { c = 3 }").is_ok());
}

#[test]
fn the_contents_of_strings_are_not_repeated() {
    for text in [
        "a = 1 \"hunter2\" = \"hunter2\" \"hunter2\"",
        "a = [1 \"hunter2\"]",
        "{\"a\": 1 \"hunter2\"}",
    ] {
        assert!(!refused(text).contains("hunter2"), "{text}");
    }
}

#[test]
fn nesting_has_a_limit_and_never_overflows_the_stack() {
    let nested = |open: &str, close: &str, depth: usize| format!("a = {}{}", open.repeat(depth), close.repeat(depth));
    assert!(parse("f", &nested("[", "]", MAX_DEPTH)).is_ok());
    for text in [
        nested("[", "]", MAX_DEPTH + 1),
        nested("{ a = ", "}", 100_000),
        format!("{{\"a\": {}", "[".repeat(1_000_000)),
        "a {".repeat(100_000),
    ] {
        let error = parse("f", &text).unwrap_err();
        assert_eq!(error.mistake.problem, Problem::TooDeep);
    }
}

#[test]
fn bytes_that_are_not_utf8_are_refused_at_their_place() {
    let error = read("f", b"a = 1\nb = \"\xc3\x28\"").unwrap_err();
    assert_eq!(error.to_string(), "f:2:6: this byte is not part of UTF-8 text");
}

#[test]
fn reading_keeps_attributes_that_are_set_twice_and_tells_of_them() {
    let document = read("f", b"a = 1\nb { c = 2 c = 3 }\na = 4").unwrap();
    assert_eq!(
        document.root.attribute("a").and_then(coffret_hcl::Value::as_i64),
        Some(4)
    );
    let told: Vec<String> = document.duplicates.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 2);
    assert_eq!(
        told[0],
        "2:11: \"c\" was already set at line 2; each attribute can be set once"
    );
}
