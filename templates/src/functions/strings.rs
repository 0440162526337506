//! consul-template's string functions.

use super::runes::{self, runes};
use super::search;
use super::title::title_words;
use crate::function::{Arguments, Function, FunctionError};
use crate::{Call, List, Map, STRING_LIST, STRING_MAP, Text, Type, Value};

const TEXT: Type = Type::String;

pub(super) static TABLE: &[Function] = &[
    Function::new("indent", &[Type::INT, TEXT], TEXT, indent),
    Function::new("join", &[TEXT, STRING_LIST], TEXT, join),
    Function::new("replaceAll", &[TEXT, TEXT, TEXT], TEXT, replace_all),
    Function::new("split", &[TEXT, TEXT], STRING_LIST, split),
    Function::new("splitToMap", &[TEXT, TEXT, TEXT], STRING_MAP, split_to_map),
    Function::new("toLower", &[TEXT], TEXT, to_lower),
    Function::new("toTitle", &[TEXT], TEXT, to_title),
    Function::new("toUpper", &[TEXT], TEXT, to_upper),
    Function::new("trim", &[TEXT, TEXT], TEXT, trim),
    Function::new("trimPrefix", &[TEXT, TEXT], TEXT, trim_prefix),
    Function::new("trimSpace", &[TEXT], TEXT, trim_space),
    Function::new("trimSuffix", &[TEXT, TEXT], TEXT, trim_suffix),
];

type Outcome = Result<Value, FunctionError>;

fn indent(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let (spaces, text) = (arguments.int(0)?, arguments.text(1)?.as_bytes());
    let spaces = usize::try_from(spaces).map_err(|_| "indent value must be a positive integer")?;
    let lines = text.split_inclusive(|byte| *byte == b'\n').count();
    call.reserve(lines.saturating_mul(spaces).saturating_add(text.len()))?;
    let mut indented = Vec::new();
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if line != b"\n" {
            indented.resize(indented.len() + spaces, b' ');
        }
        indented.extend_from_slice(line);
    }
    Ok(Value::string(indented))
}

/// Items of a list of texts, joined.
pub(super) fn joined(call: &mut Call<'_>, separator: &[u8], items: &[Text]) -> Result<Vec<u8>, FunctionError> {
    let size: usize = items.iter().map(|item| item.len() + separator.len()).sum();
    call.reserve(size)?;
    let parts: Vec<&[u8]> = items.iter().map(Text::as_bytes).collect();
    Ok(parts.join(separator))
}

fn join(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let items: Vec<Text> = arguments
        .list(1)?
        .items()
        .iter()
        .filter_map(|item| item.as_text().cloned())
        .collect();
    Ok(Value::string(joined(call, arguments.text(0)?.as_bytes(), &items)?))
}

fn replace_all(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let (from, to, text) = (arguments.text(0)?, arguments.text(1)?, arguments.text(2)?);
    let replaced = search::replace(call, text.as_bytes(), from.as_bytes(), to.as_bytes())?;
    Ok(Value::string(replaced))
}

fn split(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let (separator, text) = (arguments.text(0)?, runes::trim_space(arguments.text(1)?.as_bytes()));
    if text.is_empty() {
        return Ok(Value::List(List::strings(Vec::<Text>::new())));
    }
    let parts = search::split(call, text, separator.as_bytes(), None)?;
    Ok(Value::List(List::strings(parts)))
}

fn split_to_map(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let (outer, inner) = (arguments.text(0)?, arguments.text(1)?);
    let text = runes::trim_space(arguments.text(2)?.as_bytes());
    if text.is_empty() {
        return Ok(Value::Map(Map::strings(Vec::<(Text, Text)>::new())));
    }
    let parts = search::split(call, text, outer.as_bytes(), None)?;
    let pairs = parts.into_iter().filter_map(|part| search::cut(part, inner.as_bytes()));
    Ok(Value::Map(Map::strings(pairs)))
}

pub(super) fn to_lower(_: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::string(runes::map(
        arguments.text(0)?.as_bytes(),
        runes::to_lower,
    )))
}

pub(super) fn to_upper(_: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::string(runes::map(
        arguments.text(0)?.as_bytes(),
        runes::to_upper,
    )))
}

fn to_title(_: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::string(title_words(arguments.text(0)?.as_bytes())))
}

pub(super) fn trim(_: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let cutset: Vec<char> = runes(arguments.text(0)?.as_bytes()).map(|(rune, _)| rune).collect();
    let text = arguments.text(1)?.as_bytes();
    Ok(Value::string(runes::trim(text, |rune| cutset.contains(&rune))))
}

pub(super) fn trim_prefix(_: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let (prefix, text) = (arguments.text(0)?.as_bytes(), arguments.text(1)?.as_bytes());
    Ok(Value::string(text.strip_prefix(prefix).unwrap_or(text)))
}

pub(super) fn trim_suffix(_: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let (suffix, text) = (arguments.text(0)?.as_bytes(), arguments.text(1)?.as_bytes());
    Ok(Value::string(text.strip_suffix(suffix).unwrap_or(text)))
}

pub(super) fn trim_space(_: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::string(runes::trim_space(arguments.text(0)?.as_bytes())))
}
