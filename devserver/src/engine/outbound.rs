//! Questions of engines to the outside world.

/// A question of an engine to the outside world (a TokenReview, a key set). An engine returns it as
/// [`Error`](crate::logical::Error)`::outbound`; the server sends it without holding the core, and calls the engine again with the answer in
/// [`Request::outbound`](crate::logical::Request::outbound). One request may ask several times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outbound {
    /// Where, with path: `https://10.0.0.1:443/apis/authentication.k8s.io/v1/tokenreviews`.
    pub url: String,
    /// `Authorization` bearer token; empty for none.
    pub bearer: String,
    /// JSON body of a `POST`; `None` for a `GET`.
    pub body: Option<String>,
    /// CA certificates in PEM that the other end must chain to; empty for the public authorities.
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
