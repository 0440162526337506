//! Renewal of tokens.

use crate::core::lease_life::{elapsed, renewable};
use crate::core::lifetime::{Terms, lifetime};
use crate::core::mounts::MountBackend;
use crate::core::tokens::later;
use crate::core::{Core, TokenEntry};
use crate::engine::{Call, Context, Lifetimes};
use crate::logical::{Auth, Error, ErrorKind, Reply, Response, TokenType};
use std::sync::Arc;
use std::time::Duration;

impl Core {
    pub(super) fn renew_self(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.renewed(&call.request.client_token, call)
    }

    pub(super) fn renew_given(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let id = call.string("token");
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
        let (auth, lifetimes) = self.renewal_terms(&token).map_err(not_renewed)?;
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
    fn renewal_terms(&mut self, token: &TokenEntry) -> Result<(Auth, Lifetimes), Error> {
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
                if self
                    .entities
                    .refresh_external(&token.entity_id, &auth.group_aliases, &mount)
                {
                    self.policies.forget_combined();
                }
                auth
            }
            _ => self.own_terms(token)?,
        };
        Ok((auth, self.lifetimes_of(&mount)))
    }

    /// On which terms a token is renewed that no login made.
    fn own_terms(&self, token: &TokenEntry) -> Result<Auth, Error> {
        let some = |span: Duration| (!span.is_zero()).then_some(span);
        let mut auth = Auth {
            ttl: some(token.last_ttl),
            period: some(token.period),
            explicit_max_ttl: some(token.explicit_max_ttl),
            ..Auth::default()
        };
        if !token.role.is_empty() {
            let role = self.token_roles.get(&token.namespace, &token.role).ok_or_else(|| {
                let role = &token.role;
                Error::internal(format!("original token role {role:?} could not be found, not renewing"))
            })?;
            auth.period = some(role.period());
            auth.explicit_max_ttl = some(role.explicit_max_ttl());
        }
        Ok(auth)
    }
}

/// The refusal of an engine, as the original passes it on.
fn not_renewed(error: Error) -> Error {
    match error.kind {
        ErrorKind::Internal => Error::internal(format!("failed to renew entry: {}", error.text)),
        _ => error,
    }
}
