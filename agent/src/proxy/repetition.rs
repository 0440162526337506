//! Repeating requests that certainly did nothing.

use std::time::Duration;

use coffret_config::agent::WhenInconsistent;
use coffret_vault::{Answer, Error};
use hyper::body::Bytes;
use hyper::{Request, Response};

use super::Proxy;
use crate::backoff::{Backoff, Class, Pace};

/// Pace of repeated requests.
const PACE: Pace = Pace {
    base: Duration::from_secs(1),
    ceiling: Duration::from_secs(15),
};

impl Proxy {
    /// The answer to a request, or the last one if it was repeated.
    pub(super) async fn attempts(&self, request: &Request<Bytes>) -> Result<Response<Answer>, Error> {
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
}
