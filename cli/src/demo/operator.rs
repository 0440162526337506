//! The operator's hands: requests to the dev server with its root token, as `vault read` and `vault write` make them.

use anyhow::{Context, bail};
use reqwest::Method;
use serde_json::Value;

/// A connection with the root token.
pub struct Operator {
    client: reqwest::Client,
    address: String,
    token: String,
}

impl Operator {
    /// Prepares requests to `address`, for instance `http://127.0.0.1:8200`.
    ///
    /// # Errors
    /// When no HTTP client can be built.
    pub fn new(address: &str, token: &str) -> anyhow::Result<Self> {
        let client = reqwest::Client::builder().tls_certs_only([]).no_proxy().build()?;
        Ok(Self {
            client,
            address: address.to_owned(),
            token: token.to_owned(),
        })
    }

    /// `GET path`: the whole answer.
    ///
    /// # Errors
    /// Names the path, the status and the server's own errors.
    pub async fn read(&self, path: &str) -> anyhow::Result<Value> {
        self.call(Method::GET, path, None).await
    }

    /// `PUT path` with a JSON body.
    ///
    /// # Errors
    /// As [`Operator::read`].
    pub async fn write(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.call(Method::PUT, path, Some(body)).await
    }

    /// The keys below `path`; none when there are none.
    ///
    /// # Errors
    /// As [`Operator::read`].
    pub async fn list(&self, path: &str) -> anyhow::Result<Vec<String>> {
        let answer = self.call(Method::GET, &format!("{path}?list=true"), None).await?;
        Ok(super::items(&answer, "/data/keys")
            .filter_map(|key| Some(key.as_str()?.to_owned()))
            .collect())
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        let url = format!("{}/v1/{path}", self.address);
        let mut request = self
            .client
            .request(method.clone(), &url)
            .header("x-vault-token", &self.token);
        if let Some(body) = body {
            request = request.body(serde_json::to_vec(body)?);
        }
        let response = request.send().await.with_context(|| format!("{method} {url}"))?;
        let status = response.status();
        let body = response.bytes().await?;
        if status == reqwest::StatusCode::NOT_FOUND && method == Method::GET {
            return Ok(Value::Null);
        }
        if !status.is_success() {
            bail!("{method} {url}: {status}: {}", String::from_utf8_lossy(&body).trim());
        }
        if body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&body).with_context(|| format!("{method} {url}: the answer is not JSON"))
    }
}
