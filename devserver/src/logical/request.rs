//! A request to an engine.

use crate::core::TokenEntry;
use crate::json::Object;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operation {
    /// A write to a path whose existence check says that nothing is there.
    Create,
    /// `GET`.
    Read,
    /// `PUT` or `POST`.
    Update,
    /// `PATCH` with a merge patch.
    Patch,
    /// `DELETE`.
    Delete,
    /// `LIST`, or `GET` with `?list=true`; the path ends in `/`.
    List,
    /// `SCAN`, a recursive list (OpenBao), or `GET` with `?scan=true`.
    Scan,
    /// `HEAD`.
    Header,
    /// `GET` with `?help=1`.
    Help,
}

/// A request, as an engine sees it: `path` is relative to the mount.
#[derive(Clone, Debug)]
pub struct Request {
    /// The request's id, as sent back in `request_id`.
    pub id: String,
    /// What to do.
    pub operation: Operation,
    /// The path below the mount, without leading `/`.
    pub path: String,
    /// Members of the JSON body, of the form, or of the query.
    pub data: Object,
    /// The HTTP headers.
    pub headers: http::HeaderMap,
    /// The body as it came.
    pub body: bytes::Bytes,
    /// Namespace of the request: empty for root, else with a trailing `/`.
    pub namespace: String,
    /// The token presented, if it is valid.
    pub token: Option<Arc<TokenEntry>>,
    /// The token text presented, valid or not; empty when there was none.
    pub client_token: String,
    /// Asked lifetime of a wrapped answer.
    pub wrap_ttl: Option<Duration>,
    /// Who asks.
    pub client: Client,
    /// Answers of the outside world for which an engine has asked by [`crate::engine::Outbound`].
    pub outbound: Vec<crate::engine::OutboundAnswer>,
    /// Refuses parameters that a route does not know, instead of a warning.
    pub strict: bool,
}

impl Request {
    /// Whether a path has a segment `.` or `..`, which no path may.
    pub(crate) fn is_relative(path: &str) -> bool {
        path.split('/').any(|segment| matches!(segment, "." | ".."))
    }
}

/// The other end of the connection.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// Its address, if it has one.
    pub address: Option<IpAddr>,
    /// Its port.
    pub port: u16,
    /// Its certificate chain in DER, leaf first.
    pub certificates: Vec<Vec<u8>>,
}
