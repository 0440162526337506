//! Sending one step and reading its answer: bare HTTP, so that odd paths and methods arrive as they are written.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// Where the calls go and who may do everything there.
pub struct Target {
    /// `host:port`; plain HTTP.
    pub authority: String,
    pub root_token: String,
}

/// A call with all its variables filled in.
pub struct Call {
    pub method: String,
    pub path: String,
    pub token: Option<String>,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// What came back.
pub struct Answer {
    pub status: u16,
    pub headers: http::HeaderMap,
    /// The JSON body; `null` when it is empty; a text that starts with `~~raw ` when it is no JSON.
    pub body: Value,
    /// The body as it came.
    pub bytes: Bytes,
}

impl Target {
    /// Reads `http://host:port` as people write it.
    pub fn parse(url: &str, root_token: &str) -> Target {
        let authority = url.trim_end_matches('/').strip_prefix("http://");
        let authority = authority.unwrap_or_else(|| panic!("the checks speak plain HTTP, and {url:?} is none"));
        Target {
            authority: authority.to_owned(),
            root_token: root_token.to_owned(),
        }
    }

    pub async fn send(&self, call: Call) -> Answer {
        let stream = TcpStream::connect(&self.authority)
            .await
            .expect("the server accepts connections");
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .expect("HTTP starts");
        let driver = tokio::spawn(connection);
        let response = sender
            .send_request(self.request(call))
            .await
            .expect("the server answers");
        let (head, body) = response.into_parts();
        let body = body.collect().await.expect("the whole body arrives").to_bytes();
        driver.abort();
        Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body: parse(&body),
            bytes: body,
        }
    }

    fn request(&self, call: Call) -> http::Request<Full<Bytes>> {
        let mut request = http::Request::builder()
            .method(call.method.as_str())
            .uri(call.path)
            .header("Host", &self.authority)
            .header("X-Vault-Request", "true");
        if let Some(token) = call.token {
            request = request.header("X-Vault-Token", token);
        }
        for (name, value) in call.headers {
            request = request.header(name, value);
        }
        request
            .body(Full::new(Bytes::from(call.body)))
            .expect("the call is valid HTTP")
    }
}

fn parse(body: &[u8]) -> Value {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Value::Null;
    }
    serde_json::from_slice(body).unwrap_or_else(|_| Value::String(format!("~~raw {}", String::from_utf8_lossy(body))))
}
