//! Requests of other programs, passed on to the server with the agent's token as the configuration says.
//!
//! Any path, method, query and body goes through, small bodies whole and large ones as they come. A request that
//! certainly did nothing (no connection, 429, 503) is repeated for as long as one request may take; every other answer is
//! passed on as it is.

mod caching;
pub mod consistency;
pub mod flow;
pub mod headers;
pub mod redaction;
mod repetition;

use std::cell::RefCell;
use std::rc::Rc;

use coffret_config::agent::{UseToken, WhenInconsistent};
use coffret_vault::{Answer, Client, Error, Token, Truncated};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Request, Response, StatusCode};

use crate::cache::Key;
use crate::cache::keeper::Keeper;
use crate::metrics::{Counter, Metrics};
use crate::random::Random;
use consistency::States;
use flow::Flow;

/// Bodies up to this many bytes are kept whole, so that a request can be repeated and an answer kept.
const WHOLE: usize = 1 << 20;
const INDEX: HeaderName = HeaderName::from_static("x-vault-index");
const INCONSISTENT: HeaderName = HeaderName::from_static("x-vault-inconsistent");
const X_CACHE: HeaderName = HeaderName::from_static("x-cache");

/// An answer for the program that asked.
pub type Reply = Response<Flow<Answer>>;

/// What the configuration says about requests of other programs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Whose token is used.
    pub use_token: UseToken,
    /// Namespace to put before that of a request.
    pub namespace: Option<String>,
    /// Requests carry the states that former answers named.
    pub enforce_consistency: bool,
    /// What happens when a node does not know such a state yet.
    pub when_inconsistent: WhenInconsistent,
    /// How often a request may be repeated.
    pub retries: u32,
}

/// The proxy behind all listeners.
pub struct Proxy {
    client: Rc<Client>,
    rules: Rules,
    token: Rc<RefCell<Option<Token>>>,
    random: Rc<dyn Random>,
    metrics: Rc<Metrics>,
    states: RefCell<States>,
    keeper: Option<Rc<Keeper>>,
}

/// A whole request as it is passed on.
struct Outgoing {
    request: Request<Bytes>,
    token: Option<Token>,
}

impl Outgoing {
    fn path(&self) -> &str {
        self.request.uri().path()
    }

    fn key(&self) -> Key {
        let request = &self.request;
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        Key::of(
            request.method(),
            target,
            request.headers(),
            request.body(),
            self.token.as_ref(),
        )
    }

    fn namespace(&self) -> &str {
        let value = self.request.headers().get(headers::NAMESPACE);
        value.and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Proxy {
    /// A proxy that asks through `client`; `token` is the agent's, `keeper` the cache if there is one.
    #[must_use]
    pub fn new(
        client: Rc<Client>,
        rules: Rules,
        token: Rc<RefCell<Option<Token>>>,
        random: Rc<dyn Random>,
        metrics: Rc<Metrics>,
        keeper: Option<Rc<Keeper>>,
    ) -> Self {
        Self {
            client,
            rules,
            token,
            random,
            metrics,
            states: RefCell::default(),
            keeper,
        }
    }

    /// The cache.
    #[must_use]
    pub fn keeper(&self) -> Option<&Rc<Keeper>> {
        self.keeper.as_ref()
    }

    /// Whether the agent holds a token.
    #[must_use]
    pub fn is_authenticated(&self) -> bool {
        self.token.borrow().is_some()
    }

    /// Answers a request.
    pub async fn serve(&self, request: Request<Incoming>) -> Reply {
        tracing::debug!(target: "agent.apiproxy", event = "proxy.request", method = %request.method(), path = %request.uri().path(), "received request");
        match self.pass_on(request).await {
            Ok(reply) => {
                self.count(&reply);
                reply
            }
            Err(error) => {
                self.metrics.count(Counter::ProxyError);
                tracing::warn!(target: "agent.apiproxy", event = "proxy.failed", error = %error, "failed to get the response");
                refusal(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    &[&format!("failed to get the response: {error}")],
                )
            }
        }
    }

    fn count(&self, reply: &Reply) {
        if reply.status().is_client_error() || reply.status().is_server_error() {
            self.metrics.count(Counter::ProxyClientError);
            return;
        }
        self.metrics.count(Counter::ProxySuccess);
        let hit = reply.headers().get(X_CACHE).is_some_and(|value| value == "HIT");
        self.metrics
            .count(if hit { Counter::CacheHit } else { Counter::CacheMiss });
    }

    async fn pass_on(&self, request: Request<Incoming>) -> Result<Reply, Error> {
        let (mut head, body) = request.into_parts();
        let agents = self.token.borrow().clone();
        let token = headers::token(&head.headers, self.rules.use_token, agents);
        head.headers = self.outgoing(&head.headers, token.as_ref());
        match Flow::gather(body, WHOLE).await {
            Ok(Flow::Whole(body)) => {
                let request = Request::from_parts(head, body);
                self.answer(&Outgoing { request, token }).await
            }
            Ok(rest) => {
                let answer = self.client.relay_stream(Request::from_parts(head, rest)).await?;
                Ok(self.came(answer))
            }
            Err(_) => Ok(refusal(StatusCode::BAD_REQUEST, &["failed to read request body"])),
        }
    }

    fn outgoing(&self, came: &HeaderMap, token: Option<&Token>) -> HeaderMap {
        let mut passed = headers::outgoing(came, token, self.rules.namespace.as_deref());
        if self.rules.enforce_consistency && !passed.contains_key(INDEX) {
            for state in self.states.borrow().required() {
                if let Ok(value) = HeaderValue::from_str(state) {
                    passed.append(INDEX, value);
                }
            }
            if self.rules.when_inconsistent == WhenInconsistent::Forward {
                passed.insert(INCONSISTENT, HeaderValue::from_static("forward-active-node"));
            }
        }
        passed
    }

    /// An answer of the server's, without what was about the connection to it.
    fn came(&self, answer: Response<Answer>) -> Reply {
        let mut reply = answer.map(|body| Flow::Rest(Bytes::new(), body));
        *reply.headers_mut() = headers::end_to_end(reply.headers());
        if self.rules.enforce_consistency {
            let states = reply
                .headers()
                .get_all(INDEX)
                .iter()
                .filter_map(|value| value.to_str().ok());
            states.for_each(|state| self.states.borrow_mut().record(state));
        }
        if !reply.status().is_client_error() && !reply.status().is_server_error() {
            reply.headers_mut().insert(X_CACHE, HeaderValue::from_static("MISS"));
        }
        reply
    }

    async fn ask(&self, outgoing: &Outgoing) -> Result<Reply, Error> {
        let reply = self.came(self.attempts(&outgoing.request).await?);
        let agents = self.own_token();
        let body = outgoing.request.body();
        let due = redaction::is_due(outgoing.path(), body, outgoing.token.as_ref(), agents.as_ref());
        if !due || reply.status() != StatusCode::OK {
            return Ok(reply);
        }
        let (mut head, body) = reply.into_parts();
        let body = settled(body, outgoing).await?;
        let redacted = match &body {
            Flow::Whole(bytes) => redaction::redacted(bytes),
            Flow::Rest(..) => None,
        };
        head.headers.remove(header::CONTENT_LENGTH);
        // What cannot be read is not passed on: it may hold the token.
        Ok(redacted.map_or_else(
            || refusal(StatusCode::BAD_GATEWAY, &["failed to process token lookup response"]),
            |bytes| Response::from_parts(head, Flow::Whole(Bytes::copy_from_slice(&bytes))),
        ))
    }

    /// The agent's token, where other programs may use it.
    fn own_token(&self) -> Option<Token> {
        let usable = self.rules.use_token != UseToken::Never;
        self.token.borrow().clone().filter(|_| usable)
    }
}

async fn settled(body: Flow<Answer>, outgoing: &Outgoing) -> Result<Flow<Answer>, Error> {
    body.settled(WHOLE).await.map_err(|Truncated| Error::Interrupted {
        address: "the server".to_owned(),
        path: outgoing.path().to_owned(),
    })
}

/// An answer of the agent's own, in the API's form.
#[must_use]
pub fn refusal(status: StatusCode, errors: &[&str]) -> Reply {
    let body = serde_json::json!({"errors": errors}).to_string();
    let mut reply = Response::new(Flow::Whole(Bytes::from(body)));
    *reply.status_mut() = status;
    let kind = HeaderValue::from_static("application/json");
    reply.headers_mut().insert(header::CONTENT_TYPE, kind);
    reply
}
