//! Properties that hold for any text.

use coffret_hcl::{Object, Value, ValueKind, parse};
use proptest::prelude::*;

/// Pieces that make hostile texts more often than random characters would.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just("\""),
        Just("="),
        Just(","),
        Just("\n"),
        Just(" "),
        Just("<<E\n"),
        Just("<<-E\n"),
        Just("E\n"),
        Just("${"),
        Just("\\"),
        Just("\\x4"),
        Just("0x"),
        Just("07"),
        Just("-1.5e3"),
        Just("."),
        Just("#"),
        Just("//"),
        Just("/*"),
        Just("*/"),
        Just("true"),
        Just("null"),
        Just("key"),
        Just(":"),
        Just("\r\n"),
        Just("\u{e9}"),
        Just("\u{1f600}"),
        Just("\0"),
        Just("\u{feff}"),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn check_spans(object: &Object, text: &str) {
    for item in &object.items {
        for key in &item.keys {
            assert!(
                text.get(key.span.start.offset..key.span.end.offset)
                    .is_some_and(|text| !text.is_empty())
            );
        }
        check_value(&item.value, text);
    }
}

fn check_value(value: &Value, text: &str) {
    assert!(
        text.get(value.span.start.offset..value.span.end.offset)
            .is_some_and(|text| !text.is_empty())
    );
    match &value.kind {
        ValueKind::List(values) => values.iter().for_each(|value| check_value(value, text)),
        ValueKind::Object(object) => check_spans(object, text),
        ValueKind::Null | ValueKind::Bool(_) | ValueKind::Number(_) | ValueKind::String(_) => {}
    }
}

/// A string as HCL with every character escaped that must be.
fn quoted(text: &str) -> String {
    text.chars().map(|c| format!("\\U{:08x}", u32::from(c))).collect()
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_with_a_place_inside_it(text in pieces()) {
        match parse("f", &text) {
            Ok(document) => check_spans(&document.root, text.strip_prefix('\u{feff}').unwrap_or(&text)),
            Err(error) => prop_assert!(error.mistake.at.offset <= text.len()),
        }
    }

    #[test]
    fn any_string_survives_both_spellings(text in any::<String>()) {
        let hcl = parse("f", &format!("a = \"{}\"", quoted(&text))).unwrap();
        prop_assert_eq!(hcl.root.attribute("a").unwrap().as_str(), Some(text.as_str()));
        let units: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        let json = parse("f", &format!("{{\"a\": \"{units}\"}}")).unwrap();
        prop_assert_eq!(json.root.attribute("a").unwrap().as_str(), Some(text.as_str()));
    }

    #[test]
    fn any_lines_survive_a_heredoc(lines in prop::collection::vec("[^\n\r\0]{0,20}", 0..8)) {
        prop_assume!(lines.iter().all(|line| line.trim() != "MARK"));
        let body: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let document = parse("f", &format!("a = <<MARK\n{body}MARK\n")).unwrap();
        prop_assert_eq!(document.root.attribute("a").unwrap().as_str(), Some(body.as_str()));
    }

    #[test]
    fn any_integer_survives(number in any::<i64>()) {
        let document = parse("f", &format!("a = {number}")).unwrap();
        prop_assert_eq!(document.root.attribute("a").unwrap().as_i64(), Some(number));
    }
}
