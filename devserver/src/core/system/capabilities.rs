//! `sys/capabilities…`.

use crate::core::{Core, TokenEntry};
use crate::engine::{Call, Context, Route, comma_list, route, text};
use crate::json::Value;
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;
use std::sync::Arc;

pub(super) fn routes() -> Vec<Route<Core>> {
    let paths = || vec![comma_list("path"), comma_list("paths")];
    let fields = |own| [vec![text(own)], paths()].concat();
    vec![
        route("capabilities-accessor")
            .help("What a token may do on paths, by its accessor.", "")
            .fields(fields("accessor"))
            .on(Operation::Update, Core::capabilities_of_accessor),
        route("capabilities-self")
            .help("What the own token may do on paths.", "")
            .fields(fields("token"))
            .on(Operation::Update, Core::capabilities_of_self),
        route("capabilities")
            .help("What a token may do on paths.", "")
            .fields(fields("token"))
            .on(Operation::Update, Core::capabilities_of_token),
    ]
}

/// The paths that a call asks about.
fn paths(call: &Call<'_>) -> Result<Vec<String>, Error> {
    let paths = ["paths", "path"].map(|name| call.list(name));
    let given = paths.into_iter().find(|paths| !paths.is_empty());
    given.ok_or_else(|| Error::coded(400, "paths must be supplied"))
}

impl Core {
    fn capabilities_of_self(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let token = call
            .request
            .token
            .clone()
            .ok_or_else(|| Error::coded(400, "invalid token"))?;
        self.capabilities_of(&token, call)
    }

    fn capabilities_of_token(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let id = call.text("token");
        if id.is_empty() {
            return Err(Error::internal("no token found"));
        }
        paths(call)?;
        let token = self
            .valid_token(id, context.now)
            .ok_or_else(|| Error::invalid("invalid token"))?;
        self.capabilities_of(&token, call)
    }

    fn capabilities_of_accessor(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let accessor = call.string("accessor");
        if accessor.is_empty() {
            return Err(Error::coded(400, "missing accessor"));
        }
        let token = self.tokens.by_accessor(&accessor).cloned();
        let token = token.ok_or_else(|| Error::invalid("invalid accessor"))?;
        self.capabilities_of(&token, call)
    }

    fn capabilities_of(&mut self, token: &Arc<TokenEntry>, call: &Call<'_>) -> Reply {
        let paths = paths(call)?;
        if paths.iter().any(String::is_empty) {
            return Err(Error::invalid("missing path"));
        }
        let acl = self.acl_of(token);
        let mut data = object! {};
        for path in &paths {
            let full = format!("{}{}", call.request.namespace, path.trim_start_matches('/'));
            data.insert(path.clone(), Value::from(acl.capabilities(&full)));
        }
        if let [only] = paths.as_slice() {
            let capabilities = data.get(only).cloned().unwrap_or_default();
            data.insert("capabilities".to_owned(), capabilities);
        }
        Response::data(data).reply()
    }
}
