//! What a listener answers: the agent's own endpoints, everything else through the proxy.

use coffret_config::agent::Listener;
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};

use super::Shared;
use crate::engine::Control;
use crate::proxy::flow::Flow;
use crate::proxy::{Reply, refusal};

/// Largest body of a request to one of the agent's own endpoints, in bytes.
const LARGEST: usize = 64 << 10;

/// One listener's rules, and what all listeners share.
pub(super) struct Endpoint {
    enable_quit: bool,
    require_header: bool,
    metrics_only: bool,
    shared: Shared,
}

impl Endpoint {
    pub(super) const fn new(listener: &Listener, shared: Shared) -> Self {
        Self {
            enable_quit: listener.enable_quit,
            require_header: listener.require_request_header,
            metrics_only: listener.metrics_only,
            shared,
        }
    }

    pub(super) async fn answer(&self, request: Request<Incoming>) -> Reply {
        match request.uri().path() {
            "/agent/v1/metrics" => self.metrics(&request),
            _ if self.metrics_only => plain(StatusCode::NOT_FOUND, "404 page not found\n"),
            "/agent/v1/quit" => self.quit(request.method()),
            "/agent/v1/cache-clear" => self.clear(request).await,
            _ if self.require_header && !has_request_header(&request) => {
                refusal(StatusCode::PRECONDITION_FAILED, &["missing \"X-Vault-Request\" header"])
            }
            _ => self.shared.proxy.serve(request).await,
        }
    }

    fn quit(&self, method: &Method) -> Reply {
        if !self.enable_quit {
            return plain(StatusCode::NOT_FOUND, "");
        }
        if method != Method::POST {
            return plain(StatusCode::METHOD_NOT_ALLOWED, "");
        }
        tracing::info!(target: "agent", event = "agent.quit", "received quit request");
        // The engine may be stopping already.
        let _ = self.shared.controls.send(Control::Stop);
        plain(StatusCode::OK, "")
    }

    async fn clear(&self, request: Request<Incoming>) -> Reply {
        let done = || plain(StatusCode::OK, "");
        let asked = matches!(*request.method(), Method::POST | Method::PUT);
        let Some(keeper) = self.shared.proxy.keeper().filter(|_| asked) else {
            return done();
        };
        let Ok(Flow::Whole(body)) = Flow::gather(request.into_body(), LARGEST).await else {
            return refusal(
                StatusCode::BAD_REQUEST,
                &["failed to parse JSON input: the body cannot be read"],
            );
        };
        match keeper.clear(&body) {
            Ok(()) => done(),
            Err(error) if error.is_internal() => refusal(StatusCode::INTERNAL_SERVER_ERROR, &[&error.to_string()]),
            Err(error) => refusal(StatusCode::BAD_REQUEST, &[&error.to_string()]),
        }
    }

    fn metrics(&self, request: &Request<Incoming>) -> Reply {
        if request.method() != Method::GET {
            return refusal(StatusCode::METHOD_NOT_ALLOWED, &[]);
        }
        let authenticated = self.shared.proxy.is_authenticated();
        let (metrics, prefix) = (&self.shared.metrics, self.shared.prometheus.as_deref());
        match (wants_prometheus(request), prefix) {
            (false, prefix) => {
                let now = self.shared.world.clock.wall();
                let text = metrics.json(prefix.unwrap_or("vault"), authenticated, now);
                typed(text, "application/json")
            }
            (true, Some(prefix)) => typed(
                metrics.prometheus(prefix, authenticated),
                "text/plain; version=0.0.4; charset=utf-8",
            ),
            (true, None) => plain(StatusCode::BAD_REQUEST, "prometheus is not enabled"),
        }
    }
}

fn wants_prometheus(request: &Request<Incoming>) -> bool {
    let query = request.uri().query().unwrap_or_default();
    let accepted = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    query.split('&').any(|pair| pair == "format=prometheus")
        || accepted.is_some_and(|kind| kind.starts_with("application/openmetrics-text"))
}

fn has_request_header(request: &Request<Incoming>) -> bool {
    let mut values = request.headers().get_all("x-vault-request").iter();
    values.next().is_some_and(|value| value == "true") && values.next().is_none()
}

fn typed(body: Vec<u8>, kind: &'static str) -> Reply {
    let mut reply = Response::new(Flow::Whole(Bytes::from(body)));
    let kind = HeaderValue::from_static(kind);
    reply.headers_mut().insert(header::CONTENT_TYPE, kind);
    reply
}

fn plain(status: StatusCode, text: &'static str) -> Reply {
    let mut reply = if text.is_empty() {
        Response::new(Flow::Whole(Bytes::new()))
    } else {
        typed(text.into(), "text/plain; charset=utf-8")
    };
    *reply.status_mut() = status;
    reply
}
