//! The local listener: `POST /agent/v1/quit`, metrics, and passing on requests of other programs with the agent's token.
//!
//! Requests and answers are passed on whole, as the agents this one replaces do; nothing is cached, because the lease
//! engine already keeps what templates use.

use std::cell::RefCell;
use std::convert::Infallible;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use coffret_config::agent::{self as config, ListenerAddress, UseToken};
use coffret_vault::{Body, Call, Client, Operation, Token};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::mpsc::UnboundedSender;

use crate::engine::Control;
use crate::exit::{Code, Failure};

/// Largest request body that is passed on.
const LARGEST: usize = 32 << 20;
/// Time for one whole request.
const PATIENCE: Duration = Duration::from_secs(90);
/// After a failed accept (too many open files, say) the listener pauses this long.
const PAUSE: Duration = Duration::from_millis(200);

/// What all listeners share.
#[derive(Clone, Debug)]
pub struct Shared {
    /// The agent's token, as soon as there is one.
    pub token: Rc<RefCell<Option<Token>>>,
    /// Where requests are passed on to.
    pub client: Rc<Client>,
    /// What happens with the token of a request.
    pub use_token: UseToken,
    /// Tells the engine to stop.
    pub controls: UnboundedSender<Control>,
}

/// Rules of one listener.
#[derive(Clone, Debug)]
struct Rules {
    enable_quit: bool,
    require_header: bool,
    metrics_only: bool,
}

enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// Opens a listener and serves it until the returned task is dropped.
///
/// # Errors
/// The address cannot be listened on, or the stanza asks for TLS.
pub async fn serve(listener: &config::Listener, shared: Shared) -> Result<tokio::task::JoinHandle<()>, Failure> {
    if listener.tls.is_some() {
        return Err(Failure::new(
            Code::Configuration,
            "listener: TLS is not built in; set tls_disable = true and listen on loopback or a unix socket",
        ));
    }
    let socket = open(&listener.address).await?;
    let rules = Rules {
        enable_quit: listener.enable_quit,
        require_header: listener.require_request_header,
        metrics_only: listener.metrics_only,
    };
    Ok(tokio::task::spawn_local(accept(socket, rules, shared)))
}

async fn open(address: &ListenerAddress) -> Result<Socket, Failure> {
    match address {
        ListenerAddress::Tcp(address) => {
            let bound = TcpListener::bind(address).await;
            bound.map(Socket::Tcp).map_err(|error| cannot_listen(address, &error))
        }
        ListenerAddress::Unix { path, mode, .. } => {
            // A socket left over by a former process is in the way.
            let _ = std::fs::remove_file(path);
            let shown = path.display().to_string();
            let bound = UnixListener::bind(path).map_err(|error| cannot_listen(&shown, &error))?;
            set_mode(path, *mode).map_err(|error| cannot_listen(&shown, &error))?;
            Ok(Socket::Unix(bound))
        }
    }
}

fn set_mode(path: &Path, mode: Option<u32>) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    mode.map_or(Ok(()), |mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
    })
}

fn cannot_listen(address: &str, error: &std::io::Error) -> Failure {
    Failure::new(
        Code::Configuration,
        format!("listener: cannot listen on {address}: {}", error.kind()),
    )
}

async fn accept(socket: Socket, rules: Rules, shared: Shared) {
    loop {
        let accepted = match &socket {
            Socket::Tcp(listener) => listener
                .accept()
                .await
                .map(|(stream, _)| handle(stream, rules.clone(), shared.clone())),
            Socket::Unix(listener) => listener
                .accept()
                .await
                .map(|(stream, _)| handle(stream, rules.clone(), shared.clone())),
        };
        if accepted.is_err() {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

fn handle(stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + 'static, rules: Rules, shared: Shared) {
    tokio::task::spawn_local(async move {
        let service = service_fn(|request| answer(request, &rules, &shared));
        let mut server = hyper::server::conn::http1::Builder::new();
        server
            .timer(hyper_util::rt::TokioTimer::new())
            .header_read_timeout(Duration::from_secs(10));
        // A client that goes away in the middle is its own affair.
        let _ = server.serve_connection(TokioIo::new(stream), service).await;
    });
}

async fn answer(
    request: Request<Incoming>,
    rules: &Rules,
    shared: &Shared,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    Ok(match (path.as_str(), request.method()) {
        ("/agent/v1/quit", _) if !rules.enable_quit => plain(StatusCode::NOT_FOUND, ""),
        ("/agent/v1/quit", &Method::POST) => {
            tracing::info!(target: "agent", event = "agent.quit", "received quit request");
            // The engine may be stopping already.
            let _ = shared.controls.send(Control::Stop);
            plain(StatusCode::OK, "")
        }
        ("/agent/v1/metrics", &Method::GET) => plain(StatusCode::OK, &metrics(shared)),
        ("/agent/v1/cache-clear", &Method::POST | &Method::PUT) => plain(StatusCode::OK, ""),
        ("/agent/v1/quit" | "/agent/v1/metrics" | "/agent/v1/cache-clear", _) => {
            plain(StatusCode::METHOD_NOT_ALLOWED, "")
        }
        _ if rules.metrics_only => plain(StatusCode::NOT_FOUND, ""),
        _ if rules.require_header && !has_request_header(&request) => {
            errors(StatusCode::PRECONDITION_FAILED, r#"missing "X-Vault-Request" header"#)
        }
        _ => match tokio::time::timeout(PATIENCE, pass_on(request, shared)).await {
            Ok(response) => response,
            Err(_) => errors(StatusCode::GATEWAY_TIMEOUT, "the server did not answer in time"),
        },
    })
}

fn metrics(shared: &Shared) -> String {
    let authenticated = u8::from(shared.token.borrow().is_some());
    format!(
        "# HELP vault_agent_authenticated Whether the agent holds a token.\n# TYPE vault_agent_authenticated gauge\n\
         vault_agent_authenticated {authenticated}\n"
    )
}

fn has_request_header(request: &Request<Incoming>) -> bool {
    let mut values = request.headers().get_all("x-vault-request").iter();
    values.next().is_some_and(|value| value == "true") && values.next().is_none()
}

async fn pass_on(request: Request<Incoming>, shared: &Shared) -> Response<Full<Bytes>> {
    let call = match call_of(request, shared).await {
        Ok(call) => call,
        Err((status, text)) => return errors(status, text),
    };
    match shared.client.send(&call).await {
        Ok(response) => {
            let status = StatusCode::from_u16(response.status()).unwrap_or(StatusCode::BAD_GATEWAY);
            json(status, response.body().bytes().to_vec())
        }
        Err(error) => match (
            error.status().and_then(|status| StatusCode::from_u16(status).ok()),
            error.errors(),
        ) {
            (Some(status), texts) if !texts.is_empty() => {
                json(status, serde_json::json!({"errors": texts}).to_string().into_bytes())
            }
            (Some(status), _) => json(status, br#"{"errors":[]}"#.to_vec()),
            (None, _) => errors(
                StatusCode::INTERNAL_SERVER_ERROR,
                &format!("failed to get the response: {error}"),
            ),
        },
    }
}

type Refused = (StatusCode, &'static str);

async fn call_of(request: Request<Incoming>, shared: &Shared) -> Result<Call, Refused> {
    let (head, body) = request.into_parts();
    let path = head
        .uri
        .path()
        .strip_prefix("/v1/")
        .ok_or((StatusCode::NOT_FOUND, "only /v1/ paths are passed on"))?
        .to_owned();
    let query: Vec<(String, String)> = query_pairs(head.uri.query().unwrap_or_default());
    let listed = query.iter().any(|(name, value)| name == "list" && value == "true");
    let operation = match head.method.as_str() {
        "GET" if listed => Operation::List,
        "GET" => Operation::Read,
        "LIST" => Operation::List,
        "PUT" | "POST" => Operation::Write,
        "DELETE" => Operation::Delete,
        _ => return Err((StatusCode::METHOD_NOT_ALLOWED, "this method is not passed on")),
    };
    let mut call = Call::new(operation, path);
    for (name, value) in query.into_iter().filter(|(name, _)| name != "list") {
        call = call.query(name, value);
    }
    let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(namespace) = header("x-vault-namespace") {
        call = call.namespace(namespace);
    }
    for name in ["x-vault-wrap-ttl", "x-vault-policy-override", "x-vault-mfa"] {
        if let Some(value) = header(name) {
            call = call.header(name, value);
        }
    }
    let own = header("x-vault-token")
        .filter(|_| shared.use_token != UseToken::Always)
        .map(Token::new);
    let token = match own {
        Some(token) => Some(token.map_err(|_| (StatusCode::BAD_REQUEST, "the token cannot be sent"))?),
        None if shared.use_token == UseToken::Never => None,
        None => shared.token.borrow().clone(),
    };
    if let Some(token) = token {
        call = call.token(&token);
    }
    let body = Limited::new(body, LARGEST)
        .collect()
        .await
        .map_err(|_| (StatusCode::BAD_REQUEST, "the body cannot be read"))?;
    let body = body.to_bytes().to_vec();
    Ok(if body.is_empty() {
        call
    } else {
        call.body(Body::from(body))
    })
}

fn query_pairs(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let mut bytes = Vec::with_capacity(text.len());
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            let mut ahead = rest.clone();
            let digits = (ahead.next(), ahead.next());
            let hex = |digit: Option<u8>| digit.and_then(|digit| char::from(digit).to_digit(16));
            match (byte, hex(digits.0), hex(digits.1)) {
                (b'%', Some(high), Some(low)) => {
                    bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
                    rest = ahead;
                }
                (b'+', _, _) => bytes.push(b' '),
                (byte, _, _) => bytes.push(byte),
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

fn plain(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::copy_from_slice(text.as_bytes())));
    *response.status_mut() = status;
    response
}

fn json(status: StatusCode, body: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let kind = hyper::header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(hyper::header::CONTENT_TYPE, kind);
    response
}

fn errors(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    json(status, serde_json::json!({"errors": [text]}).to_string().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_decoded() {
        assert_eq!(
            query_pairs("list=true&a=b%20c+d&e&%zz=1"),
            [
                ("list".into(), "true".into()),
                ("a".into(), "b c d".into()),
                ("e".into(), String::new()),
                ("%zz".into(), "1".into()),
            ]
        );
    }
}
