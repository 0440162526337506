//! The transit engine: encryption, signatures and digests with keys that never leave, unless they are made exportable.
//!
//! Ciphertexts and signatures look like the original's (`vault:v1:…`); they open only on the server that made them, and
//! only as long as it runs.

mod agreement;
mod backup;
mod batch;
mod certificates;
mod cipher;
mod deletion;
mod encryption;
mod export;
mod import;
mod key;
mod key_settings;
mod key_type;
mod key_view;
mod keys;
mod signing;
mod wrapping;

use crate::engine::{Backend, Call, Context, Router, boolean, integer, list, route, text};
use crate::engines::asymmetric::PrivateKey;
use crate::engines::tools;
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
    /// Under whose public half others wrap the keys that they bring; made when it is asked for first.
    wrapping_key: Option<PrivateKey>,
}

static ROUTER: LazyLock<Router<Transit>> = LazyLock::new(|| {
    let parts = [
        key_settings::routes(),
        deletion::routes(),
        certificates::routes(),
        import::routes(),
        keys::routes(),
        agreement::routes(),
        encryption::routes(),
        signing::routes(),
        export::routes(),
        backup::routes(),
        wrapping::routes(),
    ];
    let mut routes: Vec<_> = parts.into_iter().flatten().collect();
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
        self.upsert_disabled = call.flag("disable_upsert");
        self.keys_config()
    }

    /// The key of this name, rotated if its time has come.
    fn key(&mut self, context: &Context<'_>, name: &str, missing: &str) -> Result<&mut Key, Error> {
        let key = self.keys.get_mut(name).ok_or_else(|| Error::response(missing))?;
        key.rotate_if_due(context.now)?;
        Ok(key)
    }
}

fn name_field() -> crate::engine::Field {
    text("name").help("Name of the key")
}

fn batch_field() -> crate::engine::Field {
    list("batch_input").help("Several inputs at once")
}
