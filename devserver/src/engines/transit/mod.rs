//! The transit engine: encryption, signatures and digests with keys that never leave, unless they are made exportable.
//!
//! Ciphertexts and signatures look like the original's (`vault:v1:…`); they open only on the server that made them, and
//! only as long as it runs.

mod cipher;
mod encryption;
mod export;
mod key;
mod key_type;
mod keys;
mod signing;

use crate::engine::{Backend, Call, Context, Router, boolean, integer, list, route, text};
use crate::engines::{encoding, tools};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;
use key::Key;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A mount of transit.
#[derive(Default)]
pub(crate) struct Transit {
    keys: BTreeMap<String, Key>,
    /// Whether encrypting with a key that is none is refused instead of making it.
    upsert_disabled: bool,
    cache_size: i64,
}

static ROUTER: LazyLock<Router<Transit>> = LazyLock::new(|| {
    let mut routes = keys::routes();
    routes.extend(encryption::routes());
    routes.extend(signing::routes());
    routes.extend(export::routes());
    routes.extend([
        route("random(/{source})?(/{urlbytes})?")
            .fields(vec![
                text("source"),
                text("urlbytes"),
                integer("bytes").or(32),
                text("format").or("base64"),
            ])
            .on(Operation::Update, |_, _, call| tools::random(call))
            .help("Gives random bytes", "Random bytes from the server."),
        route("hash(/{urlalgorithm})?")
            .fields(vec![
                text("urlalgorithm"),
                text("algorithm").or("sha2-256"),
                text("input"),
                text("format").or("hex"),
            ])
            .on(Operation::Update, |_, _, call| match call.has("input") {
                true => tools::hash(call),
                false => Err(Error::response("input missing")),
            })
            .help("Hashes base64 input", "A digest of the input."),
        route("cache-config")
            .fields(vec![integer("size")])
            .on(Operation::Read, |engine: &mut Transit, _, _| engine.cache())
            .on(Operation::Update, Transit::write_cache)
            .help(
                "Configures caching strategy",
                "Kept and shown: keys are in memory anyway.",
            ),
        route("config/keys")
            .fields(vec![boolean("disable_upsert")])
            .on(Operation::Read, |engine: &mut Transit, _, _| engine.keys_config())
            .on(Operation::Update, Transit::write_keys_config)
            .help("Settings that hold for every key", "Whether encrypting makes keys."),
    ]);
    Router::new(
        "Encrypts, decrypts, signs and verifies data without storing it.",
        routes,
    )
});

impl Backend for Transit {
    fn router() -> &'static Router<Self> {
        &ROUTER
    }
}

impl Transit {
    fn cache(&self) -> Reply {
        Response::data(object! { "size" => self.cache_size }).reply()
    }

    fn write_cache(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        match call.int("size") {
            size if size == 0 || size >= 10 => self.cache_size = size,
            _ => return Err(Error::response("size must be 0 or a value greater or equal to 10")),
        }
        self.cache()
    }

    fn keys_config(&self) -> Reply {
        Response::data(object! { "disable_upsert" => self.upsert_disabled }).reply()
    }

    fn write_keys_config(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        if call.has("disable_upsert") {
            self.upsert_disabled = call.flag("disable_upsert");
        }
        self.keys_config()
    }

    /// The key of this name, rotated if its time has come.
    fn key(&mut self, context: &Context<'_>, name: &str, missing: &str) -> Result<&mut Key, Error> {
        let key = self.keys.get_mut(name).ok_or_else(|| Error::response(missing))?;
        key.rotate_if_due(context.now)?;
        Ok(key)
    }
}

/// One item of a call, whether it came alone or in a batch.
struct Item(Object);

impl Item {
    fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| !value.is_null())
    }

    fn version(&self) -> i64 {
        let value = self.0.get("key_version");
        let text = || value.and_then(Value::as_str)?.parse().ok();
        value.and_then(Value::as_i64).or_else(text).unwrap_or_default()
    }

    /// The decoded bytes of a base64 member; empty where it is missing.
    fn bytes(&self, name: &str) -> Result<Vec<u8>, Error> {
        encoding::decode(self.text(name)).map_err(Error::response)
    }
}

/// The items of a call: those of `batch_input`, else the call's own fields. The second part tells which.
fn items(call: &Call<'_>, single: &[&str]) -> Result<(Vec<Item>, bool), Error> {
    let Some(batch) = call.raw("batch_input").filter(|value| !value.is_null()) else {
        let own = single
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), call.raw(name)?.clone())));
        return Ok((vec![Item(own.collect())], false));
    };
    let Some(list) = batch.as_array() else {
        return Err(Error::internal(format!(
            "failed to parse batch input: source data must be an array or slice, got {}",
            batch.go_kind()
        )));
    };
    if list.is_empty() {
        return Err(Error::response("missing batch input to process"));
    }
    let item = |(index, value): (usize, &Value)| match value.as_object() {
        Some(members) => Ok(Item(members.clone())),
        None => Err(Error::internal(format!(
            "failed to parse batch input: [{index}] expected a map, got '{}'",
            value.go_kind()
        ))),
    };
    Ok((list.iter().enumerate().map(item).collect::<Result<_, _>>()?, true))
}

/// The answer to a call: the one result, or all of them in a list with their references.
struct Batch<'a> {
    /// Members that a failed item has beside its error.
    blank: &'a [(&'a str, Value)],
    /// Status when an item of a batch failed.
    failed: Option<u16>,
}

impl Batch<'_> {
    fn reply(&self, items: &[Item], is_batch: bool, results: Vec<Result<Object, Error>>) -> Reply {
        if !is_batch {
            let first = results.into_iter().next().unwrap_or_else(|| Ok(Object::new()));
            return Response::data(first?).reply();
        }
        let any_failed = results.iter().any(Result::is_err);
        let shown: Vec<Value> = items
            .iter()
            .zip(results)
            .map(|(item, result)| {
                let mut members = result.unwrap_or_else(|error| {
                    let blank = self
                        .blank
                        .iter()
                        .map(|(name, value)| ((*name).to_owned(), value.clone()));
                    let mut members: Object = blank.collect();
                    members.insert("error".to_owned(), Value::from(error.text));
                    members
                });
                members.insert("reference".to_owned(), Value::from(item.text("reference")));
                Value::Object(members)
            })
            .collect();
        let mut response = Response::data(object! { "batch_results" => shown });
        response.status = self.failed.filter(|_| any_failed);
        response.reply()
    }
}

fn name_field() -> crate::engine::Field {
    text("name").help("Name of the key")
}

fn batch_field() -> crate::engine::Field {
    list("batch_input").help("Several inputs at once")
}
