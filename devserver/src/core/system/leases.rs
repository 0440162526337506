//! `sys/leases/`.

use super::lease_fields;
use crate::core::Core;
use crate::engine::{Call, Context, Route, route};
use crate::json::Value;
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;
use std::collections::BTreeSet;

pub(super) fn routes() -> Vec<Route<Core>> {
    let update = Operation::Update;
    vec![
        route("leases/lookup/{prefix+}?")
            .help("Leases below a path.", "")
            .fields(lease_fields(&["prefix"]))
            .on(Operation::List, Core::list_leases),
        route("leases/lookup")
            .help("What is known of a lease.", "")
            .fields(lease_fields(&["lease_id"]))
            .on(update, Core::lookup_lease),
        route("leases/renew(/{url_lease_id+})?")
            .help("Renew a lease.", "")
            .fields(lease_fields(&["url_lease_id", "lease_id", "increment"]))
            .on(update, Core::renew_by_request),
        route("leases/revoke(/{url_lease_id+})?")
            .help("Revoke a lease.", "")
            .fields(lease_fields(&["url_lease_id", "lease_id", "sync"]))
            .on(update, Core::revoke_by_request),
        route("leases/revoke-force/{prefix+}")
            .help("Forget all leases below a path, whatever their engines say.", "")
            .fields(lease_fields(&["prefix"]))
            .on(update, Core::revoke_force),
        route("leases/revoke-prefix/{prefix+}")
            .help("Revoke all leases below a path.", "")
            .fields(lease_fields(&["prefix", "sync"]))
            .on(update, Core::revoke_prefix),
        route("leases/tidy")
            .help("Forget leases that belong to no token.", "")
            .on(update, Core::tidy_leases),
        route("leases/count")
            .help("How many leases cannot be revoked.", "")
            .fields(vec![
                crate::engine::text("type"),
                crate::engine::boolean("include_child_namespaces"),
            ])
            .on(Operation::Read, Core::count_leases),
        route("leases")
            .help("Leases that cannot be revoked.", "")
            .fields(vec![
                crate::engine::text("type"),
                crate::engine::boolean("include_child_namespaces"),
                crate::engine::text("limit"),
            ])
            .on(Operation::Read, Core::irrevocable_leases),
    ]
}

fn lease_id(call: &Call<'_>) -> Result<String, Error> {
    let id = match call.string("lease_id") {
        empty if empty.is_empty() => call.text("url_lease_id").to_owned(),
        id => id,
    };
    if id.is_empty() {
        Err(Error::coded(400, "lease_id must be specified"))
    } else {
        Ok(id)
    }
}

impl Core {
    fn list_leases(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let prefix = call.text("prefix").trim_end_matches('/');
        let prefix = if prefix.is_empty() {
            String::new()
        } else {
            format!("{prefix}/")
        };
        let ids = self.lease_ids_below(&call.request.namespace, &prefix);
        let names: BTreeSet<String> = ids
            .iter()
            .map(|id| match id[prefix.len()..].split_once('/') {
                Some((folder, _)) => format!("{folder}/"),
                None => id[prefix.len()..].to_owned(),
            })
            .collect();
        Response::list(names).reply()
    }

    fn lookup_lease(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let id = call.string("lease_id");
        if id.is_empty() {
            return Err(Error::coded(400, "lease_id must be specified"));
        }
        let lease = self.leases.get(&id).ok_or_else(|| Error::coded(400, "invalid lease"))?;
        let mut data = object! {
            "id" => id,
            "path" => &lease.path,
            "issue_time" => lease.issued.to_string(),
            "expire_time" => lease.expires.map(|end| end.to_string()),
            "last_renewal" => lease.renewed.map(|renewed| renewed.to_string()),
            "renewable" => lease.renewable && lease.revoke_error.is_none(),
            "ttl" => lease.seconds_left(context.now),
        };
        if !lease.namespace.is_empty() {
            data.insert("namespace_path".to_owned(), Value::from(&lease.namespace));
        }
        if let Some(why) = &lease.revoke_error {
            data.insert("revoke_error".to_owned(), Value::from(why));
        }
        Response::data(data).reply()
    }

    fn renew_by_request(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let id = lease_id(call)?;
        let increment = call.maybe_duration("increment").filter(|span| !span.is_zero());
        self.renew_lease(&id, increment)?.reply()
    }

    fn revoke_by_request(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let id = lease_id(call)?;
        let revoked = self
            .revoke_lease(&id, false)
            .map_err(|error| Error::response(error.text));
        done(revoked, call)
    }

    fn revoke_prefix(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let revoked = self.revoke_below(call, false);
        done(revoked, call)
    }

    fn revoke_force(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.revoke_below(call, true)?;
        Ok(None)
    }

    fn revoke_below(&mut self, call: &Call<'_>, force: bool) -> Result<(), Error> {
        let mut prefix = call.text("prefix").to_owned();
        let namespace = &call.request.namespace;
        if self
            .leases
            .get(&prefix)
            .is_some_and(|lease| lease.namespace == *namespace)
        {
            return self
                .revoke_lease(&prefix, force)
                .map_err(|error| Error::response(error.text));
        }
        if !prefix.ends_with('/') {
            prefix.push('/');
        }
        for id in self.lease_ids_below(namespace, &prefix) {
            self.revoke_lease(&id, force)
                .map_err(|error| Error::response(format!("failed to revoke {id:?}: {}", error.text)))?;
        }
        Ok(())
    }

    fn tidy_leases(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        let text = "Tidy operation successfully started. Any information from the operation will be printed to OpenBao's server logs.";
        Response {
            status: Some(202),
            ..Response::default().warn(text)
        }
        .reply()
    }

    fn count_leases(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let Some(broken) = self.irrevocable(call) else {
            return Ok(None);
        };
        Response::data(object! { "lease_count" => broken.len(), "counts" => crate::json::Object::new() }).reply()
    }

    fn irrevocable_leases(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let Some(broken) = self.irrevocable(call) else {
            return Ok(None);
        };
        let leases: Vec<Value> = broken
            .into_iter()
            .map(|(id, why)| Value::Object(object! { "lease_id" => id, "error" => why }))
            .collect();
        Response::data(object! { "lease_count" => leases.len(), "leases" => leases }).reply()
    }

    /// Ids of the leases that could not be revoked, and why; `None` where another kind is asked for.
    fn irrevocable(&self, call: &Call<'_>) -> Option<Vec<(String, String)>> {
        if call.string("type") != "irrevocable" {
            return None;
        }
        let broken = self
            .leases
            .iter()
            .filter_map(|lease| Some((lease.id.clone(), lease.revoke_error.clone()?)));
        Some(broken.collect())
    }
}

fn done(revoked: Result<(), Error>, call: &Call<'_>) -> Reply {
    revoked?;
    if call.flag("sync") {
        return Ok(None);
    }
    let raw = crate::logical::Raw {
        status: 202,
        content_type: "application/json".to_owned(),
        body: Vec::new(),
    };
    Response {
        raw: Some(raw),
        ..Response::default()
    }
    .reply()
}
