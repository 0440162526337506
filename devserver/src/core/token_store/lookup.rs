//! Lookup, renewal and revocation of tokens.

use crate::core::lease_life::{elapsed, renewable};
use crate::core::lifetime::{Terms, lifetime};
use crate::core::mounts::MountBackend;
use crate::core::tokens::later;
use crate::core::{Core, TokenEntry};
use crate::engine::{Call, Context};
use crate::json::{Object, Value};
use crate::logical::{Auth, Error, Reply, Response, TokenType};
use crate::object;
use std::sync::Arc;
use std::time::Duration;

/// The token that a call is about; one that is no text is none.
fn sent_token(call: &Call<'_>) -> Result<String, Error> {
    match call.raw("token") {
        Some(Value::String(_) | Value::Null) | None => Ok(call.string("token")),
        Some(_) => Err(Error::coded(403, "invalid token")),
    }
}

impl Core {
    pub(super) fn lookup_self(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.shown(&call.request.client_token)
    }

    pub(super) fn lookup_token(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let id = sent_token(call)?;
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

    fn accessed(&self, call: &Call<'_>) -> Result<Arc<TokenEntry>, Error> {
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

    pub(super) fn renew_self(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.renewed(&call.request.client_token, call)
    }

    pub(super) fn renew_given(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let id = sent_token(call)?;
        if id.is_empty() {
            return Err(Error::coded(400, "missing token ID"));
        }
        self.renewed(&id, call)
    }

    pub(super) fn renew_accessor(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let token = self.accessed(call)?;
        let mut response = self.renewed(&token.id, call)?.unwrap_or_default();
        if let Some(issued) = &mut response.issued {
            issued.token.clear();
        }
        response.reply()
    }

    fn renewed(&mut self, id: &str, call: &Call<'_>) -> Reply {
        let now = self.clock.now();
        let token = self
            .valid_token(id, now)
            .ok_or_else(|| Error::coded(400, "token not found"))?;
        if token.kind == TokenType::Batch {
            return Err(Error::response("batch tokens cannot be renewed"));
        }
        let increment = call.maybe_duration("increment").filter(|span| !span.is_zero());
        let lease = self
            .leases
            .get(&token.lease)
            .ok_or_else(|| Error::response("invalid lease ID"))?;
        renewable(lease, now)?;
        let issued = lease.issued;
        let (auth, lifetimes) = self.renewal_terms(&token)?;
        let terms = Terms {
            increment,
            ttl: auth.ttl,
            max_ttl: auth.max_ttl,
            period: auth.period,
            explicit_max: auth.explicit_max_ttl,
            age: elapsed(issued, now),
        };
        let (ttl, warnings) =
            lifetime(&terms, lifetimes).ok_or_else(|| Error::internal("past the max TTL, cannot renew"))?;
        self.leases.renew(&token.lease, now, later(now, ttl));
        self.tokens.update(&token.id, |token| token.last_ttl = ttl);
        Response {
            issued: Some(self.issued(&token)),
            warnings,
            ..Response::default()
        }
        .reply()
    }

    /// On which terms a token is renewed: its own, its role's, or what its login's engine says.
    fn renewal_terms(&mut self, token: &TokenEntry) -> Result<(Auth, crate::engine::Lifetimes), Error> {
        let some = |span: Duration| (!span.is_zero()).then_some(span);
        let now = self.clock.now();
        let full = format!("{}{}", token.namespace, token.path);
        let mounted = self
            .mounts
            .find_mut(&full)
            .ok_or_else(|| Error::internal("unable to retrieve system view from router"))?;
        let mount = Arc::clone(&mounted.info);
        let auth = match (&mut mounted.backend, &token.login) {
            (MountBackend::Engine(engine), Some(login)) => {
                let mut auth = login.as_ref().clone();
                let mut context = Context {
                    now,
                    mount: &mount,
                    system: self.lifetimes,
                    address: &self.address,
                };
                engine.renew_login(&mut context, &mut auth)?;
                auth
            }
            _ => {
                let mut auth = Auth {
                    period: some(token.period),
                    explicit_max_ttl: some(token.explicit_max_ttl),
                    ..Auth::default()
                };
                auth.ttl = some(token.last_ttl);
                if !token.role.is_empty() {
                    let role = self.token_roles.get(&token.namespace, &token.role).ok_or_else(|| {
                        let role = &token.role;
                        Error::internal(format!("original token role {role:?} could not be found, not renewing"))
                    })?;
                    auth.period = some(role.period());
                    auth.explicit_max_ttl = some(role.explicit_max_ttl());
                }
                auth
            }
        };
        Ok((auth, self.lifetimes_of(&mount)))
    }

    pub(super) fn revoke_self(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.revoked(&call.request.client_token)
    }

    pub(super) fn revoke_given(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let id = sent_token(call)?;
        if id.is_empty() {
            return Err(Error::coded(400, "missing token ID"));
        }
        self.revoked(&id)
    }

    fn revoked(&mut self, id: &str) -> Reply {
        let Some(token) = self.valid_token(id, self.clock.now()) else {
            return Ok(None);
        };
        if token.kind == TokenType::Batch {
            return Err(Error::response("batch tokens cannot be revoked"));
        }
        self.revoke_token(id);
        Ok(None)
    }

    pub(super) fn revoke_orphan(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let id = sent_token(call)?;
        if id.is_empty() {
            return Err(Error::coded(400, "missing token ID"));
        }
        let caller = call.request.token.clone().unwrap_or_default();
        let path = format!("{}auth/token/{}", call.request.namespace, call.request.path);
        if !self.has_sudo(&caller, &path) {
            return Err(Error::coded(
                400,
                "root or sudo privileges required to revoke and orphan",
            ));
        }
        let token = self.valid_token(&id, self.clock.now());
        let token = token.ok_or_else(|| Error::coded(400, "token to revoke not found"))?;
        if token.kind == TokenType::Batch {
            return Err(Error::response("batch tokens cannot be revoked"));
        }
        self.end_token(&id);
        Ok(None)
    }

    pub(super) fn revoke_accessor(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let accessor = call.string("accessor");
        if accessor.is_empty() {
            return Err(Error::invalid("missing accessor"));
        }
        let Some(token) = self.tokens.by_accessor(&accessor).cloned() else {
            return Response::default().warn("No token found with this accessor").reply();
        };
        self.revoke_token(&token.id);
        Ok(None)
    }

    pub(super) fn list_accessors(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        Response::list(self.tokens.accessors(&call.request.namespace)).reply()
    }

    pub(super) fn tidy_tokens(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        let text = "Tidy operation successfully started. Any information from the operation will be printed to OpenBao's server logs.";
        Response {
            status: Some(202),
            ..Response::default().warn(text)
        }
        .reply()
    }
}

fn meta(token: &TokenEntry) -> Value {
    Value::from(token.meta.as_ref().map(|meta| -> Object {
        meta.iter()
            .map(|(key, text)| (key.clone(), Value::from(text)))
            .collect()
    }))
}
