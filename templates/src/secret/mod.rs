//! Secrets: the server's answers as templates see them.

mod reading;
mod shapes;

use std::fmt;
use std::sync::Arc;

use crate::json::{self, Numbers};
use crate::value::{List, Map, Text, Type, Value};
use shapes::{AUTH, Record, SECRET, WRAP_INFO};

/// An API response that cannot be used as a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The body is not JSON.
    #[error("response is not JSON: {0}")]
    Json(String),
    /// The body is JSON, but not of the shape of a secret.
    #[error("response is not a secret: {0} is not {1}")]
    Shape(&'static str, &'static str),
}

/// The server's answer to a request. Numbers keep their text, and all texts are wiped when the last owner goes.
pub struct Secret {
    fields: [Value; 8],
}

const DATA: usize = 4;

impl Secret {
    /// Reads the body of an API response.
    ///
    /// # Errors
    /// When the body is not JSON or a field has the wrong type. No value is repeated in the text.
    pub fn from_response(body: &[u8]) -> Result<Secret, SecretError> {
        let body = json::read(body, Numbers::Kept).map_err(SecretError::Json)?;
        let Value::Map(body) = body else {
            return Err(SecretError::Shape("the response", "an object"));
        };
        if reading::is_plain(&body) {
            return Ok(Secret::of_plain(&body));
        }
        Ok(Secret {
            fields: [
                reading::text(&body, "request_id")?,
                reading::text(&body, "lease_id")?,
                reading::integer(&body, "lease_duration")?,
                reading::boolean(&body, "renewable")?,
                reading::data(&body)?,
                reading::texts(&body, "warnings")?,
                reading::auth(&body)?,
                reading::wrap_info(&body)?,
            ],
        })
    }

    /// A response without an envelope, as some `sys/` paths give it: all of it is data.
    fn of_plain(body: &Map) -> Secret {
        let data = match body.is_empty() {
            true => Map::nil(Type::String, Type::Any),
            false => body.clone(),
        };
        Secret {
            fields: [
                Value::string(""),
                Value::string(""),
                Value::int(0),
                Value::Bool(false),
                Value::Map(data),
                Value::List(List::nil(Type::String)),
                Value::Null(Type::Pointer(&AUTH)),
                Value::Null(Type::Pointer(&WRAP_INFO)),
            ],
        }
    }

    /// Whether this is a version of a KV version 2 secret that is deleted at a time: there is metadata, and the server
    /// answers with 404.
    pub fn is_deleted(&self, now: jiff::Timestamp) -> bool {
        let Value::Map(data) = &self.fields[DATA] else {
            return false;
        };
        let Some(Value::Map(metadata)) = data.get(b"metadata") else {
            return false;
        };
        let time = metadata.get(b"deletion_time");
        let time = time.as_ref().and_then(Value::as_text).and_then(Text::to_str);
        time.and_then(|time| time.parse().ok())
            .is_some_and(|time: jiff::Timestamp| time < now)
    }

    /// The `data` of the response.
    pub fn data(&self) -> Value {
        self.fields[DATA].clone()
    }

    /// Everything in it that can be secret: its data, and the tokens of a login or a wrapping.
    pub(crate) fn values(&self) -> Vec<Value> {
        let mut values = vec![self.data()];
        for pointer in &self.fields[DATA + 2..] {
            if let Value::Object(object) = pointer {
                values.extend([object.field(0), object.field(1)]);
            }
        }
        values
    }

    /// The secret as one pass of a template sees it: what the template changes in it stays in that pass.
    pub(crate) fn view(secret: &Arc<Secret>) -> Value {
        let mut fields = secret.fields.to_vec();
        fields[DATA] = deep_copy(&fields[DATA]);
        Value::object(Record { named: &SECRET, fields })
    }

    /// The secret for a template that cannot change anything in it.
    pub(crate) fn shared_view(secret: &Arc<Secret>) -> Value {
        let fields = secret.fields.to_vec();
        Value::object(Record { named: &SECRET, fields })
    }

    /// The answer to a listing as `secrets` gives it: the keys, sorted bytewise.
    pub(crate) fn keys_view(secret: &Arc<Secret>) -> Value {
        let Value::Map(data) = &secret.fields[DATA] else {
            return Value::List(List::nil(Type::String));
        };
        let Some(Value::List(keys)) = data.get(b"keys") else {
            return Value::List(List::nil(Type::String));
        };
        let mut keys: Vec<Text> = keys.items().iter().filter_map(|key| key.as_text().cloned()).collect();
        keys.sort();
        let keys = keys.into_iter().map(Value::String).collect();
        Value::List(List::appended(Type::String, keys, 0))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

/// A copy that shares texts but no map. What was read from JSON is nested no deeper than its reader allows.
fn deep_copy(value: &Value) -> Value {
    match value {
        Value::Map(map) if !map.is_nil() => Value::Map(Map::any(
            map.string_entries()
                .into_iter()
                .map(|(key, value)| (key, deep_copy(&value))),
        )),
        Value::List(list) => {
            let items = list.items().iter().map(deep_copy).collect();
            Value::List(List::with_capacity(list.element(), items, list.capacity()))
        }
        other => other.clone(),
    }
}
