//! Query strings and forms.

use crate::json::{Object, Value};

/// Keys and values of `a=b&c=d`, decoded; `+` is a space. Pairs that are not encoded well are left out, as Go does.
pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|part| !part.is_empty() && is_pair(part))
        .map(|part| {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            (decode(key, true), decode(value, true))
        })
        .collect()
}

/// Whether a pair can be read: `;` separates nothing and must be encoded.
fn is_pair(part: &str) -> bool {
    !part.contains(';') && well_encoded(part)
}

/// The pairs as an object; a key that comes more than once has a list. `help` is left out, as it is no parameter.
pub(crate) fn object(pairs: &[(String, String)]) -> Object {
    let mut data = Object::new();
    for (key, text) in pairs.iter().filter(|(key, _)| key != "help") {
        match data.get_mut(key) {
            None => {
                data.insert(key.clone(), Value::from(text));
            }
            Some(Value::Array(items)) => items.push(Value::from(text)),
            Some(first) => *first = Value::Array(vec![std::mem::take(first), Value::from(text)]),
        }
    }
    data
}

/// The pairs of a form; a key that comes more than once has its texts joined with commas. `None` if a pair is not
/// encoded well.
pub(crate) fn form(text: &str) -> Option<Object> {
    if !text.split('&').all(is_pair) {
        return None;
    }
    let mut data = Object::new();
    for (key, text) in pairs(text) {
        match data.get_mut(&key) {
            Some(Value::String(known)) => {
                known.push(',');
                known.push_str(&text);
            }
            _ => {
                data.insert(key, Value::from(text));
            }
        }
    }
    Some(data)
}

/// Percent-encodes what cannot stand in a path.
pub(crate) fn encode_path(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~$&+,:;=@!'()*".contains(&byte);
    path.bytes().fold(String::new(), |mut text, byte| {
        if plain(byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
        text
    })
}

/// Whether each `%` begins two hexadecimal digits.
pub(crate) fn well_encoded(text: &str) -> bool {
    let mut parts = text.split('%');
    parts.next();
    parts.all(|part| {
        let digits = part.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

/// Whether a path has only characters that Go calls printable: no control or format characters, and no space but `' '`.
pub(crate) fn printable(text: &str) -> bool {
    let escapes = ['\\', '\'', '"'];
    // Debug output escapes exactly what is not printable; a letter in front keeps a combining mark from being first.
    let shown = format!("a{}", text.replace(escapes, ""));
    shown.escape_debug().count() == shown.chars().count()
}

/// Undoes percent-encoding; what is no encoding stays.
pub(crate) fn decode(text: &str, plus: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = |at: usize| tail.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        match (first, hex(0), hex(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
                rest = &tail[2..];
                continue;
            }
            (b'+', _, _) if plus => bytes.push(b' '),
            (byte, _, _) => bytes.push(*byte),
        }
        rest = tail;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_what_is_encoded_and_keeps_the_rest() {
        assert_eq!(decode("a%2Fb+c%zz%4", true), "a/b c%zz%4");
        assert_eq!(decode("a+b", false), "a+b");
    }

    #[test]
    fn pairs_that_are_not_encoded_well_are_left_out_of_a_query_and_spoil_a_form() {
        assert_eq!(pairs("a=%&b;c=1&%zz=2&d=3"), [("d".to_owned(), "3".to_owned())]);
        assert_eq!(form("d=3&a=%"), None);
    }

    #[test]
    fn spaces_other_than_the_plain_one_and_format_characters_are_not_printable() {
        for text in ["a\u{a0}", "\u{2028}", "\u{200b}", "\n", "\u{7f}"] {
            assert!(!printable(text), "{text:?}");
        }
        assert!(printable("/v1/a b'\"\\\u{301}\u{fffd}\u{fc}"));
    }

    #[test]
    fn a_repeated_key_is_a_list_in_a_query_and_a_comma_in_a_form() {
        let query = object(&pairs("a=1&a=2&a=3&b=&help=1"));
        assert_eq!(Value::Object(query).to_string(), r#"{"a":["1","2","3"],"b":""}"#);
        assert_eq!(Value::Object(form("a=1&a=2").unwrap()).to_string(), r#"{"a":"1,2"}"#);
    }
}
