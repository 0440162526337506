//! `sys/internal/ui/mounts`: what people and command lines may know of mounts before, or without, a policy for `sys/mounts`.

use super::mounts::shown;
use crate::core::Core;
use crate::engine::{Call, Context, Route, route, text};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;

pub(super) fn routes() -> Vec<Route<Core>> {
    vec![
        route("internal/ui/mounts")
            .help(
                "Mounts the caller can see.",
                "By its policies, or because a mount is visible to all.",
            )
            .on(Operation::Read, Core::visible_mounts),
        route("internal/ui/mounts/{path+}")
            .fields(vec![text("path").help("A path below the mount.")])
            .help(
                "The mount a path belongs to.",
                "For callers that may do anything below it.",
            )
            .on(Operation::Read, Core::visible_mount),
    ]
}

impl Core {
    fn visible_mounts(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let namespace = call.request.namespace.clone();
        let token = match call.request.client_token.as_str() {
            "" => None,
            id => Some(
                self.valid_token(id, context.now)
                    .ok_or_else(|| Error::coded(403, "permission denied"))?,
            ),
        };
        let acl = token.map(|token| self.acl_of(&token));
        let mut tables = [Object::new(), Object::new()];
        for (table, auth) in tables.iter_mut().zip([false, true]) {
            for info in self.mounts.of_namespace(&namespace, auth) {
                let path = info.path.strip_prefix("auth/").filter(|_| auth).unwrap_or(&info.path);
                let open = info.tune.listing_visibility.as_deref() == Some("unauth");
                let touched = acl
                    .as_ref()
                    .is_some_and(|acl| acl.touches(&format!("{namespace}{}", info.path)));
                if open || touched {
                    let mut full = shown(info);
                    if acl.is_none() {
                        full.retain(|key, _| matches!(key.as_str(), "type" | "description" | "options"));
                    }
                    table.insert(path.to_owned(), Value::Object(full));
                }
            }
        }
        let [secret, auth] = tables;
        Response::data(object! { "secret" => secret, "auth" => auth }).reply()
    }

    fn visible_mount(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let path = format!("{}/", call.text("path").trim_matches('/'));
        let namespace = &call.request.namespace;
        let token = self.valid_token(&call.request.client_token, context.now);
        let token = token.ok_or_else(|| Error::coded(403, "permission denied"))?;
        let acl = self.acl_of(&token);
        let refused = || {
            let text = "preflight capability check returned 403, please ensure client's policies grant access to path";
            Error::coded(403, format!("{text} {path:?}"))
        };
        let info = &self
            .mounts
            .find(&format!("{namespace}{path}"))
            .ok_or_else(refused)?
            .info;
        if !acl.touches(&format!("{namespace}{}", info.path)) {
            return Err(refused());
        }
        let mut data = shown(info);
        let path = info.path.strip_prefix("auth/").unwrap_or(&info.path);
        data.insert("path".to_owned(), Value::from(path));
        Response::data(data).reply()
    }
}
