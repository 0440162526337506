//! Any bytes are a tree whose spans lie in the text, or an error whose place does.
#![no_main]

use coffret_hcl::{Object, Value, ValueKind, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| match read("fuzz", bytes) {
    Ok(document) => object(&document.root, bytes.len()),
    Err(error) => assert!(error.mistake.at.offset <= bytes.len()),
});

fn object(object: &Object, length: usize) {
    assert!(object.span.end.offset <= length);
    for item in &object.items {
        assert!(!item.keys.is_empty() && item.span().start.offset <= item.span().end.offset);
        value(&item.value, length);
        let _ = object.blocks(item.name(), 1);
    }
}

fn value(of: &Value, length: usize) {
    assert!(of.span.start.offset < of.span.end.offset && of.span.end.offset <= length);
    match &of.kind {
        ValueKind::List(values) => values.iter().for_each(|of| value(of, length)),
        ValueKind::Object(inner) => object(inner, length),
        _ => {}
    }
}
