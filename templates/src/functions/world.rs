//! Functions that reach outside: environment, files, commands, host names, random numbers.

use super::{cast, paths, runes};
use crate::function::{Arguments, Function, FunctionError};
use crate::source::FileWrite;
use crate::strconv::{self, NumberError};
use crate::{Call, Type, Value};
use zeroize::Zeroizing;

const TEXT: Type = Type::String;
const INT: Type = Type::INT;

type Outcome = Result<Value, FunctionError>;

pub(super) static TABLE: &[Function] = &[
    Function::new("env", &[TEXT], TEXT, env),
    Function::new("envOrDefault", &[TEXT, TEXT], TEXT, |call, arguments| {
        match call.source().env(&arguments.str_lossy(0)?) {
            Some(value) => Ok(Value::string(value)),
            None => Ok(arguments.value(1)?.clone()),
        }
    }),
    Function::new("file", &[TEXT], TEXT, file),
    Function::new("mustEnv", &[TEXT], TEXT, |call, arguments| {
        let name = arguments.str_lossy(0)?;
        match call.source().env(&name).filter(|value| !value.is_empty()) {
            Some(value) => Ok(Value::string(value)),
            None => Err(format!("required environment variable {name} is empty").into()),
        }
    }),
    Function::variadic("plugin", &[TEXT, TEXT], TEXT, plugin),
    Function::new("sprig_env", &[TEXT], TEXT, env),
    Function::new("sprig_expandenv", &[TEXT], TEXT, expand),
    Function::new("sprig_getHostByName", &[TEXT], TEXT, host),
    Function::new("sprig_randAlpha", &[INT], TEXT, |call, arguments| {
        characters(call, arguments, ALPHA)
    }),
    Function::new("sprig_randAlphaNum", &[INT], TEXT, |call, arguments| {
        characters(call, arguments, ALPHANUMERIC)
    }),
    Function::new("sprig_randAscii", &[INT], TEXT, |call, arguments| {
        characters(call, arguments, ASCII)
    }),
    Function::new("sprig_randBytes", &[INT], TEXT, |call, arguments| {
        let bytes = random_bytes(call, arguments.int(0)?)?;
        Ok(Value::string(super::encoding::encode(&bytes)))
    }),
    Function::new("sprig_randInt", &[INT, INT], INT, random_int),
    Function::new("sprig_randNumeric", &[INT], TEXT, |call, arguments| {
        characters(call, arguments, DIGITS)
    }),
    Function::new("sprig_shuffle", &[TEXT], TEXT, shuffle),
    Function::new("sprig_uuidv4", &[], TEXT, |call, _| uuid(call)),
    Function::variadic("writeToFile", &[TEXT, TEXT, TEXT, TEXT, TEXT], TEXT, write_to_file),
];

const DIGITS: &[u8] = b"0123456789";
const ALPHA: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ALPHANUMERIC: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ASCII: &[u8] =
    b" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

fn env(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let value = call.source().env(&arguments.str_lossy(0)?);
    Ok(Value::string(value.unwrap_or_default()))
}

fn file(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let path = arguments.text(0)?.as_bytes();
    if path.is_empty() {
        return Ok(Value::string(""));
    }
    let cleaned = paths::clean(runes::trim_space(path));
    let content = call.source().file(&String::from_utf8_lossy(&cleaned))?;
    call.reserve(content.len())?;
    Ok(Value::string(content))
}

fn plugin(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let command = arguments.str_lossy(0)?;
    if command.is_empty() || !call.is_complete() {
        return Ok(Value::string(""));
    }
    let words = (1..arguments.len()).map(|at| Ok(arguments.str_lossy(at)?.trim().to_owned()));
    let words: Vec<String> = words.collect::<Result<_, FunctionError>>()?;
    let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let output = call.source().plugin(&command, &words)?;
    call.reserve(output.len())?;
    Ok(Value::string(runes::trim_space(&output)))
}

/// The last argument is the content; one before it, if there are exactly two, holds flags. Nothing is written in a pass
/// in which a secret is missing.
fn write_to_file(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let (flags, content) = match arguments.rest(4) {
        [] => return Err("runtime error: index out of range [-1]".into()),
        [flags, content] => (flags.as_text(), content.as_text()),
        [.., content] => (None, content.as_text()),
    };
    let mode = mode(arguments.text(3)?.as_bytes())?;
    let has = |flag: &str| flags.is_some_and(|flags| super::search::contains(flags.as_bytes(), flag.as_bytes()));
    let mut bytes = content.map_or_else(Vec::new, |content| content.as_bytes().to_vec());
    if has("newline") {
        bytes.push(b'\n');
    }
    let write = FileWrite {
        path: arguments.str_lossy(0)?.into_owned(),
        user: arguments.str_lossy(1)?.into_owned(),
        group: arguments.str_lossy(2)?.into_owned(),
        mode,
        append: has("append"),
        content: Zeroizing::new(bytes),
    };
    if call.is_complete() {
        call.source().write_file(&write)?;
    }
    Ok(Value::string(""))
}

/// Octal digits that fit 32 bits.
fn mode(text: &[u8]) -> Result<u32, FunctionError> {
    let number = std::str::from_utf8(text).map_err(|_| NumberError::Syntax);
    let number = number.and_then(|text| strconv::parse_unsigned(text, 8));
    let mode = number.and_then(|number| u32::try_from(number).map_err(|_| NumberError::Range));
    mode.map_err(|problem| super::numbers::error_text("ParseUint", text, problem).into())
}

/// Go's `os.ExpandEnv`: `$NAME`, `${NAME}`, and the shell's one-letter variables.
fn expand(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let mut out = Vec::new();
    let mut rest = arguments.text(0)?.as_bytes();
    while let Some(dollar) = rest
        .iter()
        .position(|byte| *byte == b'$')
        .filter(|at| at + 1 < rest.len())
    {
        out.extend_from_slice(&rest[..dollar]);
        let (name, size) = variable(&rest[dollar + 1..]);
        match name {
            b"" if size > 0 => (),
            b"" => out.push(b'$'),
            name => {
                let value = call.source().env(&String::from_utf8_lossy(name)).unwrap_or_default();
                call.reserve(value.len())?;
                out.extend_from_slice(value.as_bytes());
            }
        }
        rest = &rest[dollar + 1 + size..];
    }
    out.extend_from_slice(rest);
    Ok(Value::string(out))
}

/// The name after a `$`, and the bytes it takes. Braces that hold no name take some bytes and have none.
fn variable(text: &[u8]) -> (&[u8], usize) {
    let is_special = |byte: u8| matches!(byte, b'*' | b'#' | b'$' | b'@' | b'!' | b'?' | b'-' | b'0'..=b'9');
    match text {
        [b'{', special, b'}', ..] if is_special(*special) => (&text[1..2], 3),
        [b'{', b'}', ..] => (b"", 2),
        [b'{', ..] => match text.iter().position(|byte| *byte == b'}') {
            Some(end) => (&text[1..end], end + 1),
            None => (b"", 1),
        },
        [special, ..] if is_special(*special) => (&text[..1], 1),
        _ => {
            let size = text
                .iter()
                .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
                .count();
            (&text[..size], size)
        }
    }
}

fn host(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let addresses = call.source().host_addresses(&arguments.str_lossy(0)?)?;
    let count = u64::try_from(addresses.len()).unwrap_or(0);
    if count == 0 {
        return Ok(Value::string(""));
    }
    let index = usize::try_from(random_below(call, count)?).unwrap_or(0);
    Ok(Value::string(
        addresses.get(index).map(ToString::to_string).unwrap_or_default(),
    ))
}

fn random_bytes(call: &mut Call<'_>, count: i64) -> Result<Zeroizing<Vec<u8>>, FunctionError> {
    let count = usize::try_from(count).map_err(|_| "runtime error: makeslice: len out of range")?;
    call.reserve(count.saturating_mul(2))?;
    let mut bytes = Zeroizing::new(vec![0; count]);
    call.source().random(&mut bytes)?;
    Ok(bytes)
}

/// A number below a bound, each as likely as the others.
pub(super) fn random_below(call: &mut Call<'_>, bound: u64) -> Result<u64, FunctionError> {
    let fair = u64::MAX - u64::MAX % bound;
    for _ in 0..128 {
        let mut bytes = [0; 8];
        call.source().random(&mut bytes)?;
        let number = u64::from_le_bytes(bytes);
        if number < fair {
            return Ok(number % bound);
        }
    }
    Err("the source of randomness repeats itself".into())
}

fn characters(call: &mut Call<'_>, arguments: Arguments<'_>, alphabet: &[u8]) -> Outcome {
    let count = usize::try_from(arguments.int(0)?).unwrap_or(0);
    call.reserve(count)?;
    call.step(count as u64)?;
    let mut text = Zeroizing::new(Vec::with_capacity(count));
    for _ in 0..count {
        let index = random_below(call, alphabet.len() as u64)?;
        text.extend(usize::try_from(index).ok().and_then(|index| alphabet.get(index)));
    }
    Ok(Value::string(text.as_slice()))
}

fn random_int(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let (low, high) = (cast::int(arguments.value(0)?), cast::int(arguments.value(1)?));
    match u64::try_from(high.wrapping_sub(low)) {
        Ok(0) | Err(_) => Err("invalid argument to Intn".into()),
        Ok(bound) => Ok(Value::int(low.wrapping_add_unsigned(random_below(call, bound)?))),
    }
}

fn shuffle(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let text = arguments.text(0)?.as_bytes();
    call.reserve(text.len().saturating_mul(8))?;
    let mut characters: Vec<char> = runes::runes(text).map(|(rune, _)| rune).collect();
    for at in (1..characters.len()).rev() {
        let other = random_below(call, at as u64 + 1)?;
        characters.swap(at, usize::try_from(other).unwrap_or(at));
    }
    Ok(Value::string(characters.into_iter().collect::<String>()))
}

fn uuid(call: &mut Call<'_>) -> Outcome {
    let mut bytes = [0; 16];
    call.source().random(&mut bytes)?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits = super::hashing::hex(&bytes);
    let parts = [
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..],
    ];
    Ok(Value::string(parts.join("-")))
}
