//! Checksums and message authentication.

use hmac::{Hmac, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use crate::function::{Arguments, Function, FunctionError};
use crate::{Type, Value};

const TEXT: Type = Type::String;

pub(super) static TABLE: &[Function] = &[
    Function::new("hmacSHA256Hex", &[TEXT, TEXT], TEXT, |_, arguments| {
        hmac_sha256(arguments)
    }),
    Function::new("md5sum", &[TEXT], TEXT, |_, arguments| digest::<Md5>(arguments)),
    Function::new("sha256Hex", &[TEXT], TEXT, |_, arguments| digest::<Sha256>(arguments)),
    Function::new("sprig_adler32sum", &[TEXT], TEXT, |_, arguments| adler32(arguments)),
    Function::new("sprig_sha1sum", &[TEXT], TEXT, |_, arguments| digest::<Sha1>(arguments)),
    Function::new("sprig_sha256sum", &[TEXT], TEXT, |_, arguments| {
        digest::<Sha256>(arguments)
    }),
    Function::new("sprig_sha512sum", &[TEXT], TEXT, |_, arguments| {
        digest::<Sha512>(arguments)
    }),
];

/// Lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

fn digest<D: Digest>(arguments: Arguments<'_>) -> Result<Value, FunctionError> {
    Ok(Value::string(hex(&D::digest(arguments.text(0)?.as_bytes()))))
}

fn hmac_sha256(arguments: Arguments<'_>) -> Result<Value, FunctionError> {
    let (message, key) = (arguments.text(0)?, arguments.text(1)?);
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map_err(|error| error.to_string())?;
    mac.update(message.as_bytes());
    Ok(Value::string(hex(&mac.finalize().into_bytes())))
}

fn adler32(arguments: Arguments<'_>) -> Result<Value, FunctionError> {
    let (mut low, mut high) = (1_u32, 0_u32);
    for byte in arguments.text(0)?.as_bytes() {
        low = (low + u32::from(*byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    Ok(Value::string(((high << 16) | low).to_string()))
}
