//! A small HTTP client: one request per connection, by HTTP 1.0, in which nothing comes in chunks.

use coffret_devserver::Server;
use serde_json::Value;
use std::net::SocketAddr;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

/// Talks to one server with one token.
#[derive(Clone)]
pub struct Client {
    address: SocketAddr,
    token: String,
    namespace: String,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    head: String,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

/// The text of a JSON string.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

impl Client {
    pub fn new(server: &Server) -> Self {
        let (address, token) = (server.address(), server.root_token().to_owned());
        Self {
            address,
            token,
            namespace: String::new(),
        }
    }

    pub fn as_token(&self, token: &str) -> Self {
        Self {
            token: token.to_owned(),
            ..self.clone()
        }
    }

    pub fn in_namespace(&self, namespace: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            ..self.clone()
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, "").await.unwrap()
    }

    pub async fn put(&self, path: &str, body: &str) -> Answer {
        self.send("PUT", path, body).await.unwrap()
    }

    /// Fails where the connection breaks before the answer is whole.
    pub async fn send(&self, method: &str, path: &str, body: &str) -> std::io::Result<Answer> {
        self.send_over(TcpStream::connect(self.address).await?, method, path, body)
            .await
    }

    pub async fn send_over<S>(&self, mut stream: S, method: &str, path: &str, body: &str) -> std::io::Result<Answer>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let (token, namespace, length) = (&self.token, &self.namespace, body.len());
        let request = format!(
            "{method} {path} HTTP/1.0\r\nhost: server\r\nuser-agent: handles\r\nx-vault-token: {token}\r\n\
             x-vault-namespace: {namespace}\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        match stream.read_to_end(&mut answer).await {
            // TLS peers may close without saying goodbye; the length tells whether all has come.
            Err(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => return Err(error),
            _ => {}
        }
        let answer = String::from_utf8(answer).unwrap();
        let broken = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
        let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(broken)?;
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .ok_or_else(broken)?;
        let answer = Answer {
            status,
            head: head.to_owned(),
            body: body.to_owned(),
        };
        match answer.header("content-length").map(str::parse) {
            Some(Ok(length)) if answer.body.len() < length => Err(broken()),
            _ => Ok(answer),
        }
    }
}
