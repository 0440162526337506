//! An engine's answer.

use crate::core::{Issued, LeaseShown, WrapInfo};
use crate::json::{Object, Value};
use crate::logical::Error;
use std::collections::BTreeMap;
use std::time::Duration;

/// What an engine returns: `Ok(None)` is 204 for writes and 404 for reads and lists.
pub type Reply = Result<Option<Response>, Error>;

/// An answer.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// `data` of the envelope.
    pub data: Option<Object>,
    /// Makes the answer a secret with a lease.
    pub secret: Option<Secret>,
    /// Makes the answer a login; the core creates the token.
    pub auth: Option<Auth>,
    /// Texts for the user.
    pub warnings: Vec<String>,
    /// Answers with this instead of an envelope.
    pub raw: Option<Raw>,
    /// Answers with this status instead of 200, with the envelope (KV v2 answers 404 with data for deleted versions).
    pub status: Option<u16>,
    /// Answers with an empty `request_id`, as the original's PKI does where it sets the status itself.
    pub without_request_id: bool,
    /// A token that the token store has already made or renewed.
    pub(crate) issued: Option<Issued>,
    /// A lease to show that is already registered.
    pub(crate) lease: Option<LeaseShown>,
    /// A wrapped answer.
    pub(crate) wrap_info: Option<WrapInfo>,
}

/// A lease to register for the answer.
#[derive(Clone, Debug, Default)]
pub struct Secret {
    /// First lifetime; `None` for the mount's default.
    pub ttl: Option<Duration>,
    /// Longest lifetime over all renewals; `None` for the mount's maximum.
    pub max_ttl: Option<Duration>,
    /// Whether it can be renewed.
    pub renewable: bool,
    /// What the engine needs to renew and revoke; handed back to [`crate::engine::Backend::renew`] and `revoke`.
    /// `None` registers no lease: the answer then only shows the lifetime (as KV v1 does).
    pub internal: Option<Object>,
}

/// A login for which the core creates a token.
#[derive(Clone, Debug, Default)]
pub struct Auth {
    /// Policies from the role; the core adds `default` unless [`Auth::no_default_policy`], sorts and deduplicates.
    pub policies: Vec<String>,
    /// Leaves `default` out.
    pub no_default_policy: bool,
    /// Shown as `metadata`, and kept as the token's `meta`.
    pub metadata: BTreeMap<String, String>,
    /// Display name below the mount, e.g. `web` for `kubernetes-web`.
    pub display_name: String,
    /// First lifetime; `None` for the mount's default.
    pub ttl: Option<Duration>,
    /// Longest lifetime over all renewals; `None` for the mount's maximum.
    pub max_ttl: Option<Duration>,
    /// Makes the token periodic.
    pub period: Option<Duration>,
    /// Ends the token whatever the renewals.
    pub explicit_max_ttl: Option<Duration>,
    /// Whether it can be renewed.
    pub renewable: bool,
    /// Uses left; 0 is unlimited.
    pub num_uses: i64,
    /// Networks from which the token can be used.
    pub bound_cidrs: Vec<String>,
    /// Service or batch; `None` leaves it to the mount, whose own type wins in any case.
    pub token_type: Option<TokenType>,
    /// Name under which the identity store knows the caller at this mount; empty for none.
    pub alias: String,
    /// Metadata of that alias.
    pub alias_metadata: BTreeMap<String, String>,
    /// Names of groups that the auth method says the caller is in; external groups with such an alias take it in.
    pub group_aliases: Vec<String>,
    /// What the engine needs at renewal; handed back to [`crate::engine::Backend::renew_login`].
    pub internal: Object,
}

/// Kinds of tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenType {
    /// Stored, renewable, revocable.
    #[default]
    Service,
    /// Not stored.
    Batch,
}

impl TokenType {
    /// `service` or `batch`.
    pub fn as_str(self) -> &'static str {
        match self {
            TokenType::Service => "service",
            TokenType::Batch => "batch",
        }
    }
}

/// An answer without envelope.
#[derive(Clone, Debug, Default)]
pub struct Raw {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`; empty for none.
    pub content_type: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// An answer with data.
    pub fn data(data: Object) -> Self {
        Self {
            data: Some(data),
            ..Self::default()
        }
    }

    /// An answer to a list; an empty list is answered with 404, as the original does.
    pub fn list(keys: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let keys: Vec<Value> = keys.into_iter().map(|key| Value::String(key.into())).collect();
        if keys.is_empty() {
            return Self {
                data: Some(Object::new()),
                ..Self::default()
            };
        }
        Self::data(Object::from([("keys".to_owned(), Value::Array(keys))]))
    }

    /// The same with what is known of each key, as `key_info`.
    pub fn list_with_info(info: Object) -> Self {
        let mut response = Self::list(info.keys());
        if let Some(data) = response.data.as_mut().filter(|data| !data.is_empty()) {
            data.insert("key_info".to_owned(), Value::Object(info));
        }
        response
    }

    /// The same with a warning added.
    #[must_use]
    pub fn warn(mut self, text: impl Into<String>) -> Self {
        self.warnings.push(text.into());
        self
    }

    /// The same as an engine's reply.
    ///
    /// # Errors
    /// Never; the type is what handlers return.
    pub fn reply(self) -> Reply {
        Ok(Some(self))
    }
}
