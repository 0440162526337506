//! What an engine (secrets or auth) is, and how one plugs in.
//!
//! An engine is a plain struct that keeps its storage in its own fields. It implements [`Backend`], whose heart is a
//! [`Router`]: a list of routes in the pattern language of the original, each with typed fields, handlers per
//! operation and help. The router answers unknown paths (404), unknown verbs (405), badly typed fields (400) and
//! unknown fields (a warning) by itself.
//!
//! ```
//! use coffret_devserver::engine::{Backend, Call, Context, Router, comma_list, route, text};
//! use coffret_devserver::logical::{Error, Operation, Reply, Response};
//! use coffret_devserver::object;
//! use std::collections::BTreeMap;
//! use std::sync::LazyLock;
//!
//! #[derive(Default)]
//! struct Colours {
//!     roles: BTreeMap<String, Vec<String>>,
//! }
//!
//! static ROUTER: LazyLock<Router<Colours>> = LazyLock::new(|| {
//!     Router::new("Hands out colours.", vec![
//!         route("roles/{name}")
//!             .fields(vec![text("name").help("Name of the role."), comma_list("allowed")])
//!             .exists(|engine: &Colours, call| engine.roles.contains_key(call.text("name")))
//!             .on(Operation::Read, Colours::read)
//!             .write(Colours::store), // create and update
//!     ])
//! });
//!
//! impl Backend for Colours {
//!     fn router() -> &'static Router<Self> {
//!         &ROUTER
//!     }
//! }
//!
//! impl Colours {
//!     fn read(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
//!         let Some(allowed) = self.roles.get(call.text("name")) else { return Ok(None) };
//!         Response::data(object! { "allowed" => allowed.clone() }).reply()
//!     }
//!
//!     fn store(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
//!         let allowed = call.list("allowed");
//!         if allowed.is_empty() {
//!             return Err(Error::response("allowed is required"));
//!         }
//!         self.roles.insert(call.text("name").to_owned(), allowed);
//!         Ok(None)
//!     }
//! }
//! ```
//!
//! A handler that makes a credential returns a [`Response`](crate::logical::Response) whose `secret` holds the lease to
//! register; the core then owns the lease and calls [`Backend::renew`] and [`Backend::revoke`] with its internal data.
//! The engine is added to the table in `engines/mod.rs`, and can then be mounted under its type's name.

mod backend;
mod call;
mod conversion;
pub(crate) mod custom_metadata;
mod fields;
mod go_integer;
mod help;
mod mount;
mod outbound;
mod route;
mod router;

pub(crate) use backend::Engine;
pub use backend::{Backend, Context, LeaseTerms, Renewal, SpecialPaths};
pub use call::Call;
pub use conversion::{is_no_map, to_integer, to_string};
pub use fields::{
    Field, Kind, boolean, comma_list, float, integer, integer_list, list, lower_text, map, pairs, seconds,
    signed_seconds, text, text_list, time,
};
pub use mount::{Lifetimes, Lockout, MountInfo, Tune};
pub use outbound::{Outbound, OutboundAnswer};
pub use route::{Existence, Handler, Precondition, Route, route};
pub use router::Router;
