//! What is wrong with a text that should be a time, in Go's words.

pub(super) enum Problem {
    Mismatch,
    Range(&'static str),
}

pub(super) fn mismatch(layout: &[u8], value: &[u8], element: &[u8], at: &[u8]) -> Vec<u8> {
    let parts: [&[u8]; 8] = [
        b"parsing time ",
        &quote(value),
        b" as ",
        &quote(layout),
        b": cannot parse ",
        &quote(at),
        b" as ",
        &quote(element),
    ];
    parts.concat()
}

pub(super) fn complaint(value: &[u8], what: &str) -> Vec<u8> {
    [b"parsing time ", quote(value).as_slice(), what.as_bytes()].concat()
}

/// The quoting of Go's package `time`: every byte that is not printable ASCII as hexadecimal.
pub(super) fn quote(text: &[u8]) -> Vec<u8> {
    let mut quoted = vec![b'"'];
    for byte in text {
        match byte {
            b'"' | b'\\' => quoted.extend([b'\\', *byte]),
            0x20..0x7f => quoted.push(*byte),
            0x7f => quoted.push(*byte),
            byte => quoted.extend(format!("\\x{byte:02x}").into_bytes()),
        }
    }
    quoted.push(b'"');
    quoted
}
