//! Cubbyhole: a private store for each token, by its accessor, which no other token ever has. It ends with the token.

use super::tree;
use crate::core::TokenEntry;
use crate::core::policies::RESPONSE_WRAPPING_NAME;
use crate::engine::{Backend, Call, Context, Router, route, text};
use crate::json::Object;
use crate::logical::{Error, Operation, Reply, Response};
use std::collections::BTreeMap;
use std::sync::LazyLock;

const DEPRECATED: &str = "Reading from 'cubbyhole/response' is deprecated. Please use sys/wrapping/unwrap to unwrap \
                          responses, as it provides additional security checks and other benefits.";

/// All private stores of a server.
#[derive(Default)]
pub(crate) struct Cubbyhole {
    stores: BTreeMap<String, BTreeMap<String, Object>>,
}

static ROUTER: LazyLock<Router<Cubbyhole>> = LazyLock::new(|| {
    Router::new(
        "A private store for each token, gone when the token is.",
        vec![
            route("{path*}")
                .fields(vec![text("path").help("Where in the token's store.")])
                .free_form()
                .exists(|engine: &Cubbyhole, call| engine.get(call).is_some())
                .requires(|_, call| owner(call).map(drop))
                .on(Operation::Read, Cubbyhole::read)
                .on(Operation::List, Cubbyhole::list)
                .on(Operation::Delete, Cubbyhole::delete)
                .write(Cubbyhole::write)
                .help("Keep a value with the token", "Nobody else can read it, root included."),
        ],
    )
});

impl Backend for Cubbyhole {
    fn router() -> &'static Router<Self> {
        &ROUTER
    }

    fn token_ended(&mut self, token: &TokenEntry) {
        self.stores.remove(&token.accessor);
    }
}

impl Cubbyhole {
    fn get(&self, call: &Call<'_>) -> Option<&Object> {
        self.stores.get(owner(call).ok()?)?.get(call.text("path"))
    }

    fn read(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        if call.text("path").is_empty() {
            return Err(Error::internal("missing path"));
        }
        owner(call)?;
        let Some(value) = self.get(call) else { return Ok(None) };
        let response = Response::data(value.clone());
        if wrapped(call) {
            return response.warn(DEPRECATED).reply();
        }
        response.reply()
    }

    fn write(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let owner = owner(call)?.to_owned();
        if call.request.data.is_empty() {
            return Err(Error::internal("missing data fields"));
        }
        let store = self.stores.entry(owner).or_default();
        store.insert(call.text("path").to_owned(), call.request.data.clone());
        Ok(None)
    }

    fn delete(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        if let Some(store) = self.stores.get_mut(owner(call)?) {
            store.remove(call.text("path"));
        }
        Ok(None)
    }

    fn list(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let keys = match self.stores.get(owner(call)?) {
            Some(store) => tree::children(store.keys(), call.text("path")),
            None => Vec::new(),
        };
        Response::list(keys).reply()
    }
}

/// Whether a wrapping token reads the answer that it holds.
fn wrapped(call: &Call<'_>) -> bool {
    let wrapping = |token: &std::sync::Arc<TokenEntry>| token.policies == [RESPONSE_WRAPPING_NAME];
    call.text("path") == "response" && call.request.token.as_ref().is_some_and(wrapping)
}

/// The accessor of the asking token; batch tokens have none, and no store.
fn owner<'c>(call: &'c Call<'_>) -> Result<&'c str, Error> {
    match call.request.token.as_deref() {
        Some(token) if !token.accessor.is_empty() => Ok(&token.accessor),
        _ => Err(Error::response(
            "cubbyhole operations are only supported by 'service' type tokens",
        )),
    }
}
