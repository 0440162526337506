//! KV version 1: one object per path.

use crate::core::LeaseShown;
use crate::duration;
use crate::engine::{Backend, Call, Context, Router, route, text};
use crate::engines::tree;
use crate::json::Object;
use crate::logical::{Error, Operation, Reply, Response};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What a version 1 mount holds.
#[derive(Default)]
pub(super) struct Plain(BTreeMap<String, Object>);

static ROUTER: LazyLock<Router<Plain>> = LazyLock::new(|| {
    Router::new(
        "Keeps any values at any path, without versions.",
        vec![
            route("{path*}")
                .fields(vec![text("path").help("Where the secret is.")])
                .free_form()
                .exists(|engine: &Plain, call| engine.0.contains_key(call.text("path")))
                .on(Operation::Read, Plain::read)
                .write(Plain::store)
                .on(Operation::Delete, Plain::delete)
                .on(Operation::List, Plain::list)
                .on(Operation::Scan, Plain::scan)
                .help("One secret, as it was written.", "Reads and writes arbitrary data."),
        ],
    )
});

impl Backend for Plain {
    fn router() -> &'static Router<Self> {
        &ROUTER
    }
}

impl Plain {
    pub(super) fn take(&mut self) -> BTreeMap<String, Object> {
        std::mem::take(&mut self.0)
    }

    fn read(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let Some(data) = self.0.get(call.text("path")) else {
            return Ok(None);
        };
        let asked = data.get("ttl").or_else(|| data.get("lease"));
        let asked = asked.and_then(|value| duration::from_json(value).ok());
        let default = i64::try_from(context.default_ttl().as_secs()).unwrap_or(i64::MAX);
        Response {
            lease: Some(LeaseShown {
                duration: asked.unwrap_or(default),
                ..LeaseShown::default()
            }),
            ..Response::data(data.clone())
        }
        .reply()
    }

    fn store(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let path = call.text("path");
        if path.is_empty() {
            return Err(Error::response("missing path"));
        }
        if call.request.data.is_empty() {
            return Err(Error::response("missing data fields"));
        }
        self.0.insert(path.to_owned(), call.request.data.clone());
        Ok(None)
    }

    fn delete(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.0.remove(call.text("path"));
        Ok(None)
    }

    fn list(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        Response::list(tree::children(self.0.keys(), call.text("path"))).reply()
    }

    fn scan(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        Response::list(tree::all_below(self.0.keys(), call.text("path"))).reply()
    }
}
