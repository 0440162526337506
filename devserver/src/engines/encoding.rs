//! Base64 as the original reads it: the standard alphabet with padding, line ends ignored, errors in Go's words.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD, URL_SAFE_NO_PAD};

/// Reads as Go does: bits that are left over at the end may be anything.
const READER: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// Bytes of a base64 text.
///
/// # Errors
/// Where the text is wrong, as Go says it.
pub(crate) fn decode(text: &str) -> Result<Vec<u8>, String> {
    let compact: String = text.chars().filter(|letter| !matches!(letter, '\r' | '\n')).collect();
    READER
        .decode(&compact)
        .map_err(|_| format!("illegal base64 data at input byte {}", fault(compact.as_bytes())))
}

/// Where Go finds the first fault: at the wrong letter, or where the last group of four begins that is not whole.
fn fault(text: &[u8]) -> usize {
    let letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let Some(at) = text.iter().position(|byte| !letter(byte)) else {
        return text.len() / 4 * 4;
    };
    match (text[at], at % 4, text.get(at + 1)) {
        (b'=', 2, None) => text.len(),
        (b'=', 2, Some(b'=')) => at + 2,
        (b'=', 3, _) => at + 1,
        _ => at,
    }
}

/// The base64 text of bytes.
pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

/// Bytes of a text in the URL-safe alphabet without padding, as JSON web signatures have it.
pub(crate) fn decode_url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// The text of bytes in the URL-safe alphabet without padding.
pub(crate) fn encode_url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_texts_are_located_as_go_does() {
        assert_eq!(decode("***"), Err("illegal base64 data at input byte 0".to_owned()));
        assert_eq!(
            decode("aGVs*G8="),
            Err("illegal base64 data at input byte 4".to_owned())
        );
        assert_eq!(
            decode(r#"{"a":"b"}"#),
            Err("illegal base64 data at input byte 0".to_owned())
        );
        assert_eq!(decode("aGVsbG8"), Err("illegal base64 data at input byte 4".to_owned()));
        assert_eq!(decode("aGVs\nbG8="), Ok(b"hello".to_vec()));
        assert_eq!(decode("aGVsbG9="), Ok(b"hello".to_vec()));
    }
}
