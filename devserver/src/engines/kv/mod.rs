//! KV, version 1 and 2; a mount goes from 1 to 2 when its `version` option is tuned, and keeps its data.

mod v1;
mod v2;

use crate::core::TokenEntry;
use crate::engine::{Context, Engine, LeaseTerms, Renewal, SpecialPaths};
use crate::json::Object;
use crate::logical::{Auth, Error, Reply, Request};
use v1::Plain;
use v2::Versioned;

/// A KV mount.
#[derive(Default)]
pub(crate) struct Kv {
    plain: Plain,
    versioned: Option<Versioned>,
}

impl Kv {
    fn active(&self) -> &dyn Engine {
        match &self.versioned {
            Some(versioned) => versioned,
            None => &self.plain,
        }
    }

    fn active_mut(&mut self) -> &mut dyn Engine {
        match &mut self.versioned {
            Some(versioned) => versioned,
            None => &mut self.plain,
        }
    }
}

impl Engine for Kv {
    fn handle(&mut self, context: &mut Context<'_>, request: &Request) -> Reply {
        self.active_mut().handle(context, request)
    }

    fn exists(&self, request: &Request) -> Result<Option<bool>, Error> {
        self.active().exists(request)
    }

    fn special_paths(&self) -> SpecialPaths {
        SpecialPaths::default()
    }

    fn mounted(&mut self, context: &mut Context<'_>) -> Result<(), Error> {
        match context.mount.version().unwrap_or_default() {
            "2" if self.versioned.is_none() => {
                self.versioned = Some(Versioned::upgraded(self.plain.take(), context.now));
                Ok(())
            }
            "" | "1" | "2" => Ok(()),
            _ => Err(Error::response("nil backend of type \"kv\" returned from factory")),
        }
    }

    fn renew(&mut self, context: &mut Context<'_>, lease: &LeaseTerms<'_>) -> Result<Renewal, Error> {
        self.active_mut().renew(context, lease)
    }

    fn revoke(&mut self, context: &mut Context<'_>, internal: &Object) -> Result<(), Error> {
        self.active_mut().revoke(context, internal)
    }

    fn renew_login(&mut self, context: &mut Context<'_>, auth: &mut Auth) -> Result<(), Error> {
        self.active_mut().renew_login(context, auth)
    }

    fn token_ended(&mut self, _: &TokenEntry) {}
}
