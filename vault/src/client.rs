//! The client: one attempt per call.

mod answer;
mod relay;
mod request;
mod transport;

pub use answer::retry_after;
pub use relay::{Answer, Truncated};

use std::sync::{Mutex, PoisonError};

use reqwest::Url;

use crate::error::Error;
use crate::redirect;
use crate::tls::Fingerprint;
use crate::{Body, Call, Response, Settings};

/// A client of one server. Cheap to share behind a reference; keeps its connections while they are in use.
#[derive(Debug)]
pub struct Client {
    settings: Settings,
    transport: Mutex<Transport>,
}

/// The HTTP client and the state of the certificate files it was made from.
#[derive(Debug)]
struct Transport {
    http: reqwest::Client,
    made_from: Fingerprint,
}

impl Client {
    /// Sets up a client; no connection is made yet.
    ///
    /// # Errors
    /// When a certificate or key cannot be read or does not work.
    pub fn new(settings: Settings) -> Result<Client, Error> {
        let made_from = Fingerprint::of(&settings.tls);
        let http = transport::build(&settings)?;
        Ok(Client {
            settings,
            transport: Mutex::new(Transport { http, made_from }),
        })
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Makes a request once and follows at most one redirect to the active node.
    ///
    /// # Errors
    /// Everything that is no usable answer; see [`Error`].
    pub async fn send(&self, call: &Call) -> Result<Response, Error> {
        let url = request::url(&self.settings, call)?;
        let limit = call.timeout.unwrap_or(self.settings.timeout);
        match tokio::time::timeout(limit, self.exchange(call, url)).await {
            Ok(answer) => answer,
            Err(_) => Err(Error::Timeout {
                address: self.address(),
                path: call.path.clone(),
                after: limit,
            }),
        }
    }

    async fn exchange(&self, call: &Call, url: Url) -> Result<Response, Error> {
        let mut answer = self.once(call, &url).await?;
        if redirect::is_redirect(answer.status().as_u16()) {
            let target = self.redirect_target(&call.path, &url, &answer)?;
            answer = self.once(call, &target).await?;
            if redirect::is_redirect(answer.status().as_u16()) {
                return Err(self.refused(
                    &call.path,
                    redirect::origin(&target),
                    "it is the second redirect in a row",
                ));
            }
        }
        self.finish(call, answer).await
    }

    async fn once(&self, call: &Call, url: &Url) -> Result<reqwest::Response, Error> {
        let request = request::build(&self.settings, call, url)?;
        self.http()
            .execute(request)
            .await
            .map_err(|error| transport::error(&error, &self.settings, &call.path, url))
    }

    fn redirect_target(&self, path: &str, url: &Url, answer: &reqwest::Response) -> Result<Url, Error> {
        if self.settings.disable_redirects {
            return Err(self.refused(path, "another node".to_owned(), "redirects are turned off"));
        }
        if self.settings.address.socket().is_some() {
            return Err(self.refused(
                path,
                "another node".to_owned(),
                "a unix socket leads to one server only",
            ));
        }
        let location = answer
            .headers()
            .get(http::header::LOCATION)
            .and_then(|value| value.to_str().ok());
        redirect::target(url, location).map_err(|(target, reason)| self.refused(path, target, reason))
    }

    fn refused(&self, path: &str, target: String, reason: &'static str) -> Error {
        Error::Redirect {
            address: self.address(),
            path: path.to_owned(),
            target,
            reason,
        }
    }

    async fn finish(&self, call: &Call, mut answer: reqwest::Response) -> Result<Response, Error> {
        let body = self.read_body(call, &mut answer).await?;
        let status = answer.status().as_u16();
        if (200..300).contains(&status) || (status == 404 && answer::holds_data(&body)) {
            return Ok(Response::new(status, call.path.clone(), body));
        }
        let error = call.operation.failed(status, &call.path, &self.address());
        Err(Error::Server(Box::new(answer::describe(
            error,
            &body,
            answer.headers(),
        ))))
    }

    async fn read_body(&self, call: &Call, answer: &mut reqwest::Response) -> Result<Body, Error> {
        let limit = self.settings.max_body;
        let too_large = || Error::TooLarge {
            path: call.path.clone(),
            limit,
        };
        if answer.content_length().is_some_and(|length| length > limit as u64) {
            return Err(too_large());
        }
        let mut body = Body::default();
        loop {
            match answer.chunk().await {
                Ok(None) => return Ok(body),
                Ok(Some(chunk)) if body.len() + chunk.len() > limit => return Err(too_large()),
                Ok(Some(chunk)) => body.append(&chunk),
                Err(_) => {
                    return Err(Error::Interrupted {
                        address: self.address(),
                        path: call.path.clone(),
                    });
                }
            }
        }
    }

    /// The HTTP client, made anew if a certificate file changed since.
    fn http(&self) -> reqwest::Client {
        let mut transport = self.transport.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Fingerprint::of(&self.settings.tls);
        if transport.made_from != now {
            transport.made_from = now;
            match transport::build(&self.settings) {
                Ok(http) => transport.http = http,
                // Perhaps only half of the files are new yet; the next change gives the next chance.
                Err(error) => tracing::warn!(%error, "changed certificate files cannot be used; keeping the old ones"),
            }
        }
        transport.http.clone()
    }

    fn address(&self) -> String {
        self.settings.address.to_string()
    }
}
