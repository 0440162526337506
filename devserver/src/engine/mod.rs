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

mod conversion;
pub(crate) mod custom_metadata;
mod fields;
mod go_integer;
mod router;

pub use conversion::{is_no_map, to_integer, to_string};
pub use fields::{
    Field, Kind, boolean, comma_list, float, integer, integer_list, list, lower_text, map, pairs, seconds,
    signed_seconds, text, text_list, time,
};
pub use router::{Call, Handler, Route, Router, route};

use crate::core::TokenEntry;
use crate::json::Object;
use crate::logical::{Auth, Error, Operation, Reply, Request};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// A secrets or auth engine; see the module's documentation.
pub trait Backend: Sized + Send + 'static {
    /// The engine's routes.
    fn router() -> &'static Router<Self>;

    /// Paths below the mount with special rules.
    fn special_paths() -> SpecialPaths {
        SpecialPaths::default()
    }

    /// Called after the engine is mounted, and again after the `version` option of its mount was changed.
    ///
    /// # Errors
    /// Refuses the mount.
    fn mounted(&mut self, _context: &mut Context<'_>) -> Result<(), Error> {
        Ok(())
    }

    /// The lifetime after a lease of this engine is renewed; the core limits it by the maximum and the mount.
    /// The default keeps the first lifetime and maximum.
    ///
    /// # Errors
    /// Refuses the renewal.
    fn renew(&mut self, _context: &mut Context<'_>, lease: &LeaseTerms<'_>) -> Result<Renewal, Error> {
        Ok(Renewal {
            ttl: lease.increment.or(lease.ttl),
            max_ttl: lease.max_ttl,
        })
    }

    /// Makes the credential behind a lease unusable.
    ///
    /// # Errors
    /// The lease then stays, until it is revoked by force.
    fn revoke(&mut self, _context: &mut Context<'_>, _internal: &Object) -> Result<(), Error> {
        Ok(())
    }

    /// Accounts that now exist in the system behind the engine, as that system knows them: name and password.
    fn accounts(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// Called when a token has ended, for engines that keep something per token.
    fn token_ended(&mut self, _token: &TokenEntry) {}

    /// The terms on which a login of this engine is renewed; `auth` is what the login returned, changed in place.
    ///
    /// # Errors
    /// Refuses the renewal; the default, as the original's.
    fn renew_login(&mut self, _context: &mut Context<'_>, _auth: &mut Auth) -> Result<(), Error> {
        Err(Error::response("this auth type doesn't support renew"))
    }
}

/// Terms of a lease that is renewed.
#[derive(Clone, Debug)]
pub struct LeaseTerms<'a> {
    /// What the engine kept with the lease.
    pub internal: &'a Object,
    /// The lifetime asked for; `None` leaves it to the engine.
    pub increment: Option<Duration>,
    /// The lifetime of the lease when it was issued.
    pub ttl: Option<Duration>,
    /// The longest lifetime when it was issued.
    pub max_ttl: Option<Duration>,
    /// When it was issued.
    pub issued: Timestamp,
}

/// What an engine grants at a renewal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Renewal {
    /// Lifetime from now; `None` for the mount's default.
    pub ttl: Option<Duration>,
    /// Longest lifetime since issue; `None` for the mount's maximum.
    pub max_ttl: Option<Duration>,
}

/// Paths with special rules. A trailing `*` matches any continuation; `+` one segment.
#[derive(Clone, Copy, Debug, Default)]
pub struct SpecialPaths {
    /// Need no token.
    pub unauthenticated: &'static [&'static str],
    /// Need `sudo`.
    pub root: &'static [&'static str],
}

/// What an engine may know and use of its surroundings.
#[derive(Debug)]
pub struct Context<'a> {
    /// The server's clock.
    pub now: Timestamp,
    /// The mount under which the engine is reached.
    pub mount: &'a MountInfo,
    /// Lifetimes in force where the mount does not set its own.
    pub system: Lifetimes,
    /// Base URL of the server, e.g. `http://127.0.0.1:8200`.
    pub address: &'a str,
}

impl Context<'_> {
    /// Lifetime of leases that ask for none.
    pub fn default_ttl(&self) -> Duration {
        self.mount.tune.default_lease_ttl.unwrap_or(self.system.default)
    }

    /// Longest lifetime of leases.
    pub fn max_ttl(&self) -> Duration {
        self.mount.tune.max_lease_ttl.unwrap_or(self.system.max)
    }
}

/// Default and longest lifetime of leases.
#[derive(Clone, Copy, Debug)]
pub struct Lifetimes {
    /// Where nothing is asked for.
    pub default: Duration,
    /// Never longer than this.
    pub max: Duration,
}

/// The original's: 32 days each.
impl Default for Lifetimes {
    fn default() -> Self {
        let month = Duration::from_secs(32 * 24 * 3600);
        Self {
            default: month,
            max: month,
        }
    }
}

/// A mount, without its engine.
#[derive(Clone, Debug, Default)]
pub struct MountInfo {
    /// Namespace: empty for root, else with a trailing `/`.
    pub namespace: String,
    /// Path within the namespace with trailing `/`; auth mounts begin with `auth/`.
    pub path: String,
    /// Type, e.g. `kv`.
    pub kind: String,
    /// Accessor, e.g. `kv_1a2b3c4d`.
    pub accessor: String,
    /// Unique id.
    pub uuid: String,
    /// Text of the user.
    pub description: String,
    /// Options, e.g. `version` of KV.
    pub options: Option<BTreeMap<String, String>>,
    /// Tuning.
    pub tune: Tune,
    /// `local` flag.
    pub local: bool,
    /// `seal_wrap` flag.
    pub seal_wrap: bool,
    /// `external_entropy_access` flag.
    pub external_entropy: bool,
}

impl MountInfo {
    /// The `version` option.
    pub fn version(&self) -> Option<&str> {
        self.options.as_ref()?.get("version").map(String::as_str)
    }
}

/// Tuning of a mount.
#[derive(Clone, Debug, Default)]
pub struct Tune {
    /// Lifetime of leases that ask for none; `None` for the system's.
    pub default_lease_ttl: Option<Duration>,
    /// Longest lifetime; `None` for the system's.
    pub max_lease_ttl: Option<Duration>,
    /// `force_no_cache` flag.
    pub force_no_cache: bool,
    /// `token_type` of auth mounts.
    pub token_type: Option<String>,
    /// `listing_visibility`.
    pub listing_visibility: Option<String>,
    /// `passthrough_request_headers`.
    pub passthrough_request_headers: Vec<String>,
    /// `allowed_response_headers`.
    pub allowed_response_headers: Vec<String>,
    /// `audit_non_hmac_request_keys`.
    pub audit_non_hmac_request_keys: Vec<String>,
    /// `audit_non_hmac_response_keys`.
    pub audit_non_hmac_response_keys: Vec<String>,
    /// `user_lockout_config`, kept and shown; nobody is locked out.
    pub lockout: Option<Lockout>,
}

/// When failed logins lock a user out.
#[derive(Clone, Debug, Default)]
pub struct Lockout {
    /// After so many failures.
    pub threshold: u64,
    /// For so long.
    pub duration: Option<Duration>,
    /// Failures are forgotten after so long.
    pub counter_reset: Option<Duration>,
    /// Not at all.
    pub disable: bool,
}

/// A question of an engine to the outside world (a TokenReview). An engine returns it as
/// [`Error`]`::outbound`; the server sends it without holding the core, and calls the engine again with the answer in
/// [`Request::outbound`]. One request may ask several times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outbound {
    /// Where, with path: `https://10.0.0.1:443/apis/authentication.k8s.io/v1/tokenreviews`.
    pub url: String,
    /// `Authorization` bearer token.
    pub bearer: String,
    /// JSON body of a `POST`; `None` for a `GET`.
    pub body: Option<String>,
    /// CA certificates in PEM that the other end must chain to.
    pub ca: String,
}

/// The answer to an [`Outbound`] question.
#[derive(Clone, Debug)]
pub struct OutboundAnswer {
    /// Where it was asked.
    pub url: String,
    /// HTTP status and body, or why there is none.
    pub result: Result<(u16, Vec<u8>), String>,
}

/// An engine behind a mount, whatever its type.
pub(crate) trait Engine: Send {
    fn handle(&mut self, context: &mut Context<'_>, request: &Request) -> Reply;
    /// Whether the path's entry exists; `None` where the route has no existence check.
    fn exists(&self, request: &Request) -> Result<Option<bool>, Error>;
    fn special_paths(&self) -> SpecialPaths;
    fn mounted(&mut self, context: &mut Context<'_>) -> Result<(), Error>;
    fn renew(&mut self, context: &mut Context<'_>, lease: &LeaseTerms<'_>) -> Result<Renewal, Error>;
    fn revoke(&mut self, context: &mut Context<'_>, internal: &Object) -> Result<(), Error>;
    fn renew_login(&mut self, context: &mut Context<'_>, auth: &mut Auth) -> Result<(), Error>;
    fn accounts(&self) -> Vec<(String, String)> {
        Vec::new()
    }
    fn token_ended(&mut self, token: &TokenEntry);
}

impl<T: Backend> Engine for T {
    fn handle(&mut self, context: &mut Context<'_>, request: &Request) -> Reply {
        T::router().dispatch(self, context, request)
    }

    fn exists(&self, request: &Request) -> Result<Option<bool>, Error> {
        debug_assert!(matches!(
            request.operation,
            Operation::Create | Operation::Update | Operation::Patch
        ));
        T::router().exists(self, request)
    }

    fn special_paths(&self) -> SpecialPaths {
        T::special_paths()
    }

    fn mounted(&mut self, context: &mut Context<'_>) -> Result<(), Error> {
        Backend::mounted(self, context)
    }

    fn renew(&mut self, context: &mut Context<'_>, lease: &LeaseTerms<'_>) -> Result<Renewal, Error> {
        Backend::renew(self, context, lease)
    }

    fn revoke(&mut self, context: &mut Context<'_>, internal: &Object) -> Result<(), Error> {
        Backend::revoke(self, context, internal)
    }

    fn renew_login(&mut self, context: &mut Context<'_>, auth: &mut Auth) -> Result<(), Error> {
        Backend::renew_login(self, context, auth)
    }

    fn accounts(&self) -> Vec<(String, String)> {
        Backend::accounts(self)
    }

    fn token_ended(&mut self, token: &TokenEntry) {
        Backend::token_ended(self, token);
    }
}
