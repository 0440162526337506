//! Every part of the tree knows where it was written.

use coffret_hcl::parse;

#[test]
fn spans_cover_what_was_written() {
    let text = "# \u{e9}\nlistener \"tcp\" {\n  address = \"x\\n\"\n  list = [ 1 ]\n}\n";
    let document = parse("test", text).unwrap();
    let covered = |span: coffret_hcl::Span| &text[span.start.offset..span.end.offset];
    let listener = &document.root.items[0];
    assert_eq!(covered(listener.keys[1].span), "\"tcp\"");
    assert_eq!(
        (listener.keys[1].span.start.line, listener.keys[1].span.start.column),
        (2, 10)
    );
    let body = listener.value.as_object().unwrap();
    assert!(covered(body.span).starts_with('{') && covered(body.span).ends_with('}'));
    let address = &body.items[0];
    assert_eq!(covered(address.span()), "address = \"x\\n\"");
    assert_eq!(
        (address.value.span.start.line, address.value.span.start.column),
        (3, 13)
    );
    assert_eq!(covered(body.attribute("list").unwrap().span), "[ 1 ]");
    assert_eq!(covered(document.root.span), text);
}

#[test]
fn columns_count_characters_and_offsets_bytes() {
    let text = "{\"\u{e9}\": {\n  \"k\": 1}}";
    let document = parse("test", text).unwrap();
    let value = &document.root.items[0].value;
    assert_eq!((value.span.start.offset, value.span.start.column), (7, 7));
    let inner = &value.as_object().unwrap().items[0];
    assert_eq!((inner.keys[0].span.start.line, inner.keys[0].span.start.column), (2, 3));
    assert_eq!(&text[inner.span().start.offset..inner.span().end.offset], "\"k\": 1");
}
