//! PEM blocks (RFC 7468), read as leniently as the original does.

use crate::engines::encoding;
use p256::pkcs8::LineEnding;

/// A PEM block.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    p256::pkcs8::der::pem::encode_string(label, LineEnding::LF, der).unwrap_or_default()
}

/// Label and content of the first PEM block of a text.
pub(crate) fn decode_pem(text: &str) -> Option<(String, Vec<u8>)> {
    let (block, _) = next_pem(text)?;
    Some(block)
}

/// Labels and contents of all PEM blocks of a text, in their order.
pub(crate) fn decode_all_pem(text: &str) -> Vec<(String, Vec<u8>)> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((block, after)) = next_pem(rest) {
        blocks.push(block);
        rest = after;
    }
    blocks
}

fn next_pem(text: &str) -> Option<((String, Vec<u8>), &str)> {
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let (body, rest) = rest.split_once(&format!("-----END {label}-----"))?;
    let compact: String = body.chars().filter(|letter| !letter.is_whitespace()).collect();
    let der = encoding::decode(&compact).ok()?;
    Some(((label.to_owned(), der), rest))
}
