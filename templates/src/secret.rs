//! Secrets: the server's answers as templates see them.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use crate::functions::time::{TIME, Time};
use crate::json::{self, Numbers};
use crate::value::{ANY_MAP, Field, List, Map, Named, Object, STRING_LIST, STRING_MAP, Text, Type, Value};

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

static SECRET: Named = Named {
    name: "dependency.Secret",
    is_struct: true,
    fields: &[
        Field {
            name: "RequestID",
            of: Type::String,
        },
        Field {
            name: "LeaseID",
            of: Type::String,
        },
        Field {
            name: "LeaseDuration",
            of: Type::INT,
        },
        Field {
            name: "Renewable",
            of: Type::Bool,
        },
        Field {
            name: "Data",
            of: ANY_MAP,
        },
        Field {
            name: "Warnings",
            of: STRING_LIST,
        },
        Field {
            name: "Auth",
            of: Type::Pointer(&AUTH),
        },
        Field {
            name: "WrapInfo",
            of: Type::Pointer(&WRAP_INFO),
        },
    ],
    methods: &[],
};

static AUTH: Named = Named {
    name: "dependency.SecretAuth",
    is_struct: true,
    fields: &[
        Field {
            name: "ClientToken",
            of: Type::String,
        },
        Field {
            name: "Accessor",
            of: Type::String,
        },
        Field {
            name: "Policies",
            of: STRING_LIST,
        },
        Field {
            name: "Metadata",
            of: STRING_MAP,
        },
        Field {
            name: "LeaseDuration",
            of: Type::INT,
        },
        Field {
            name: "Renewable",
            of: Type::Bool,
        },
    ],
    methods: &[],
};

static WRAP_INFO: Named = Named {
    name: "dependency.SecretWrapInfo",
    is_struct: true,
    fields: &[
        Field {
            name: "Token",
            of: Type::String,
        },
        Field {
            name: "TTL",
            of: Type::INT,
        },
        Field {
            name: "CreationTime",
            of: Type::Named(&TIME),
        },
        Field {
            name: "WrappedAccessor",
            of: Type::String,
        },
    ],
    methods: &[],
};

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
        if is_plain(&body) {
            return Ok(Secret::of_plain(&body));
        }
        Ok(Secret {
            fields: [
                text(&body, "request_id")?,
                text(&body, "lease_id")?,
                integer(&body, "lease_duration")?,
                boolean(&body, "renewable")?,
                data(&body)?,
                texts(&body, "warnings")?,
                auth(&body)?,
                wrap_info(&body)?,
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

/// A pointer to a struct whose fields are all known.
struct Record {
    named: &'static Named,
    fields: Vec<Value>,
}

impl Object for Record {
    fn named(&self) -> &'static Named {
        self.named
    }

    fn is_pointer(&self) -> bool {
        true
    }

    fn field(&self, index: usize) -> Value {
        self.fields.get(index).cloned().unwrap_or(Value::Nil)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Whether a response has nothing of an envelope: each of its fields is missing, null, or zero.
fn is_plain(body: &Map) -> bool {
    const ENVELOPE: [&str; 9] = [
        "request_id",
        "lease_id",
        "lease_duration",
        "renewable",
        "data",
        "warnings",
        "auth",
        "wrap_info",
        "mount_type",
    ];
    ENVELOPE.iter().all(|name| match body.get(name.as_bytes()) {
        None | Some(Value::Nil) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Bool(truth)) => !truth,
        Some(Value::Number(number)) => number.as_bytes() == b"0",
        Some(_) => false,
    })
}

fn text(body: &Map, name: &'static str) -> Result<Value, SecretError> {
    match body.get(name.as_bytes()) {
        None | Some(Value::Nil) => Ok(Value::string("")),
        Some(value @ Value::String(_)) => Ok(value),
        Some(_) => Err(SecretError::Shape(name, "a text")),
    }
}

fn time(body: &Map, name: &'static str) -> Result<Value, SecretError> {
    match body.get(name.as_bytes()) {
        None | Some(Value::Nil) => Ok(Value::object(Time::zero())),
        Some(Value::String(text)) => {
            let time = text.to_str().and_then(Time::from_rfc3339);
            time.map(Value::object).ok_or(SecretError::Shape(name, "a time"))
        }
        Some(_) => Err(SecretError::Shape(name, "a time")),
    }
}

fn integer(body: &Map, name: &'static str) -> Result<Value, SecretError> {
    match body.get(name.as_bytes()) {
        None | Some(Value::Nil) => Ok(Value::int(0)),
        Some(Value::Number(number)) => {
            let number = number.to_str().and_then(|number| number.parse().ok());
            number.map(Value::int).ok_or(SecretError::Shape(name, "a whole number"))
        }
        Some(_) => Err(SecretError::Shape(name, "a whole number")),
    }
}

fn boolean(body: &Map, name: &'static str) -> Result<Value, SecretError> {
    match body.get(name.as_bytes()) {
        None | Some(Value::Nil) => Ok(Value::Bool(false)),
        Some(value @ Value::Bool(_)) => Ok(value),
        Some(_) => Err(SecretError::Shape(name, "a boolean")),
    }
}

fn data(body: &Map) -> Result<Value, SecretError> {
    match body.get(b"data") {
        None | Some(Value::Nil) => Ok(Value::Map(Map::nil(Type::String, Type::Any))),
        Some(Value::Map(map)) if map.is_empty() => Ok(Value::Map(Map::nil(Type::String, Type::Any))),
        Some(value @ Value::Map(_)) => Ok(value),
        Some(_) => Err(SecretError::Shape("data", "an object")),
    }
}

fn texts(body: &Map, name: &'static str) -> Result<Value, SecretError> {
    let list = match body.get(name.as_bytes()) {
        None | Some(Value::Nil) => return Ok(Value::List(List::nil(Type::String))),
        Some(Value::List(list)) if list.is_empty() => return Ok(Value::List(List::nil(Type::String))),
        Some(Value::List(list)) => list,
        Some(_) => return Err(SecretError::Shape(name, "a list of texts")),
    };
    let items = list
        .items()
        .iter()
        .map(|item| item.as_text().cloned().map(Value::String));
    let items: Option<Vec<Value>> = items.collect();
    items
        .map(|items| Value::List(List::appended(Type::String, items, 0)))
        .ok_or(SecretError::Shape(name, "a list of texts"))
}

fn metadata(auth: &Map) -> Result<Value, SecretError> {
    let map = match auth.get(b"metadata") {
        None | Some(Value::Nil) => return Ok(Value::Map(Map::nil(Type::String, Type::String))),
        Some(Value::Map(map)) if map.is_empty() => return Ok(Value::Map(Map::nil(Type::String, Type::String))),
        Some(Value::Map(map)) => map,
        Some(_) => return Err(SecretError::Shape("auth.metadata", "an object")),
    };
    let entries: Option<Vec<(Text, Text)>> = map
        .string_entries()
        .into_iter()
        .map(|(key, value)| Some((key, value.as_text()?.clone())))
        .collect();
    entries
        .map(|entries| Value::Map(Map::strings(entries)))
        .ok_or(SecretError::Shape("auth.metadata", "an object of texts"))
}

fn auth(body: &Map) -> Result<Value, SecretError> {
    let auth = match body.get(b"auth") {
        None | Some(Value::Nil) => return Ok(Value::Null(Type::Pointer(&AUTH))),
        Some(Value::Map(auth)) => auth,
        Some(_) => return Err(SecretError::Shape("auth", "an object")),
    };
    let fields = vec![
        text(&auth, "client_token")?,
        text(&auth, "accessor")?,
        texts(&auth, "policies")?,
        metadata(&auth)?,
        integer(&auth, "lease_duration")?,
        boolean(&auth, "renewable")?,
    ];
    Ok(Value::object(Record { named: &AUTH, fields }))
}

fn wrap_info(body: &Map) -> Result<Value, SecretError> {
    let info = match body.get(b"wrap_info") {
        None | Some(Value::Nil) => return Ok(Value::Null(Type::Pointer(&WRAP_INFO))),
        Some(Value::Map(info)) => info,
        Some(_) => return Err(SecretError::Shape("wrap_info", "an object")),
    };
    let fields = vec![
        text(&info, "token")?,
        integer(&info, "ttl")?,
        time(&info, "creation_time")?,
        text(&info, "wrapped_accessor")?,
    ];
    Ok(Value::object(Record {
        named: &WRAP_INFO,
        fields,
    }))
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
