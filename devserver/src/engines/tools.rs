//! Random bytes and digests, as transit and `sys/tools` both offer them.

use super::digest::Algorithm;
use super::encoding;
use crate::engine::Call;
use crate::logical::{Error, Reply, Response};
use crate::object;
use crate::random;

/// Most bytes that one call may ask for.
const MOST_RANDOM_BYTES: i64 = 128 * 1024;

/// Where the original could take random bytes from; here they all come from the system.
const SOURCES: [&str; 3] = ["platform", "seal", "all"];

/// Answers `random`: fields `urlbytes`, `bytes` (32 by default), `format` (`base64` by default).
///
/// # Errors
/// Counts that are no number or out of range; unknown formats.
pub(crate) fn random(call: &Call<'_>) -> Reply {
    // One segment is the count, or a known source; of two the first is the source.
    let (source, count) = match (call.text("source"), call.text("urlbytes")) {
        (count, "") if !SOURCES.contains(&count) => ("", count),
        named => named,
    };
    if !source.is_empty() && !SOURCES.contains(&source) {
        return Err(Error::response(format!(
            "unsupported entropy source {source:?}; must be \"platform\" or \"seal\", or \"all\""
        )));
    }
    let count = random_count(call, count)?;
    let format = call.string("format");
    if !matches!(format.as_str(), "hex" | "base64") {
        return Err(Error::response(format!(
            "unsupported encoding format {format:?}; must be \"hex\" or \"base64\""
        )));
    }
    let bytes = random_bytes(count);
    let text = if format == "hex" {
        random::hex(&bytes)
    } else {
        encoding::encode(bytes)
    };
    Response::data(object! { "random_bytes" => text }).reply()
}

/// How many bytes are asked for: by the path, else by the body.
fn random_count(call: &Call<'_>, in_path: &str) -> Result<usize, Error> {
    let count = match in_path {
        "" => call.int("bytes"),
        text => text.parse().map_err(|_| {
            Error::response(format!(
                "error parsing url-set byte count: strconv.Atoi: parsing {text:?}: invalid syntax"
            ))
        })?,
    };
    if count < 1 {
        return Err(Error::response("'bytes' cannot be less than 1"));
    }
    if count > MOST_RANDOM_BYTES {
        return Err(Error::response(format!(
            "'bytes' should be less than {MOST_RANDOM_BYTES}"
        )));
    }
    Ok(usize::try_from(count).unwrap_or_default())
}

fn random_bytes(count: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(count);
    while bytes.len() < count {
        let more: [u8; 64] = random::bytes();
        bytes.extend_from_slice(&more[..more.len().min(count - bytes.len())]);
    }
    bytes
}

/// Answers `hash`: fields `urlalgorithm`, `algorithm` (`sha2-256` by default), `input`, `format` (`hex` by default).
///
/// # Errors
/// Unknown algorithms and formats; input that is no base64.
pub(crate) fn hash(call: &Call<'_>) -> Reply {
    let input = encoding::decode(&call.string("input"))
        .map_err(|text| Error::response(format!("unable to decode input as base64: {text}")))?;
    let name = match call.text("urlalgorithm") {
        "" => call.string("algorithm"),
        name => name.to_owned(),
    };
    let format = call.string("format");
    if !matches!(format.as_str(), "hex" | "base64") {
        return Err(Error::response(format!(
            "unsupported encoding format {format}; must be \"hex\" or \"base64\""
        )));
    }
    let algorithm = Algorithm::public(&name).ok_or_else(|| Error::response(format!("unsupported algorithm {name}")))?;
    let sum = algorithm.digest(&input);
    let text = if format == "hex" {
        random::hex(&sum)
    } else {
        encoding::encode(sum)
    };
    Response::data(object! { "sum" => text }).reply()
}
