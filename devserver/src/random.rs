//! Random texts: tokens, ids, accessors.

const BASE62: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Random bytes from the system. Where the system has none to give, the bytes stay zero: nothing secret depends on a
/// development server.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let _unavailable = getrandom::fill(&mut bytes);
    bytes
}

/// A random text of letters and digits.
pub fn base62(length: usize) -> String {
    let mut text = String::with_capacity(length);
    while text.len() < length {
        for byte in bytes::<32>() {
            // 248 is the largest multiple of 62 in a byte: without the cut the first letters would be more frequent.
            if byte < 248 && text.len() < length {
                text.push(char::from(BASE62[usize::from(byte % 62)]));
            }
        }
    }
    text
}

/// A random UUID in the shape the original gives: version bits are random too.
pub fn uuid() -> String {
    let hex = hex(&bytes::<16>());
    format!(
        "{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}

/// An accessor of a mount of this type: `kv_1a2b3c4d`.
pub fn accessor(kind: &str) -> String {
    format!("{kind}_{}", hex(&bytes::<4>()))
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A random number below a limit; 0 for a limit of 0.
pub fn below(limit: usize) -> usize {
    let number = u64::from_le_bytes(bytes());
    let limit = u64::try_from(limit).unwrap_or(u64::MAX).max(1);
    usize::try_from(number % limit).unwrap_or_default()
}
