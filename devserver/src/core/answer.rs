//! What goes back to the client.

use crate::engine::Outbound;
use crate::json::{Object, Value};
use crate::logical::{Raw, Response};
use std::collections::BTreeMap;

/// An answer to a request.
#[derive(Clone, Debug)]
pub enum Answer {
    /// An envelope.
    Envelope(Box<Envelope>),
    /// 204.
    Empty,
    /// Something without envelope.
    Raw(Raw),
    /// A refusal.
    Refused {
        /// HTTP status.
        status: u16,
        /// Texts.
        errors: Vec<String>,
        /// Data that goes with the refusal.
        data: Option<Value>,
    },
    /// The engine asks the outside world first; the server asks and calls again.
    Outbound(Box<Outbound>),
}

/// The envelope of an answer.
#[derive(Clone, Debug, Default)]
pub struct Envelope {
    /// HTTP status.
    pub status: u16,
    /// Id of the request.
    pub request_id: String,
    /// The lease, where there is one.
    pub lease: Option<LeaseShown>,
    /// `data`.
    pub data: Option<Object>,
    /// `wrap_info`.
    pub wrap_info: Option<WrapInfo>,
    /// `warnings`; null where there are none.
    pub warnings: Vec<String>,
    /// `auth`.
    pub auth: Option<Issued>,
    /// `mount_type`.
    pub mount_type: String,
    /// Whether the members of `data` are repeated beside it, as some `sys/` paths do.
    pub inject: bool,
}

impl Envelope {
    /// The envelope of a response; a wrapped one has no id.
    pub(crate) fn of(response: Response, request_id: &str) -> Self {
        let nameless = response.wrap_info.is_some() || response.without_request_id;
        Self {
            status: response.status.unwrap_or(200),
            request_id: if nameless { String::new() } else { request_id.to_owned() },
            lease: response.lease,
            data: response.data,
            wrap_info: response.wrap_info,
            warnings: response.warnings,
            auth: response.issued,
            mount_type: String::new(),
            inject: false,
        }
    }
}

/// A lease, as an envelope shows it.
#[derive(Clone, Debug, Default)]
pub struct LeaseShown {
    /// Empty where only the duration is shown.
    pub id: String,
    /// Whether it can be renewed.
    pub renewable: bool,
    /// Seconds; below zero where a secret says so of itself.
    pub duration: i64,
}

/// A token, as it is shown when it is issued or renewed.
#[derive(Clone, Debug, Default)]
pub struct Issued {
    /// The token.
    pub token: String,
    /// Its accessor.
    pub accessor: String,
    /// The token's own policies.
    pub policies: Vec<String>,
    /// Further policies, of its entity and that entity's groups.
    pub identity_policies: Vec<String>,
    /// Metadata; `None` is shown as null.
    pub metadata: Option<BTreeMap<String, String>>,
    /// Seconds.
    pub lease_duration: u64,
    /// Whether it can be renewed.
    pub renewable: bool,
    /// Its entity.
    pub entity_id: String,
    /// `service` or `batch`.
    pub token_type: &'static str,
    /// Whether it has no parent.
    pub orphan: bool,
    /// Uses left; 0 is unlimited.
    pub num_uses: i64,
}

/// Where a wrapped answer can be had.
#[derive(Clone, Debug, Default)]
pub struct WrapInfo {
    /// Token that unwraps it, once.
    pub token: String,
    /// Accessor of that token.
    pub accessor: String,
    /// Seconds.
    pub ttl: u64,
    /// RFC 3339.
    pub creation_time: String,
    /// Path whose answer is wrapped.
    pub creation_path: String,
    /// Accessor of a wrapped token; empty where none is wrapped.
    pub wrapped_accessor: String,
}
