//! Revocation of tokens, and what is left of them.

use crate::core::Core;
use crate::engine::{Call, Context};
use crate::logical::{Error, Reply, Response, TokenType};

impl Core {
    pub(super) fn revoke_self(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.revoked(&call.request.client_token)
    }

    pub(super) fn revoke_given(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let id = call.string("token");
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
        let id = call.string("token");
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

    pub(super) fn tidy_tokens(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        let text = "Tidy operation successfully started. Any information from the operation will be printed to OpenBao's server logs.";
        Response {
            status: Some(202),
            ..Response::default().warn(text)
        }
        .reply()
    }
}
