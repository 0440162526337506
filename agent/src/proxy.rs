//! Requests of other programs, passed on to the server with the agent's token as the configuration says.
//!
//! Any path, method, query and body goes through, small bodies whole and large ones as they come. A request that
//! certainly did nothing (no connection, 429, 503) is repeated for as long as one request may take; every other answer is
//! passed on as it is.

pub mod consistency;
pub mod flow;
pub mod headers;
pub mod redaction;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use coffret_config::agent::{UseToken, WhenInconsistent};
use coffret_vault::{Answer, Client, Envelope, Error, Token, Truncated};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Request, Response, StatusCode};
use zeroize::Zeroizing;

use crate::backoff::{Backoff, Class, Pace};
use crate::cache::keeper::Keeper;
use crate::cache::revocation::Revocation;
use crate::cache::{Exchange, Kept, Key};
use crate::metrics::{Counter, Metrics};
use crate::random::Random;
use consistency::States;
use flow::Flow;

/// Bodies up to this many bytes are kept whole, so that a request can be repeated and an answer kept.
const WHOLE: usize = 1 << 20;
/// Pace of repeated requests.
const PACE: Pace = Pace {
    base: Duration::from_secs(1),
    ceiling: Duration::from_secs(15),
};
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

    async fn answer(&self, outgoing: &Outgoing) -> Result<Reply, Error> {
        let Some(keeper) = &self.keeper else {
            return self.ask(outgoing).await;
        };
        let key = outgoing.key();
        // Held to the end: whoever waits for the same thing may then find it kept.
        let _turn = keeper.turn(key).await;
        if let Some(kept) = keeper.find(&key) {
            return Ok(given_again(&kept, keeper));
        }
        let reply = self.ask(outgoing).await?;
        self.keep(keeper, key, outgoing, reply).await
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

    async fn attempts(&self, request: &Request<Bytes>) -> Result<Response<Answer>, Error> {
        let began = tokio::time::Instant::now();
        let mut failures = Backoff::new(PACE);
        loop {
            let outcome = self.client.relay(request).await;
            let again = self.again(request, &outcome);
            let Some(asked) = again.filter(|_| failures.attempts() < self.rules.retries) else {
                return outcome;
            };
            let wait = failures.fail(Class::Transient, asked, self.random.unit());
            if began.elapsed() + wait > self.client.settings().timeout {
                return outcome;
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// Whether a request certainly did nothing and may do better later, and the wait that was asked for.
    fn again(&self, request: &Request<Bytes>, outcome: &Result<Response<Answer>, Error>) -> Option<Option<Duration>> {
        // The status of this answer is what was asked for.
        if request.uri().path().ends_with("/sys/health") {
            return None;
        }
        match outcome {
            Err(Error::Connect { .. }) => Some(None),
            Err(_) => None,
            Ok(answer) => match answer.status().as_u16() {
                429 | 503 => Some(coffret_vault::retry_after(answer.headers())),
                412 if self.rules.when_inconsistent == WhenInconsistent::Retry => Some(None),
                _ => None,
            },
        }
    }

    /// Keeps an answer if it is one to keep, and evicts what a revocation ended.
    async fn keep(&self, keeper: &Keeper, key: Key, outgoing: &Outgoing, reply: Reply) -> Result<Reply, Error> {
        let (path, token) = (outgoing.path(), outgoing.token.as_ref());
        if reply.status() == StatusCode::NO_CONTENT {
            if let Some(revocation) = Revocation::of(path, outgoing.request.body(), token) {
                keeper.revoke(&revocation);
            }
            return Ok(reply);
        }
        let json = reply
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind == "application/json");
        if !reply.status().is_success() || !json {
            return Ok(reply);
        }
        let (head, body) = reply.into_parts();
        let body = settled(body, outgoing).await?;
        if let Flow::Whole(bytes) = &body
            && let Ok(envelope) = serde_json::from_slice::<Envelope>(bytes)
        {
            let exchange = Exchange {
                key,
                namespace: outgoing.namespace(),
                path,
                token,
                envelope: &envelope,
            };
            let kept = Kept {
                status: head.status,
                headers: head.headers.clone(),
                body: Zeroizing::new(bytes.to_vec()),
                since: keeper.now(),
            };
            keeper.offer(exchange, self.own_token().as_ref(), kept);
        }
        Ok(Response::from_parts(head, body))
    }
}

async fn settled(body: Flow<Answer>, outgoing: &Outgoing) -> Result<Flow<Answer>, Error> {
    body.settled(WHOLE).await.map_err(|Truncated| Error::Interrupted {
        address: "the server".to_owned(),
        path: outgoing.path().to_owned(),
    })
}

/// An answer from the cache, with its age; `Date` is set anew when it is sent.
fn given_again(kept: &Kept, keeper: &Keeper) -> Reply {
    let mut reply = Response::new(Flow::Whole(Bytes::copy_from_slice(&kept.body)));
    *reply.status_mut() = kept.status;
    *reply.headers_mut() = kept.headers.clone();
    let headers = reply.headers_mut();
    headers.remove(header::DATE);
    headers.insert(X_CACHE, HeaderValue::from_static("HIT"));
    headers.insert(header::AGE, keeper.now().since(kept.since).as_secs().into());
    reply
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
