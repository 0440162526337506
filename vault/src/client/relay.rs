//! Passing on a request of another program as it came, and its answer as it comes.
//!
//! Nothing is added to such a request: token, namespace and every other header are the caller's to choose.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Method, Uri};
use http_body::{Body as HttpBody, Frame, SizeHint};
use reqwest::{Request, Url};

use super::request::shown_name;
use super::{Client, transport};
use crate::redirect;
use crate::{Error, Settings};

/// The body of an answer on its way.
#[derive(Debug)]
pub struct Answer(reqwest::Body);

/// The connection to the server ended before the answer was complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection to the server ended within the answer")]
pub struct Truncated;

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = Truncated;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Truncated>>> {
        Pin::new(&mut self.0)
            .poll_frame(context)
            .map(|frame| frame.map(|frame| frame.map_err(|_| Truncated)))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

/// What of a request is sent again to the active node.
struct Head<'a> {
    method: &'a Method,
    headers: &'a HeaderMap,
    /// The path, for messages.
    path: &'a str,
}

impl Client {
    /// Passes on a request whose body is here, once; a standby's redirect to the active node is followed. The limit in
    /// time counts until the answer begins.
    ///
    /// # Errors
    /// When no answer began; an answer of any status is an answer.
    pub async fn relay(&self, request: &http::Request<Bytes>) -> Result<http::Response<Answer>, Error> {
        let head = head(request);
        let url = url(&self.settings, request.uri());
        self.within(head.path, async {
            let answer = self.pass(&head, &url, request.body().clone().into()).await?;
            if !redirect::is_redirect(answer.status().as_u16()) {
                return Ok(answer.into());
            }
            let target = self.redirect_target(head.path, &url, &answer)?;
            let answer = self.pass(&head, &target, request.body().clone().into()).await?;
            Ok(answer.into())
        })
        .await
    }

    /// Passes on a request whose body is still coming; it can be sent only once, so redirects are answers.
    ///
    /// # Errors
    /// When no answer began.
    pub async fn relay_stream<B>(&self, request: http::Request<B>) -> Result<http::Response<Answer>, Error>
    where
        B: HttpBody<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + Sync + 'static,
    {
        let (parts, body) = request.into_parts();
        let head = Head {
            method: &parts.method,
            headers: &parts.headers,
            path: parts.uri.path(),
        };
        let url = url(&self.settings, &parts.uri);
        let answer = self.pass(&head, &url, reqwest::Body::wrap(body)).await?;
        Ok(http::Response::from(answer).map(Answer))
    }

    async fn pass(&self, head: &Head<'_>, url: &Url, body: reqwest::Body) -> Result<reqwest::Response, Error> {
        let (target, host) = shown_name(&self.settings, url);
        let mut request = Request::new(head.method.clone(), target);
        *request.headers_mut() = head.headers.clone();
        if let Some(host) = host {
            request.headers_mut().insert(http::header::HOST, host);
        }
        *request.body_mut() = Some(body);
        self.http()
            .execute(request)
            .await
            .map_err(|error| transport::error(&error, &self.settings, head.path, url))
    }

    async fn within(
        &self,
        path: &str,
        exchange: impl Future<Output = Result<http::Response<reqwest::Body>, Error>>,
    ) -> Result<http::Response<Answer>, Error> {
        let limit = self.settings.timeout;
        match tokio::time::timeout(limit, exchange).await {
            Ok(answer) => answer.map(|answer| answer.map(Answer)),
            Err(_) => Err(Error::Timeout {
                address: self.address(),
                path: path.to_owned(),
                after: limit,
            }),
        }
    }
}

fn head<T>(request: &http::Request<T>) -> Head<'_> {
    Head {
        method: request.method(),
        headers: request.headers(),
        path: request.uri().path(),
    }
}

/// The address with the path and the query of a request, which stay escaped as they are.
fn url(settings: &Settings, uri: &Uri) -> Url {
    let mut url = settings.address.url().clone();
    let path = format!("{}{}", url.path().trim_end_matches('/'), uri.path());
    url.set_path(&path);
    url.set_query(uri.query());
    url
}

#[cfg(test)]
mod tests {
    use super::url;
    use crate::{Address, Settings};

    #[test]
    fn path_and_query_stay_as_they_are() {
        let url = |address: &str, uri: &str| {
            let settings = Settings::new(Address::parse(address, "test").unwrap());
            url(&settings, &uri.parse().unwrap()).to_string()
        };
        let uri = "/v1/secret/data/a%2Fb%20c?list=true&x=%zz+y";
        assert_eq!(url("https://vault:8200", uri), format!("https://vault:8200{uri}"));
        assert_eq!(
            url("https://gateway/vault/", uri),
            format!("https://gateway/vault{uri}")
        );
        assert_eq!(url("https://vault", "/"), "https://vault/");
    }
}
