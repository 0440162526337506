//! PEM (RFC 7468), read as tolerantly as Go's `encoding/pem` does.

use zeroize::Zeroizing;

use crate::functions::encoding;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";
const COLUMNS: usize = 64;

/// A block: what stands after `BEGIN`, and its bytes.
pub(crate) struct Block {
    pub(crate) label: String,
    pub(crate) bytes: Zeroizing<Vec<u8>>,
}

/// The first block of a text and what follows it. Text before a block is skipped, and so are damaged blocks.
pub(crate) fn decode(text: &[u8]) -> Option<(Block, &[u8])> {
    let mut rest = text;
    loop {
        let end = memchr::memmem::find(rest, END)?;
        let after = &rest[end + END.len()..];
        if let Some(found) = block(&rest[..end], after) {
            return Some(found);
        }
        rest = after;
    }
}

/// Reads a block from the text before its `-----END ` and the text after that.
fn block<'t>(before: &[u8], after: &'t [u8]) -> Option<(Block, &'t [u8])> {
    let begin = memchr::memmem::rfind(before, BEGIN)?;
    if begin > 0 && before[begin - 1] != b'\n' {
        return None;
    }
    let (first, mut body) = line(&before[begin + BEGIN.len()..]);
    let label = first.strip_suffix(DASHES)?;
    loop {
        let (header, next) = line(body);
        if !header.contains(&b':') {
            break;
        }
        body = next;
    }
    let (last, rest) = line(after);
    if last.strip_prefix(label)? != DASHES {
        return None;
    }
    let digits: Zeroizing<Vec<u8>> = Zeroizing::new(
        body.iter()
            .copied()
            .filter(|byte| !matches!(byte, b' ' | b'\t'))
            .collect(),
    );
    let bytes = encoding::decode_standard(&digits).ok()?;
    Some((
        Block {
            label: String::from_utf8_lossy(label).into_owned(),
            bytes: Zeroizing::new(bytes),
        },
        rest,
    ))
}

/// A line without blanks at its end, and what follows it.
fn line(text: &[u8]) -> (&[u8], &[u8]) {
    let at = memchr::memchr(b'\n', text).unwrap_or(text.len());
    let rest = text.get(at + 1..).unwrap_or(&[]);
    let line = text[..at].strip_suffix(b"\r").unwrap_or(&text[..at]);
    let blanks = line
        .iter()
        .rev()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    (&line[..line.len() - blanks], rest)
}

/// A block as text with a newline at its end.
pub(crate) fn encode(label: &str, bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let digits = Zeroizing::new(encoding::encode(bytes));
    let mut text = Zeroizing::new(Vec::with_capacity(
        digits.len() + digits.len() / COLUMNS + 2 * label.len() + 40,
    ));
    text.extend_from_slice(format!("-----BEGIN {label}-----\n").as_bytes());
    for row in digits.chunks(COLUMNS) {
        text.extend_from_slice(row);
        text.push(b'\n');
    }
    text.extend_from_slice(format!("-----END {label}-----\n").as_bytes());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_can_be_decoded() {
        let bytes: Vec<u8> = (0..=255).collect();
        let text = encode("X Y", &bytes);
        let (block, rest) = decode(&text).unwrap();
        assert_eq!(
            (block.label.as_str(), &block.bytes[..], rest),
            ("X Y", &bytes[..], &b""[..])
        );
        assert!(text.split(|byte| *byte == b'\n').all(|line| line.len() <= COLUMNS));
    }

    #[test]
    fn damaged_blocks_and_other_text_are_skipped() {
        let text = b"note\n-----BEGIN A-----\n!\n-----END A-----\n-----BEGIN B-----\r\nk: v\r\n\r\nAA ==\r\n-----END B----- \nrest";
        let (block, rest) = decode(text).unwrap();
        assert_eq!(
            (block.label.as_str(), &block.bytes[..], rest),
            ("B", &[0][..], &b"rest"[..])
        );
        assert!(decode(b"x-----BEGIN A-----\nAA==\n-----END A-----\n").is_none());
        assert!(decode(b"-----BEGIN A-----\nAA==\n-----END B-----\n").is_none());
    }
}
