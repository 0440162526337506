//! Numbers and booleans from texts that need not be UTF-8, with the error texts of Go's `strconv`.

use crate::fmt::quote::quoted;
use crate::strconv::{self, NumberError};

/// The text of Go's `strconv.NumError`.
pub(super) fn error_text(function: &str, input: &[u8], problem: NumberError) -> Vec<u8> {
    let mut text = format!("strconv.{function}: parsing ").into_bytes();
    text.extend(quoted(input));
    text.extend(format!(": {problem}").into_bytes());
    text
}

fn utf8(text: &[u8]) -> Result<&str, NumberError> {
    std::str::from_utf8(text).map_err(|_| NumberError::Syntax)
}

/// Go's `strconv.ParseBool`.
pub(super) fn parse_bool(text: &[u8]) -> Option<bool> {
    match text {
        b"1" | b"t" | b"T" | b"true" | b"TRUE" | b"True" => Some(true),
        b"0" | b"f" | b"F" | b"false" | b"FALSE" | b"False" => Some(false),
        _ => None,
    }
}

/// Go's `strconv.ParseInt` into 64 bits. Base 0 takes the prefixes `0x`, `0o`, `0`, `0b` and underscores.
pub(super) fn parse_int(text: &[u8], base: u32) -> Result<i64, NumberError> {
    strconv::parse_integer(utf8(text)?, base)
}

/// Go's `strconv.ParseUint` into 64 bits.
pub(super) fn parse_uint(text: &[u8], base: u32) -> Result<u64, NumberError> {
    strconv::parse_unsigned(utf8(text)?, base)
}

/// Go's `strconv.ParseFloat` into 64 bits.
pub(super) fn parse_float(text: &[u8]) -> Result<f64, NumberError> {
    strconv::parse_float(utf8(text)?)
}
