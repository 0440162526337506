//! HCL 1, the language of Vault agent configuration and of policies: text in, a syntax tree with spans out.
//!
//! HCL 1 is not HCL 2: there are no expressions, a newline separates nothing, identifiers may hold dots and
//! dashes, `${…}` in a quoted string is kept as it stands (only its braces are counted) and `0644` is octal.
//! A document whose first character is `{` is read as JSON, HCL's other spelling.
//!
//! This crate knows the language only. Which keys mean something, and which JSON object is a block with a
//! label ([`Object::blocks`]), is the caller's knowledge.
//!
//! ```
//! let document = coffret_hcl::parse("agent.hcl", r#"listener "tcp" { address = "127.0.0.1:8200" }"#)?;
//! let listeners = document.root.blocks("listener", 1).map_err(|mistake| mistake.in_file("agent.hcl"))?;
//! assert_eq!(listeners[0].label(0), Some("tcp"));
//! assert_eq!(listeners[0].body.attribute("address").and_then(|value| value.as_str()), Some("127.0.0.1:8200"));
//! # Ok::<(), coffret_hcl::Error>(())
//! ```

mod block;
mod cursor;
mod error;
mod json;
mod lexer;
mod parser;
mod position;
mod tree;

pub use block::Block;
pub use error::{Error, Mistake, Problem};
pub use position::{Position, Span};
pub use tree::{Document, Item, Key, Number, Object, Syntax, Value, ValueKind};

/// How deep objects and lists may be nested; deeper input is refused instead of exhausting the stack.
pub const MAX_DEPTH: usize = 100;

/// Reads a document, as JSON when its first character after white space is `{` and as HCL otherwise.
///
/// `file` only names the source in errors.
///
/// # Errors
/// The first place where the text is not HCL 1 (or JSON). An attribute set twice in one object with `=` is an
/// error too, as in Vault; blocks may be repeated.
pub fn parse(file: &str, text: &str) -> Result<Document, Error> {
    let document = read(file, text.as_bytes())?;
    match document.duplicates.first() {
        Some(mistake) => Err(mistake.clone().in_file(file)),
        None => Ok(document),
    }
}

/// Reads a document from bytes and keeps attributes that are set twice, as OpenBao does; the last one counts.
///
/// # Errors
/// The first place where the bytes are not UTF-8, HCL 1 or JSON.
pub fn read(file: &str, bytes: &[u8]) -> Result<Document, Error> {
    read_text(bytes).map_err(|mistake| mistake.in_file(file))
}

fn read_text(bytes: &[u8]) -> Result<Document, Mistake> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
        Mistake::new(Position::after(&String::from_utf8_lossy(valid)), Problem::NotUtf8)
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Some((before, _)) = text.split_once('\0') {
        return Err(Mistake::new(Position::after(before), Problem::Character('\0')));
    }
    if text.trim_start().starts_with('{') {
        json::parse(text)
    } else {
        parser::parse(text)
    }
}
