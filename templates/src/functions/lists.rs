//! sprig's list functions. Each has a twin with `must` in its name, which does the same here: where the plain one
//! panics with an error, the template fails with that same error.

use super::cast;
use super::deep::deep_equal;
use super::print;
use crate::function::{Arguments, Body, Function, FunctionError};
use crate::value::growth;
use crate::{ANY_LIST, Call, List, STRING_LIST, Text, Type, Value};

const ANY: Type = Type::Any;
const LISTS: Type = Type::List(&ANY_LIST);

type Outcome = Result<Value, FunctionError>;

pub(super) static TABLE: &[Function] = &[
    Function::new("sprig_append", &[ANY, ANY], ANY_LIST, PUSH),
    Function::new("sprig_chunk", &[Type::INT, ANY], LISTS, chunk),
    Function::new("sprig_compact", &[ANY], ANY_LIST, COMPACT),
    Function::variadic("sprig_concat", &[ANY], ANY, concat),
    Function::new("sprig_first", &[ANY], ANY, FIRST),
    Function::new("sprig_has", &[ANY, ANY], Type::Bool, has),
    Function::new("sprig_initial", &[ANY], ANY_LIST, INITIAL),
    Function::new("sprig_join", &[Type::String, ANY], Type::String, join),
    Function::new("sprig_last", &[ANY], ANY, LAST),
    Function::variadic("sprig_list", &[ANY], ANY_LIST, list),
    Function::new("sprig_mustAppend", &[ANY, ANY], ANY_LIST, PUSH),
    Function::new("sprig_mustChunk", &[Type::INT, ANY], LISTS, chunk),
    Function::new("sprig_mustCompact", &[ANY], ANY_LIST, COMPACT),
    Function::new("sprig_mustFirst", &[ANY], ANY, FIRST),
    Function::new("sprig_mustHas", &[ANY, ANY], Type::Bool, has),
    Function::new("sprig_mustInitial", &[ANY], ANY_LIST, INITIAL),
    Function::new("sprig_mustLast", &[ANY], ANY, LAST),
    Function::new("sprig_mustPrepend", &[ANY, ANY], ANY_LIST, PREPEND),
    Function::new("sprig_mustPush", &[ANY, ANY], ANY_LIST, PUSH),
    Function::new("sprig_mustRest", &[ANY], ANY_LIST, REST),
    Function::new("sprig_mustReverse", &[ANY], ANY_LIST, REVERSE),
    Function::variadic("sprig_mustSlice", &[ANY, ANY], ANY, slice),
    Function::new("sprig_mustUniq", &[ANY], ANY_LIST, uniq),
    Function::variadic("sprig_mustWithout", &[ANY, ANY], ANY_LIST, without),
    Function::new("sprig_prepend", &[ANY, ANY], ANY_LIST, PREPEND),
    Function::new("sprig_push", &[ANY, ANY], ANY_LIST, PUSH),
    Function::new("sprig_rest", &[ANY], ANY_LIST, REST),
    Function::new("sprig_reverse", &[ANY], ANY_LIST, REVERSE),
    Function::variadic("sprig_slice", &[ANY, ANY], ANY, slice),
    Function::new("sprig_sortAlpha", &[ANY], STRING_LIST, sort_alpha),
    Function::new("sprig_toStrings", &[ANY], STRING_LIST, |call, arguments| {
        let value = arguments.value(0)?;
        let texts = texts(call, value)?;
        Ok(text_list(texts, value))
    }),
    Function::variadic("sprig_tuple", &[ANY], ANY_LIST, list),
    Function::new("sprig_uniq", &[ANY], ANY_LIST, uniq),
    Function::variadic("sprig_without", &[ANY, ANY], ANY_LIST, without),
];

const PUSH: Body = |call, arguments| {
    let mut items = copied(call, items(arguments.value(0)?, "Cannot push on type")?)?;
    let room = items.len();
    items.push(arguments.value(1)?.clone());
    Ok(Value::List(List::appended(ANY, items, room)))
};
const PREPEND: Body = |call, arguments| {
    let mut all = vec![arguments.value(1)?.clone()];
    all.extend(copied(call, items(arguments.value(0)?, "Cannot prepend on type")?)?);
    let capacity = growth::grown(1, all.len(), ANY);
    Ok(Value::List(List::with_capacity(ANY, all, capacity)))
};
const COMPACT: Body = |call, arguments| {
    let items = copied(call, items(arguments.value(0)?, "Cannot compact on type")?)?;
    let items = items.into_iter().filter(Value::is_true).collect();
    Ok(Value::List(List::appended(ANY, items, 0)))
};
const FIRST: Body = |_, arguments| {
    let items = items(arguments.value(0)?, "Cannot find first on type")?;
    Ok(items.first().cloned().unwrap_or(Value::Nil))
};
const LAST: Body = |_, arguments| {
    let items = items(arguments.value(0)?, "Cannot find last on type")?;
    Ok(items.last().cloned().unwrap_or(Value::Nil))
};
const REST: Body = |call, arguments| {
    let items = items(arguments.value(0)?, "Cannot find rest on type")?;
    part(call, items.split_first().map(|(_, rest)| rest))
};
const INITIAL: Body = |call, arguments| {
    let items = items(arguments.value(0)?, "Cannot find initial on type")?;
    part(call, items.split_last().map(|(_, rest)| rest))
};
const REVERSE: Body = |call, arguments| {
    let mut items = copied(call, items(arguments.value(0)?, "Cannot find reverse on type")?)?;
    items.reverse();
    Ok(Value::List(List::any(items)))
};

/// The items of a list; anything else is refused with the words of the function and the kind of the value.
fn items<'v>(value: &'v Value, refusal: &str) -> Result<&'v [Value], FunctionError> {
    match value {
        Value::List(list) => Ok(list.items()),
        Value::Nil | Value::Null(Type::Any) => Err(NIL_POINTER.into()),
        other => Err(format!("{refusal} {}", other.kind()).into()),
    }
}

/// What Go panics with where a nil pointer is followed.
pub(super) const NIL_POINTER: &str = "runtime error: invalid memory address or nil pointer dereference";

fn copied(call: &mut Call<'_>, items: &[Value]) -> Result<Vec<Value>, FunctionError> {
    call.reserve((items.len() + 1) * size_of::<Value>())?;
    Ok(items.to_vec())
}

/// A list of some items, or the nil list.
fn part(call: &mut Call<'_>, items: Option<&[Value]>) -> Outcome {
    Ok(Value::List(match items {
        Some(items) => List::any(copied(call, items)?),
        None => List::nil(ANY),
    }))
}

fn list(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::List(List::any(copied(call, arguments.all())?)))
}

fn concat(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let mut all = Vec::new();
    for value in arguments.all() {
        match value {
            Value::List(list) => all.extend(copied(call, list.items())?),
            Value::Nil | Value::Null(Type::Any) => return Err(NIL_POINTER.into()),
            other => return Err(format!("Cannot concat type {} as list", other.kind()).into()),
        }
    }
    Ok(Value::List(match all.is_empty() {
        true => List::nil(ANY),
        false => List::appended(ANY, all, 0),
    }))
}

fn chunk(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let items = items(arguments.value(1)?, "Cannot chunk type")?;
    let size = usize::try_from(arguments.int(0)?).unwrap_or(0);
    if size == 0 {
        return Err("runtime error: makeslice: len out of range".into());
    }
    let items = copied(call, items)?;
    let chunks = items.chunks(size).map(|items| Value::List(List::any(items.to_vec())));
    Ok(Value::List(List::of(ANY_LIST, chunks.collect())))
}

fn has(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    if arguments.value(1)?.is_nil() && !matches!(arguments.value(1)?, Value::List(_)) {
        return Ok(Value::Bool(false));
    }
    let needle = arguments.value(0)?;
    for item in items(arguments.value(1)?, "Cannot find has on type")? {
        if deep_equal(call, needle, item)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

fn is_among(call: &mut Call<'_>, known: &[Value], item: &Value) -> Result<bool, FunctionError> {
    for other in known {
        if deep_equal(call, item, other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn uniq(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let mut kept: Vec<Value> = Vec::new();
    for item in items(arguments.value(0)?, "Cannot find uniq on type")? {
        if !is_among(call, &kept, item)? {
            kept.push(item.clone());
        }
    }
    Ok(Value::List(List::appended(ANY, kept, 0)))
}

fn without(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let mut kept = Vec::new();
    for item in items(arguments.value(0)?, "Cannot find without on type")? {
        if !is_among(call, arguments.rest(1), item)? {
            kept.push(item.clone());
        }
    }
    Ok(Value::List(List::appended(ANY, kept, 0)))
}

fn slice(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let Value::List(list) = arguments.value(0)? else {
        return items(arguments.value(0)?, "list should be type of slice or array but").map(|_| Value::Nil);
    };
    if list.is_empty() {
        return Ok(Value::Nil);
    }
    let start = arguments.rest(1).first().map_or(0, cast::int);
    let end = arguments.rest(1).get(1).map_or(list.len() as i64, cast::int);
    let bounds = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    let bounds = bounds.filter(|(start, end)| start <= end && *end <= list.capacity());
    let (start, end) = bounds.ok_or("reflect.Value.Slice: slice index out of bounds")?;
    call.reserve((end - start) * size_of::<Value>())?;
    Ok(Value::List(list.part(start, end, list.capacity())))
}

/// The items of a list as texts, nil ones left out; a value that is no list is one text, nil is none.
fn texts(call: &mut Call<'_>, value: &Value) -> Result<Vec<Text>, FunctionError> {
    let mut texts = Vec::new();
    match value {
        Value::List(list) => {
            call.reserve(list.len() * size_of::<Text>())?;
            for item in list
                .items()
                .iter()
                .filter(|item| !matches!(item, Value::Nil | Value::Null(ANY)))
            {
                texts.push(print::text_of(call, item)?);
            }
        }
        Value::Nil | Value::Null(ANY) => (),
        other => texts.push(print::text_of(call, other)?),
    }
    Ok(texts)
}

fn join(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let texts = texts(call, arguments.value(1)?)?;
    Ok(Value::string(super::strings::joined(
        call,
        arguments.text(0)?.as_bytes(),
        &texts,
    )?))
}

fn sort_alpha(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let value = arguments.value(0)?;
    let texts = match value {
        Value::List(_) => {
            let mut texts = texts(call, value)?;
            texts.sort();
            texts
        }
        other => vec![print::text_of(call, other)?],
    };
    Ok(text_list(texts, value))
}

/// A list of the texts of another list, with as much room as that one has items.
fn text_list(texts: Vec<Text>, of: &Value) -> Value {
    let room = match of {
        Value::List(list) => list.len(),
        _ => texts.len(),
    };
    Value::List(List::with_capacity(
        Type::String,
        texts.into_iter().map(Value::String).collect(),
        room,
    ))
}
