//! Lookup, renewal and revocation of tokens.

use crate::core::{Core, TokenEntry};
use crate::engine::{Call, Context};
use crate::json::{Object, Value};
use crate::logical::{Error, Reply, Response};
use crate::object;
use std::sync::Arc;

impl Core {
    pub(super) fn lookup_self(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.shown(&call.request.client_token)
    }

    pub(super) fn lookup_token(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let id = call.string("token");
        self.shown(if id.is_empty() { &call.request.client_token } else { &id })
    }

    pub(super) fn lookup_accessor(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let token = self.accessed(call)?;
        let mut response = self.shown(&token.id)?.unwrap_or_default();
        if let Some(data) = &mut response.data {
            data.insert("id".to_owned(), Value::from(""));
        }
        response.reply()
    }

    pub(super) fn accessed(&self, call: &Call<'_>) -> Result<Arc<TokenEntry>, Error> {
        let accessor = call.string("accessor");
        if accessor.is_empty() {
            return Err(Error::invalid("missing accessor"));
        }
        self.tokens
            .by_accessor(&accessor)
            .cloned()
            .ok_or_else(|| Error::invalid("invalid accessor"))
    }

    fn shown(&self, id: &str) -> Reply {
        let now = self.clock.now();
        let token = self
            .valid_token(id, now)
            .ok_or_else(|| Error::coded(403, "bad token"))?;
        let mut data = object! {
            "id" => &token.id,
            "accessor" => &token.accessor,
            "policies" => token.policies.clone(),
            "path" => &token.path,
            "meta" => meta(&token),
            "display_name" => &token.display_name,
            "num_uses" => token.num_uses,
            "orphan" => token.parent.is_empty(),
            "creation_time" => token.created.as_second(),
            "creation_ttl" => token.creation_ttl.as_secs(),
            "expire_time" => Value::Null,
            "ttl" => 0,
            "explicit_max_ttl" => token.explicit_max_ttl.as_secs(),
            "entity_id" => &token.entity_id,
            "type" => token.kind.as_str(),
        };
        if !token.role.is_empty() {
            data.insert("role".to_owned(), Value::from(&token.role));
        }
        if !token.period.is_zero() {
            data.insert("period".to_owned(), Value::from(token.period.as_secs()));
        }
        if !token.bound_cidrs.is_empty() {
            data.insert("bound_cidrs".to_owned(), Value::from(token.bound_cidrs.clone()));
        }
        if !token.namespace.is_empty() {
            data.insert("namespace_path".to_owned(), Value::from(&token.namespace));
        }
        let of_identity = self.entities.policies(&token.entity_id);
        if !of_identity.is_empty() {
            data.insert("identity_policies".to_owned(), Value::from(of_identity));
            data.insert("external_namespace_policies".to_owned(), Value::Object(Object::new()));
        }
        self.add_times(&token, &mut data);
        Response::data(data).reply()
    }

    fn add_times(&self, token: &TokenEntry, data: &mut Object) {
        let now = self.clock.now();
        if let Some(end) = token.batch_end() {
            data.insert("expire_time".to_owned(), Value::from(end.to_string()));
            data.insert(
                "ttl".to_owned(),
                Value::from(crate::core::leases::seconds_between(now, end)),
            );
            data.insert("issue_time".to_owned(), Value::from(token.created.to_string()));
            data.insert("renewable".to_owned(), Value::from(false));
            return;
        }
        let Some(lease) = self.leases.get(&token.lease) else {
            return;
        };
        if let Some(renewed) = lease.renewed {
            data.insert("last_renewal_time".to_owned(), Value::from(renewed.as_second()));
            data.insert("last_renewal".to_owned(), Value::from(renewed.to_string()));
        }
        data.insert(
            "expire_time".to_owned(),
            Value::from(lease.expires.map(|end| end.to_string())),
        );
        data.insert("ttl".to_owned(), Value::from(lease.seconds_left(now)));
        data.insert("renewable".to_owned(), Value::from(lease.renewable));
        data.insert("issue_time".to_owned(), Value::from(lease.issued.to_string()));
    }

    pub(super) fn list_accessors(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        Response::list(self.tokens.accessors(&call.request.namespace)).reply()
    }
}

fn meta(token: &TokenEntry) -> Value {
    Value::from(token.meta.as_ref().map(|meta| -> Object {
        meta.iter()
            .map(|(key, text)| (key.clone(), Value::from(text)))
            .collect()
    }))
}
