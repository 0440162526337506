//! sprig's string functions.

use super::{cased, print, search, strings, wrapping};
use crate::fmt::quote::quoted;
use crate::function::{Arguments, Function, FunctionError};
use crate::{Call, List, Map, STRING_LIST, STRING_MAP, Type, Value};

const ANY: Type = Type::Any;
const INT: Type = Type::INT;
const TEXT: Type = Type::String;

type Outcome = Result<Value, FunctionError>;

pub(super) static TABLE: &[Function] = &[
    Function::new("sprig_abbrev", &[INT, TEXT], TEXT, |_, arguments| {
        let (width, text) = (arguments.int(0)?, arguments.text(1)?.as_bytes());
        Ok(Value::string(if width < 4 {
            text.to_vec()
        } else {
            abbreviate(text, 0, width)
        }))
    }),
    Function::new("sprig_abbrevboth", &[INT, INT, TEXT], TEXT, |_, arguments| {
        let (left, right, text) = (arguments.int(0)?, arguments.int(1)?, arguments.text(2)?.as_bytes());
        Ok(Value::string(match right < 4 || (left > 0 && right < 7) {
            true => text.to_vec(),
            false => abbreviate(text, left, right),
        }))
    }),
    Function::new("sprig_camelcase", &[TEXT], TEXT, |_, arguments| {
        Ok(Value::string(cased::pascal(arguments.text(0)?.as_bytes())))
    }),
    Function::variadic("sprig_cat", &[ANY], TEXT, cat),
    Function::new("sprig_contains", &[TEXT, TEXT], Type::Bool, |_, arguments| {
        Ok(Value::Bool(search::contains(
            arguments.text(1)?.as_bytes(),
            arguments.text(0)?.as_bytes(),
        )))
    }),
    Function::new("sprig_hasPrefix", &[TEXT, TEXT], Type::Bool, |_, arguments| {
        Ok(Value::Bool(
            arguments.text(1)?.as_bytes().starts_with(arguments.text(0)?.as_bytes()),
        ))
    }),
    Function::new("sprig_hasSuffix", &[TEXT, TEXT], Type::Bool, |_, arguments| {
        Ok(Value::Bool(
            arguments.text(1)?.as_bytes().ends_with(arguments.text(0)?.as_bytes()),
        ))
    }),
    Function::new("sprig_hello", &[], TEXT, |_, _| Ok(Value::string("Hello!"))),
    Function::new("sprig_indent", &[INT, TEXT], TEXT, |call, arguments| {
        Ok(Value::string(indented(call, arguments)?))
    }),
    Function::new("sprig_initials", &[TEXT], TEXT, |_, arguments| {
        Ok(Value::string(cased::initials(arguments.text(0)?.as_bytes())))
    }),
    Function::new("sprig_kebabcase", &[TEXT], TEXT, |call, arguments| {
        Ok(Value::string(cased::lower_words(
            call,
            arguments.text(0)?.as_bytes(),
            '-',
        )?))
    }),
    Function::new("sprig_lower", &[TEXT], TEXT, strings::to_lower),
    Function::new("sprig_nindent", &[INT, TEXT], TEXT, |call, arguments| {
        let mut text = b"\n".to_vec();
        text.extend(indented(call, arguments)?);
        Ok(Value::string(text))
    }),
    Function::new("sprig_nospace", &[TEXT], TEXT, |_, arguments| {
        Ok(Value::string(without_spaces(arguments.text(0)?.as_bytes())))
    }),
    Function::new("sprig_plural", &[TEXT, TEXT, INT], TEXT, |_, arguments| {
        Ok(arguments.value(if arguments.int(2)? == 1 { 0 } else { 1 })?.clone())
    }),
    Function::variadic("sprig_quote", &[ANY], TEXT, |call, arguments| {
        let texts = given(arguments).map(|value| Ok(quoted(print::text_of(call, value)?.as_bytes())));
        let texts: Vec<Vec<u8>> = texts.collect::<Result<_, FunctionError>>()?;
        Ok(Value::string(texts.join(&b" "[..])))
    }),
    Function::new("sprig_repeat", &[INT, TEXT], TEXT, |call, arguments| {
        Ok(Value::string(repeated(
            call,
            arguments.text(1)?.as_bytes(),
            arguments.int(0)?,
        )?))
    }),
    Function::new("sprig_replace", &[TEXT, TEXT, TEXT], TEXT, |call, arguments| {
        let (old, new, text) = (arguments.text(0)?, arguments.text(1)?, arguments.text(2)?);
        Ok(Value::string(search::replace(
            call,
            text.as_bytes(),
            old.as_bytes(),
            new.as_bytes(),
        )?))
    }),
    Function::new("sprig_snakecase", &[TEXT], TEXT, |call, arguments| {
        Ok(Value::string(cased::lower_words(
            call,
            arguments.text(0)?.as_bytes(),
            '_',
        )?))
    }),
    Function::new("sprig_split", &[TEXT, TEXT], STRING_MAP, |call, arguments| {
        numbered(call, arguments.text(0)?.as_bytes(), arguments.text(1)?.as_bytes(), -1)
    }),
    Function::new("sprig_splitList", &[TEXT, TEXT], STRING_LIST, |call, arguments| {
        let parts = search::split(call, arguments.text(1)?.as_bytes(), arguments.text(0)?.as_bytes(), None)?;
        Ok(Value::List(List::strings(parts)))
    }),
    Function::new("sprig_splitn", &[TEXT, INT, TEXT], STRING_MAP, |call, arguments| {
        numbered(
            call,
            arguments.text(0)?.as_bytes(),
            arguments.text(2)?.as_bytes(),
            arguments.int(1)?,
        )
    }),
    Function::variadic("sprig_squote", &[ANY], TEXT, |call, arguments| {
        let texts = given(arguments).map(|value| Ok([b"'", print::plain(call, value)?.as_slice(), b"'"].concat()));
        let texts: Vec<Vec<u8>> = texts.collect::<Result<_, FunctionError>>()?;
        Ok(Value::string(texts.join(&b" "[..])))
    }),
    Function::new("sprig_substr", &[INT, INT, TEXT], TEXT, substr),
    Function::new("sprig_swapcase", &[TEXT], TEXT, |_, arguments| {
        Ok(Value::string(cased::swapped(arguments.text(0)?.as_bytes())))
    }),
    Function::new("sprig_title", &[TEXT], TEXT, |_, arguments| {
        Ok(Value::string(cased::titled(arguments.text(0)?.as_bytes())))
    }),
    Function::new("sprig_toString", &[ANY], TEXT, |call, arguments| {
        Ok(Value::String(print::text_of(call, arguments.value(0)?)?))
    }),
    Function::new("sprig_trim", &[TEXT], TEXT, strings::trim_space),
    Function::new("sprig_trimAll", &[TEXT, TEXT], TEXT, strings::trim),
    Function::new("sprig_trimPrefix", &[TEXT, TEXT], TEXT, strings::trim_prefix),
    Function::new("sprig_trimSuffix", &[TEXT, TEXT], TEXT, strings::trim_suffix),
    Function::new("sprig_trimall", &[TEXT, TEXT], TEXT, strings::trim),
    Function::new("sprig_trunc", &[INT, TEXT], TEXT, |_, arguments| {
        let (count, text) = (arguments.int(0)?, arguments.text(1)?.as_bytes());
        let size = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
        Ok(Value::string(match count < 0 {
            true if size < text.len() => &text[text.len() - size..],
            false if size < text.len() => &text[..size],
            _ => text,
        }))
    }),
    Function::new("sprig_untitle", &[TEXT], TEXT, |_, arguments| {
        Ok(Value::string(cased::untitled(arguments.text(0)?.as_bytes())))
    }),
    Function::new("sprig_upper", &[TEXT], TEXT, strings::to_upper),
    Function::new("sprig_wrap", &[INT, TEXT], TEXT, |call, arguments| {
        let (width, text) = (arguments.int(0)?, arguments.text(1)?.as_bytes());
        Ok(Value::string(wrapping::wrap(call, text, width, b"\n", false)?))
    }),
    Function::new("sprig_wrapWith", &[INT, TEXT, TEXT], TEXT, |call, arguments| {
        let (width, line_end, text) = (arguments.int(0)?, arguments.text(1)?.as_bytes(), arguments.text(2)?);
        let line_end = if line_end.is_empty() { b"\n" } else { line_end };
        Ok(Value::string(wrapping::wrap(
            call,
            text.as_bytes(),
            width,
            line_end,
            true,
        )?))
    }),
];

/// The arguments that are not nil.
fn given<'a>(arguments: Arguments<'a>) -> impl Iterator<Item = &'a Value> {
    arguments
        .all()
        .iter()
        .filter(|value| !matches!(value, Value::Nil | Value::Null(ANY)))
}

/// An ellipsis in place of what is cut off; all counts are bytes. The width is at least 4, or 7 with an offset.
fn abbreviate(text: &[u8], offset: i64, width: i64) -> Vec<u8> {
    let length = text.len() as i64;
    if length <= width {
        return text.to_vec();
    }
    let kept = width - 3;
    let mut offset = offset.min(length);
    if length - offset < kept {
        offset = length - kept;
    }
    let part = |from: i64, to: i64| &text[from.clamp(0, length) as usize..to.clamp(0, length) as usize];
    if offset <= 4 {
        return [part(0, kept), b"..."].concat();
    }
    if offset + kept < length {
        let rest = part(offset, length);
        let middle = match kept < 4 {
            true => Vec::new(),
            false => abbreviate(rest, 0, kept),
        };
        return [&b"..."[..], &middle].concat();
    }
    [b"...", part(length - kept, length)].concat()
}

fn cat(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let texts: Vec<Vec<u8>> = given(arguments)
        .map(|value| print::plain(call, value))
        .collect::<Result<_, _>>()?;
    Ok(Value::string(texts.join(&b" "[..])))
}

fn repeated(call: &mut Call<'_>, text: &[u8], count: i64) -> Result<Vec<u8>, FunctionError> {
    let count = usize::try_from(count).map_err(|_| "strings: negative Repeat count")?;
    call.reserve(text.len().saturating_mul(count))?;
    Ok(text.repeat(count))
}

fn indented(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Vec<u8>, FunctionError> {
    let (spaces, text) = (arguments.int(0)?, arguments.text(1)?.as_bytes());
    let padding = repeated(call, b" ", spaces)?;
    let replaced = search::replace(call, text, b"\n", &[b"\n", padding.as_slice()].concat())?;
    Ok([padding, replaced].concat())
}

/// Every byte is taken for a character of its own, as long as there is a space to remove.
fn without_spaces(text: &[u8]) -> Vec<u8> {
    if !text.iter().any(|byte| char::from(*byte).is_whitespace()) {
        return text.to_vec();
    }
    let kept = text
        .iter()
        .map(|byte| char::from(*byte))
        .filter(|rune| !rune.is_whitespace());
    kept.collect::<String>().into_bytes()
}

/// Parts under the keys `_0`, `_1`, ….
fn numbered(call: &mut Call<'_>, separator: &[u8], text: &[u8], limit: i64) -> Outcome {
    let limit = usize::try_from(limit).ok();
    let parts = search::split(call, text, separator, limit)?;
    call.reserve(parts.len() * 2 * size_of::<Value>())?;
    let entries = parts.into_iter().enumerate().map(|(at, part)| (format!("_{at}"), part));
    Ok(Value::Map(Map::strings(entries)))
}

fn substr(_: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let (start, end, text) = (arguments.int(0)?, arguments.int(1)?, arguments.text(2)?.as_bytes());
    let length = text.len() as i64;
    let (from, to) = match (start < 0, end < 0 || end > length) {
        (true, _) => (0, end),
        (false, true) => (start, length),
        (false, false) => (start, end),
    };
    let part = usize::try_from(from)
        .ok()
        .zip(usize::try_from(to).ok())
        .and_then(|(from, to)| text.get(from..to));
    part.map(Value::string).ok_or_else(|| {
        FunctionError::from(match start < 0 {
            true if end < 0 => format!("runtime error: slice bounds out of range [:{end}]"),
            true => format!("runtime error: slice bounds out of range [:{end}] with length {length}"),
            false => format!("runtime error: slice bounds out of range [{from}:{to}]"),
        })
    })
}
