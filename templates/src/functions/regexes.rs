//! Functions that search with regular expressions.

use std::sync::Arc;

use super::matching::Pattern;
use crate::fmt::quote;
use crate::function::{Arguments, Function, FunctionError};
use crate::{Call, List, STRING_LIST, Type, Value};

const TEXT: Type = Type::String;
const INT: Type = Type::INT;

type Outcome = Result<Value, FunctionError>;

pub(super) static TABLE: &[Function] = &[
    Function::new("regexMatch", &[TEXT, TEXT], Type::Bool, is_match),
    Function::new("regexReplaceAll", &[TEXT, TEXT, TEXT], TEXT, |call, arguments| {
        replace(call, arguments, (1, 2), false)
    }),
    Function::new("sprig_mustRegexFind", &[TEXT, TEXT], TEXT, find),
    Function::new("sprig_mustRegexFindAll", &[TEXT, TEXT, INT], STRING_LIST, find_all),
    Function::new("sprig_mustRegexMatch", &[TEXT, TEXT], Type::Bool, is_match),
    Function::new(
        "sprig_mustRegexReplaceAll",
        &[TEXT, TEXT, TEXT],
        TEXT,
        |call, arguments| replace(call, arguments, (2, 1), false),
    ),
    Function::new(
        "sprig_mustRegexReplaceAllLiteral",
        &[TEXT, TEXT, TEXT],
        TEXT,
        |call, arguments| replace(call, arguments, (2, 1), true),
    ),
    Function::new("sprig_mustRegexSplit", &[TEXT, TEXT, INT], STRING_LIST, split),
    Function::new("sprig_regexFind", &[TEXT, TEXT], TEXT, |call, arguments| {
        must_compile(arguments, find(call, arguments))
    }),
    Function::new(
        "sprig_regexFindAll",
        &[TEXT, TEXT, INT],
        STRING_LIST,
        |call, arguments| must_compile(arguments, find_all(call, arguments)),
    ),
    Function::new(
        "sprig_regexMatch",
        &[TEXT, TEXT],
        Type::Bool,
        |call, arguments| match is_match(call, arguments) {
            Err(FunctionError::Failed(_)) => Ok(Value::Bool(false)),
            result => result,
        },
    ),
    Function::new("sprig_regexQuoteMeta", &[TEXT], TEXT, |_, arguments| {
        Ok(Value::string(quote_meta(arguments.text(0)?.as_bytes())))
    }),
    Function::new("sprig_regexReplaceAll", &[TEXT, TEXT, TEXT], TEXT, |call, arguments| {
        must_compile(arguments, replace(call, arguments, (2, 1), false))
    }),
    Function::new(
        "sprig_regexReplaceAllLiteral",
        &[TEXT, TEXT, TEXT],
        TEXT,
        |call, arguments| must_compile(arguments, replace(call, arguments, (2, 1), true)),
    ),
    Function::new(
        "sprig_regexSplit",
        &[TEXT, TEXT, INT],
        STRING_LIST,
        |call, arguments| must_compile(arguments, split(call, arguments)),
    ),
];

/// Where Go panics instead of returning the error, the text names the expression first.
fn must_compile(arguments: Arguments<'_>, result: Outcome) -> Outcome {
    result.map_err(|error| match error {
        FunctionError::Failed(text) => {
            let expression = arguments.text(0).map_or(&b""[..], |expression| expression.as_bytes());
            let quoted = match quote::can_backquote(expression) {
                true => [b"`", expression, b"`"].concat(),
                false => quote::quoted(expression),
            };
            [b"regexp: Compile(", quoted.as_slice(), b"): ", &text].concat().into()
        }
        other @ (FunctionError::Signature(_) | FunctionError::Limit(_)) => other,
    })
}

/// Whether an expression matches a text.
pub(super) fn matches(call: &mut Call<'_>, expression: &[u8], text: &[u8]) -> Result<bool, FunctionError> {
    Ok(Pattern::of(call, expression)?.is_match(text))
}

fn pattern(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Arc<Pattern>, FunctionError> {
    Pattern::of(call, arguments.text(0)?.as_bytes())
}

fn is_match(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::Bool(
        pattern(call, arguments)?.is_match(arguments.text(1)?.as_bytes()),
    ))
}

/// `at` are the positions of the replacement and of the text.
fn replace(call: &mut Call<'_>, arguments: Arguments<'_>, at: (usize, usize), literal: bool) -> Outcome {
    let pattern = pattern(call, arguments)?;
    let (replacement, text) = (arguments.text(at.0)?.as_bytes(), arguments.text(at.1)?.as_bytes());
    Ok(Value::string(pattern.replace_all(call, text, replacement, literal)?))
}

fn find(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let found = pattern(call, arguments)?.find(arguments.text(1)?.as_bytes());
    Ok(Value::string(found.unwrap_or(b"")))
}

/// Matches that Go makes room for at once.
const FOUND_ROOM: usize = 10;

fn find_all(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let (pattern, text) = (pattern(call, arguments)?, arguments.text(1)?.as_bytes());
    let ranges = pattern.ranges(call, text, usize::try_from(arguments.int(2)?).ok())?;
    Ok(Value::List(match ranges.is_empty() {
        true => List::nil(TEXT),
        false => {
            let found = ranges.into_iter().map(|range| Value::string(&text[range]));
            List::appended(TEXT, found.collect(), FOUND_ROOM)
        }
    }))
}

/// Go's `Regexp.Split`.
fn split(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let (pattern, text) = (pattern(call, arguments)?, arguments.text(1)?.as_bytes());
    let limit = usize::try_from(arguments.int(2)?).ok();
    if limit == Some(0) {
        return Ok(Value::List(List::nil(TEXT)));
    }
    if text.is_empty() && !arguments.text(0)?.is_empty() {
        return Ok(Value::List(List::strings([""])));
    }
    let mut parts = Vec::new();
    let (mut start, mut end) = (0, 0);
    let ranges = pattern.ranges(call, text, limit)?;
    let room = ranges.len();
    for range in ranges {
        if limit.is_some_and(|limit| parts.len() + 1 == limit) {
            break;
        }
        end = range.start;
        if range.end != 0 {
            parts.push(Value::string(&text[start..end]));
        }
        start = range.end;
    }
    if end != text.len() {
        parts.push(Value::string(&text[start..]));
    }
    Ok(Value::List(List::appended(TEXT, parts, room)))
}

fn quote_meta(text: &[u8]) -> Vec<u8> {
    let mut quoted = Vec::with_capacity(text.len());
    for byte in text {
        if br"\.+*?()|[]{}^$".contains(byte) {
            quoted.push(b'\\');
        }
        quoted.push(*byte);
    }
    quoted
}
