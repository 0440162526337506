//! Base 64 and base 32, with the texts of Go's errors.

use crate::function::{Arguments, Function, FunctionError};
use crate::{Call, Type, Value};

const TEXT: Type = Type::String;
const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

pub(super) static TABLE: &[Function] = &[
    Function::new("base64Decode", &[TEXT], TEXT, |_, arguments| {
        decoded("base64Decode: ", decode_base64(STANDARD, arguments.text(0)?.as_bytes()))
    }),
    Function::new("base64Encode", &[TEXT], TEXT, |call, arguments| {
        encoded(call, STANDARD, arguments)
    }),
    Function::new("base64URLDecode", &[TEXT], TEXT, |_, arguments| {
        decoded(
            "base64URLDecode: ",
            decode_base64(URL_SAFE, arguments.text(0)?.as_bytes()),
        )
    }),
    Function::new("base64URLEncode", &[TEXT], TEXT, |call, arguments| {
        encoded(call, URL_SAFE, arguments)
    }),
    Function::new("sprig_b32dec", &[TEXT], TEXT, |_, arguments| {
        let bytes = decode_base32(arguments.text(0)?.as_bytes());
        Ok(Value::string(bytes.unwrap_or_else(String::into_bytes)))
    }),
    Function::new("sprig_b32enc", &[TEXT], TEXT, |call, arguments| {
        encoded(call, BASE32, arguments)
    }),
    Function::new("sprig_b64dec", &[TEXT], TEXT, |_, arguments| {
        let bytes = decode_standard(arguments.text(0)?.as_bytes());
        Ok(Value::string(bytes.unwrap_or_else(String::into_bytes)))
    }),
    Function::new("sprig_b64enc", &[TEXT], TEXT, |call, arguments| {
        encoded(call, STANDARD, arguments)
    }),
];

fn decoded(step: &str, result: Result<Vec<u8>, String>) -> Result<Value, FunctionError> {
    result
        .map(Value::string)
        .map_err(|error| format!("{step}{error}").into())
}

fn encoded(call: &mut Call<'_>, alphabet: &[u8], arguments: Arguments<'_>) -> Result<Value, FunctionError> {
    let bytes = arguments.text(0)?.as_bytes();
    call.reserve(bytes.len().saturating_mul(2).saturating_add(8))?;
    Ok(Value::string(encode_with(alphabet, bytes)))
}

/// Standard base 64 with padding.
pub(crate) fn encode(bytes: &[u8]) -> Vec<u8> {
    encode_with(STANDARD, bytes)
}

/// Decodes standard base 64, which must be padded; line breaks are skipped.
pub(crate) fn decode_standard(text: &[u8]) -> Result<Vec<u8>, String> {
    decode_base64(STANDARD, text)
}

/// Bits per digit, digits per group, bytes per group.
fn shape(alphabet: &[u8]) -> (u32, usize, usize) {
    match alphabet.len() {
        32 => (5, 8, 5),
        _ => (6, 4, 3),
    }
}

fn encode_with(alphabet: &[u8], bytes: &[u8]) -> Vec<u8> {
    let (bits, digits, group) = shape(alphabet);
    let mut text = Vec::with_capacity(bytes.len().div_ceil(group) * digits);
    for chunk in bytes.chunks(group) {
        let mut buffer: u64 = 0;
        for at in 0..group {
            buffer = buffer << 8 | u64::from(chunk.get(at).copied().unwrap_or(0));
        }
        let used = (chunk.len() * 8).div_ceil(bits as usize);
        for digit in 0..digits {
            let shift = bits as usize * (digits - 1 - digit);
            let index = (buffer >> shift) as usize & (alphabet.len() - 1);
            text.push(if digit < used { alphabet[index] } else { b'=' });
        }
    }
    text
}

/// Go's `base64.Encoding.DecodeString`: padding is required, line breaks are skipped.
fn decode_base64(alphabet: &[u8], text: &[u8]) -> Result<Vec<u8>, String> {
    let corrupt = |at: usize| format!("illegal base64 data at input byte {at}");
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let mut digits = Digits { text, at: 0 };
    loop {
        let mut buffer: u32 = 0;
        let mut count = 0;
        while count < 4 {
            let Some(byte) = digits.next() else {
                return if count == 0 {
                    Ok(bytes)
                } else {
                    Err(corrupt(text.len() - count))
                };
            };
            if byte == b'=' {
                break;
            }
            let value = alphabet.iter().position(|known| *known == byte);
            let value = value.ok_or_else(|| corrupt(digits.at - 1))?;
            buffer = buffer << 6 | value as u32;
            count += 1;
        }
        buffer <<= 6 * (4 - count);
        if count < 4 {
            digits.end_of_padding(count).map_err(corrupt)?;
            bytes.extend_from_slice(&buffer.to_be_bytes()[1..count]);
            return Ok(bytes);
        }
        bytes.extend_from_slice(&buffer.to_be_bytes()[1..]);
    }
}

/// The digits of a text without its line breaks.
struct Digits<'t> {
    text: &'t [u8],
    at: usize,
}

impl Digits<'_> {
    fn peek(&mut self) -> Option<u8> {
        while matches!(self.text.get(self.at), Some(b'\r' | b'\n')) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    /// Reads the rest of the padding of a group with `count` digits, whose first `=` has been read. Fails with the
    /// offset of what is wrong.
    fn end_of_padding(&mut self, count: usize) -> Result<(), usize> {
        match count {
            0 | 1 => return Err(self.at - 1),
            2 => match self.peek() {
                None => return Err(self.text.len()),
                Some(b'=') => self.at += 1,
                Some(_) => return Err(self.at - 1),
            },
            _ => (),
        }
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.at),
        }
    }
}

/// Go's `base32.Encoding.DecodeString`. Offsets count without the line breaks, and what follows the padding is ignored.
fn decode_base32(text: &[u8]) -> Result<Vec<u8>, String> {
    let corrupt = |at: usize| format!("illegal base32 data at input byte {at}");
    let text: Vec<u8> = text
        .iter()
        .copied()
        .filter(|byte| !matches!(byte, b'\r' | b'\n'))
        .collect();
    let mut bytes = Vec::with_capacity(text.len() / 8 * 5);
    for start in (0..text.len()).step_by(8) {
        let mut buffer: u64 = 0;
        let mut count = 0;
        for at in start..start + 8 {
            let byte = *text.get(at).ok_or_else(|| corrupt(text.len() - count))?;
            if byte == b'=' && count >= 2 && text.len() - at - 1 < 8 {
                base32_padding(&text, at, count).map_err(corrupt)?;
                break;
            }
            let value = BASE32
                .iter()
                .position(|known| *known == byte)
                .ok_or_else(|| corrupt(at))?;
            buffer = buffer << 5 | value as u64;
            count += 1;
        }
        buffer <<= 5 * (8 - count);
        bytes.extend_from_slice(&buffer.to_be_bytes()[3..3 + count * 5 / 8]);
        if count < 8 {
            break;
        }
    }
    Ok(bytes)
}

/// Checks the padding that starts at an offset, after `count` digits of a group.
fn base32_padding(text: &[u8], at: usize, count: usize) -> Result<(), usize> {
    let after = &text[at + 1..];
    if after.len() + count < 7 {
        return Err(text.len());
    }
    if let Some(wrong) = after.iter().take(7 - count).position(|byte| *byte != b'=') {
        return Err(at + wrong);
    }
    match count {
        3 | 6 => Err(at),
        _ => Ok(()),
    }
}
