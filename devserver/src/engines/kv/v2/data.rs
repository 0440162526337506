//! `data/` and `subkeys/`.

use super::Versioned;
use super::metadata::nothing;
use super::store::{Entry, Version};
use crate::engine::{Call, Context, is_no_map};
use crate::json::{Object, Value};
use crate::logical::{Error, Reply, Response};
use crate::object;

impl Versioned {
    pub(super) fn read(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.read_as(context, call, "data", |data| Value::Object(data.clone()))
    }

    pub(super) fn subkeys(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let depth = call.int("depth");
        self.read_as(context, call, "subkeys", |data| {
            Value::Object(without_values(data, depth, 1))
        })
    }

    fn read_as(
        &self,
        context: &Context<'_>,
        call: &Call<'_>,
        name: &str,
        view: impl FnOnce(&Object) -> Value,
    ) -> Reply {
        let path = call.text("path");
        let Some(entry) = self.entry(path) else {
            return Ok(None);
        };
        let number = match call.int("version") {
            number @ 1.. => number.unsigned_abs(),
            _ => entry.current,
        };
        let (Some(version), Some(metadata)) = (entry.versions.get(&number), entry.shown(number)) else {
            return Ok(None);
        };
        let gone = version.gone(context.now);
        if !gone && path.ends_with('/') {
            return Err(Error::internal("could not find version data"));
        }
        let data = version.data.as_ref().filter(|_| !gone).map_or(Value::Null, view);
        let response = Response::data(object! { name => data, "metadata" => metadata });
        Response {
            status: gone.then_some(404),
            ..response
        }
        .reply()
    }

    pub(super) fn write(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let path = call.text("path");
        if path.is_empty() {
            return Err(Error::response("missing path"));
        }
        let data = sent_data(call)?;
        let mut entry = self
            .entries
            .get(path)
            .cloned()
            .unwrap_or_else(|| Entry::new(context.now));
        self.check_and_set(call, &entry)?;
        entry.add(data.map(floats), context.now, &self.config);
        let shown = entry.shown(entry.current).unwrap_or_default();
        self.entries.insert(path.to_owned(), entry);
        Response::data(shown).reply()
    }

    pub(super) fn patch(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let change = sent_data(call)?;
        let Some(mut entry) = self.entries.get(call.text("path")).cloned() else {
            return nothing().reply();
        };
        self.check_and_set(call, &entry)?;
        let Some(version) = entry.versions.get(&entry.current) else {
            return nothing().reply();
        };
        if version.gone(context.now) {
            let shown = entry.shown(entry.current).unwrap_or_default();
            return Response {
                status: Some(404),
                ..Response::data(shown)
            }
            .reply();
        }
        let Some(mut data) = version.data.clone() else {
            return Err(Error::internal("resource does not exist"));
        };
        // A null for all of it leaves nothing.
        let patched = change.map(|change| {
            merge(&mut data, floats(change));
            data
        });
        entry.add(patched, context.now, &self.config);
        let shown = entry.shown(entry.current).unwrap_or_default();
        self.entries.insert(call.text("path").to_owned(), entry);
        Response::data(shown).reply()
    }

    fn check_and_set(&self, call: &Call<'_>, entry: &Entry) -> Result<(), Error> {
        match call.map("options").get("cas") {
            Some(cas) => {
                let cas = crate::engine::to_integer(cas)
                    .map_err(|_| Error::coded(400, "error parsing check-and-set parameter"))?;
                if u64::try_from(cas) != Ok(entry.current) {
                    return Err(Error::coded(
                        400,
                        "check-and-set parameter did not match the current version",
                    ));
                }
            }
            None if self.config.cas_required || entry.cas_required => {
                return Err(Error::coded(400, "check-and-set parameter required for this call"));
            }
            None => {}
        }
        Ok(())
    }

    /// The newest version is deleted; a slash behind the path changes nothing here, though nothing can be read by it.
    pub(super) fn delete_latest(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let latest = self
            .entries
            .get_mut(call.text("path").trim_end_matches('/'))
            .and_then(|entry| entry.versions.get_mut(&entry.current));
        if let Some(version) = latest.filter(|version: &&mut Version| !version.gone(context.now)) {
            version.deleted = Some(context.now);
        }
        Ok(None)
    }
}

/// The data that was sent, which may be null.
fn sent_data(call: &Call<'_>) -> Result<Option<Object>, Error> {
    match call.raw("data") {
        None => Err(Error::coded(400, "no data provided")),
        Some(sent) if is_no_map(sent) => Ok(None),
        Some(_) => Ok(Some(call.map("data"))),
    }
}

/// Numbers as the original gives them back: it reads its stored data as floating-point numbers.
fn floats(data: Object) -> Object {
    fn float(value: Value) -> Value {
        match value {
            Value::Number(number) => Value::Number(number.as_go_float()),
            Value::Array(items) => Value::Array(items.into_iter().map(float).collect()),
            Value::Object(members) => Value::Object(floats(members)),
            other => other,
        }
    }
    data.into_iter().map(|(key, value)| (key, float(value))).collect()
}

/// A JSON merge patch: null removes, objects are merged, everything else replaces.
pub(super) fn merge(target: &mut Object, change: Object) {
    for (key, value) in change {
        match value {
            Value::Null => {
                target.remove(&key);
            }
            Value::Object(change) => match target.get_mut(&key) {
                Some(Value::Object(known)) => merge(known, change),
                _ => {
                    let mut fresh = Object::new();
                    merge(&mut fresh, change);
                    target.insert(key, Value::Object(fresh));
                }
            },
            value => {
                target.insert(key, value);
            }
        }
    }
}

/// The keys of an object with null for every value, down to a depth (0 is all the way).
fn without_values(data: &Object, depth: i64, level: i64) -> Object {
    data.iter()
        .map(|(key, value)| match value {
            Value::Object(members) if !members.is_empty() && (depth == 0 || level < depth) => {
                (key.clone(), Value::Object(without_values(members, depth, level + 1)))
            }
            _ => (key.clone(), Value::Null),
        })
        .collect()
}
