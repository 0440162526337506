//! Reads of a review only what a decision needs. Most of a pod (variables, probes, affinity, managed fields) is
//! passed over without being taken into memory, so that the time a review takes hardly grows with it.
//!
//! Nothing is read strictly: where a part has another type than expected it is kept as it is, to be refused by
//! name later. A pod that was injected before is read whole, because repairs compare whole containers.

use std::borrow::Cow;
use std::fmt;

use coffret_config::annotations::{Prefix, table};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// What is kept of a value.
#[derive(Clone, Copy)]
enum Keep {
    /// Everything.
    All,
    /// These members of an object.
    Members(&'static [(&'static str, Keep)]),
    /// Every item of a list, and this of each.
    Items(&'static Keep),
    /// Annotations that mean something here.
    Annotations,
    /// A list of variables: those that mean something to the `aws` auth method.
    Variables,
    /// One of them: null when its name comes first, as the API server writes it, and means nothing.
    Variable,
    /// Its name; null, without being taken into memory, when it means nothing.
    VariableName,
}

use Keep::{All, Annotations, Items, Members, Variable, VariableName, Variables};

const CONTAINER: Keep = Members(&[
    ("name", All),
    ("volumeMounts", All),
    ("env", Variables),
    ("securityContext", All),
    ("restartPolicy", All),
]);

const POD: Keep = Members(&[
    (
        "metadata",
        Members(&[
            ("name", All),
            ("generateName", All),
            ("ownerReferences", All),
            ("annotations", Annotations),
        ]),
    ),
    (
        "spec",
        Members(&[
            ("containers", Items(&CONTAINER)),
            ("initContainers", Items(&CONTAINER)),
            ("volumes", All),
            ("shareProcessNamespace", All),
            ("serviceAccountName", All),
            ("resources", All),
        ]),
    ),
    ("status", Members(&[("phase", All)])),
]);

const REVIEW: Keep = Members(&[
    ("apiVersion", All),
    ("kind", All),
    (
        "request",
        Members(&[
            ("uid", All),
            ("kind", All),
            ("operation", All),
            ("subResource", All),
            ("namespace", All),
            ("object", POD),
        ]),
    ),
]);

/// Reads a review.
///
/// # Errors
/// Text that is not JSON.
pub(super) fn read(body: &[u8]) -> Result<Value, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let review = REVIEW.deserialize(&mut deserializer)?;
    deserializer.end()?;
    if was_injected(&review) {
        return serde_json::from_slice(body);
    }
    Ok(review)
}

fn was_injected(review: &Value) -> bool {
    let annotations = review
        .pointer("/request/object/metadata/annotations")
        .and_then(Value::as_object);
    let mut names = annotations.into_iter().flatten().map(|(name, _)| name);
    names.any(|name| Prefix::split(name).is_some_and(|(_, key)| key == table::STATUS.key))
}

impl<'de> DeserializeSeed<'de> for Keep {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        match self {
            All => serde::Deserialize::deserialize(deserializer),
            Members(_) | Items(_) | Annotations | Variables | Variable | VariableName => {
                deserializer.deserialize_any(self)
            }
        }
    }
}

impl<'de> Visitor<'de> for Keep {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut kept = Map::new();
        if let Variable = self {
            let Some(first) = members.next_key_seed(Text)? else {
                return Ok(Value::Object(kept));
            };
            let value = if first == "name" {
                members.next_value_seed(VariableName)?
            } else {
                members.next_value()?
            };
            if value.is_null() {
                while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                return Ok(Value::Null);
            }
            kept.insert(first.into_owned(), value);
        }
        while let Some(key) = members.next_key_seed(Text)? {
            match self.member(&key) {
                Some(keep) => {
                    let value = members.next_value_seed(keep)?;
                    kept.insert(key.into_owned(), value);
                }
                None => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Value::Object(kept))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let keep = match self {
            Items(keep) => *keep,
            Variables => Variable,
            _ => All,
        };
        let mut kept = Vec::new();
        while let Some(item) = items.next_element_seed(keep)? {
            if !(matches!(self, Variables) && item.is_null()) {
                kept.push(item);
            }
        }
        Ok(Value::Array(kept))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        let means_nothing = matches!(self, VariableName) && !value.starts_with("AWS_");
        Ok(if means_nothing { Value::Null } else { value.into() })
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
}

impl Keep {
    /// What is kept of a member; nothing of most.
    fn member(self, key: &str) -> Option<Keep> {
        match self {
            Members(members) => members.iter().find(|(name, _)| *name == key).map(|(_, keep)| *keep),
            Annotations => (Prefix::split(key).is_some() || key == "kubernetes.io/config.mirror").then_some(All),
            All | Items(_) | Variables | Variable | VariableName => Some(All),
        }
    }
}

/// An object's key, borrowed where it has no escapes.
struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E>(self, key: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}
