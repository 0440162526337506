//! One call for many inputs: reading `batch_input`, and answering it.

use crate::engine::Call;
use crate::engines::encoding;
use crate::json::{Object, Value};
use crate::logical::{Error, Reply, Response};
use crate::object;

/// One input of a call, whether it came alone or in a batch.
pub(super) struct Item(Object);

impl Item {
    /// The call's own fields of these names.
    pub(super) fn alone(call: &Call<'_>, names: &[&str]) -> Self {
        // Not every operation declares all of these fields; what it does not declare it does not look at either.
        let member = |name: &&str| {
            let sent = call.raw(name)?;
            let value = match *name {
                "key_version" => crate::engine::to_integer(sent).ok()?.into(),
                _ => crate::engine::to_string(sent).ok()?.into(),
            };
            Some(((*name).to_owned(), value))
        };
        Self(names.iter().filter_map(member).collect())
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(super) fn version(&self) -> i64 {
        let value = self.0.get("key_version");
        value
            .and_then(|value| crate::engine::to_integer(value).ok())
            .unwrap_or_default()
    }

    /// The decoded bytes of a base64 member; empty where it is missing.
    pub(super) fn bytes(&self, name: &str) -> Result<Vec<u8>, Error> {
        encoding::decode(self.text(name)).map_err(Error::response)
    }
}

/// How strictly the original reads the items of a batch: its operations use three readers.
#[derive(Clone, Copy)]
pub(super) enum Reader {
    /// Members have their types, and the one of this name must be there, for this deed.
    Exact(&'static str, &'static str),
    /// Any members, all of them texts; the name of the item's type in errors.
    Texts(&'static str),
    /// Known members of their types.
    Loose,
}

/// The items of a call: those of `batch_input`, else the call's own fields of the given names. The second part tells
/// which.
pub(super) fn items(call: &Call<'_>, single: &[&str], reader: Reader) -> Result<(Vec<Item>, bool), Error> {
    let Some(batch) = call.raw("batch_input").filter(|value| !value.is_null()) else {
        return Ok((vec![Item::alone(call, single)], false));
    };
    let unreadable = |text: String| Error::internal(format!("failed to parse batch input: {text}"));
    let Some(list) = batch.as_array() else {
        return Err(unreadable(match reader {
            Reader::Exact(..) => format!("source data must be an array or slice, got {}", batch.go_type()),
            _ => format!("'' source data must be an array or slice, got {}", batch.go_kind()),
        }));
    };
    if list.is_empty() {
        return Err(Error::response("missing batch input to process"));
    }
    let mut items = Vec::new();
    let mut errors = Vec::new();
    for (index, value) in list.iter().enumerate() {
        match (reader, value) {
            (_, Value::Object(members)) => items.push(item(reader, index, members, &mut errors)),
            (Reader::Exact(..), _) => {
                let text = format!("[{index}] expected a map, got '{}'", value.go_type());
                return Err(unreadable(text));
            }
            (_, Value::Null) => items.push(Item(Object::new())),
            (Reader::Texts(kind), _) => errors.push(format!(
                "'[{index}]' expected type '{kind}', got unconvertible type '{}'",
                value.go_type()
            )),
            (Reader::Loose, _) => errors.push(format!(
                "'[{index}]' expected a map or struct, got {:?}",
                value.go_kind()
            )),
        }
    }
    match (errors.is_empty(), reader) {
        (true, _) => Ok((items, true)),
        (false, Reader::Exact(..)) => Err(unreadable(errors.join("\n"))),
        (false, _) => Err(unreadable(format!(
            "decoding failed due to the following error(s):\n\n{}",
            errors.join("\n")
        ))),
    }
}

/// Members that items of encryption know, in the order in which they are read.
const KNOWN: [&str; 6] = [
    "context",
    "ciphertext",
    "plaintext",
    "key_version",
    "associated_data",
    "reference",
];

fn item(reader: Reader, index: usize, members: &Object, errors: &mut Vec<String>) -> Item {
    let names: Vec<&str> = match reader {
        Reader::Texts(_) => members.keys().map(String::as_str).collect(),
        _ => KNOWN.to_vec(),
    };
    let mut known = Object::new();
    for name in names {
        match (members.get(name), reader) {
            (Some(value), _) => match member(reader, index, (name, value)) {
                Ok(value) => known.extend(value.map(|value| (name.to_owned(), value))),
                Err(text) => errors.push(text),
            },
            (None, Reader::Exact(needed, deed)) if needed == name => {
                errors.push(format!("'[{index}].{name}' missing {name} to {deed}"));
            }
            (None, _) => {}
        }
    }
    Item(known)
}

/// A member as its reader takes it; `None` where it counts as not there.
fn member(reader: Reader, index: usize, (name, value): (&str, &Value)) -> Result<Option<Value>, String> {
    let exact = matches!(reader, Reader::Exact(..));
    let place = match reader {
        Reader::Texts(_) => format!("[{index}][{name}]"),
        _ => format!("[{index}].{name}"),
    };
    let counts = name == "key_version" && !matches!(reader, Reader::Texts(_));
    match value {
        Value::Null if exact && name != "plaintext" => Ok(None),
        Value::Null if !exact => Ok(Some(Value::from(""))),
        Value::Number(number) if counts && number.as_i64().is_none() => Err(format!(
            "error decoding json.Number into {place}: strconv.ParseInt: parsing {:?}: invalid syntax",
            number.as_str()
        )),
        Value::Number(_) if counts => Ok(Some(value.clone())),
        Value::String(_) if !counts => Ok(Some(value.clone())),
        Value::Number(number) if !exact => Ok(Some(Value::from(number.as_str()))),
        other => Err(format!(
            "'{place}' expected type '{}', got unconvertible type '{}'",
            if counts { "int" } else { "string" },
            other.go_type()
        )),
    }
}

/// Refuses items of which only some have a context.
pub(super) fn agree_on_context(items: &[Item]) -> Result<(), Error> {
    let derived = items.first().is_some_and(|item| !item.text("context").is_empty());
    if items.iter().any(|item| item.text("context").is_empty() == derived) {
        return Err(Error::response(
            "context should be set either in all the request blocks or in none",
        ));
    }
    Ok(())
}

/// What the answer to a batch is made with.
#[derive(Default)]
pub(super) struct Batch<'a> {
    /// Members that a failed item has beside its error.
    pub(super) blank: &'a [(&'a str, Value)],
    /// Whether a failed item makes the whole answer a failure.
    pub(super) fails: bool,
    /// Status of an answer in which some items failed and some did not; `None` for the usual one.
    pub(super) partial: Option<i64>,
}

impl Batch<'_> {
    /// The one result, or all of them in a list with their references.
    pub(super) fn reply(&self, items: &[Item], is_batch: bool, results: Vec<Result<Object, Error>>) -> Reply {
        if !is_batch {
            let first = results.into_iter().next().unwrap_or_else(|| Ok(Object::new()));
            return Response::data(first?).reply();
        }
        let failed = results.iter().filter(|result| result.is_err()).count();
        let some_worked = failed < results.len();
        let shown: Vec<Value> = items
            .iter()
            .zip(results)
            .map(|(item, result)| {
                let mut members = result.unwrap_or_else(|error| self.failure(error));
                members.insert("reference".to_owned(), Value::from(item.text("reference")));
                Value::Object(members)
            })
            .collect();
        let mut response = Response::data(object! { "batch_results" => shown });
        if failed == 0 || !self.fails {
            return response.reply();
        }
        response.status = Some(400);
        if let Some(asked) = self.partial.filter(|_| some_worked) {
            match u16::try_from(asked) {
                Ok(asked @ 1..=599) => response.status = Some(asked),
                _ => {
                    return response
                        .warn(
                            "invalid HTTP response code override from partial_failure_response_code, reverting to 400",
                        )
                        .reply();
                }
            }
        }
        response.reply()
    }

    fn failure(&self, error: Error) -> Object {
        let blank = self
            .blank
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        let mut members: Object = blank.collect();
        members.insert("error".to_owned(), Value::from(error.text));
        members
    }
}
