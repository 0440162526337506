//! What templates ask for: mounts, reads, lists, writes, and the leases of what came back.

use std::sync::Arc;
use std::time::Duration;

use coffret_templates::Secret;
use coffret_vault::{Body, Call, Failure, Token};
use jiff::Timestamp;

use crate::answer::Summary;
use crate::backoff::Class;
use crate::exit::Code;
use crate::store::{Fetched, Trouble};
use crate::wire::{self, Mount, Verb, Wire};

use super::refusal::{fetch_refusal, refusal};
use super::{Refusal, Server};

impl Server {
    /// Finds the mount that holds `path`; none when the server does not say.
    ///
    /// # Errors
    /// The server did not answer; refusals count as not saying.
    pub async fn find_mount(&self, path: &str, token: &Token) -> Result<Option<Mount>, Refusal> {
        match self.client.mount(token, path).await {
            Ok(found) => Ok(Some(Mount {
                inert: wire::is_inert(&found.kind),
                path: found.path,
                versioned: found.versioned,
            })),
            Err(error) => match error.failure() {
                Failure::NotAuthorised | Failure::NotFound | Failure::Rejected => Ok(None),
                _ => Err(refusal(&error, &format!("looking for the mount of {path}"))),
            },
        }
    }

    /// Sends a template's request; none when the server has nothing there.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn fetch(
        &self,
        wire: &Wire,
        token: &Token,
        now: Timestamp,
        keep: bool,
    ) -> Result<Option<Fetched>, Refusal> {
        let subject = wire_subject(wire);
        let response = self
            .client
            .send(&call_of(wire, token)?)
            .await
            .map_err(|error| fetch_refusal(&error, wire))?;
        let written_nothing = wire.verb == Verb::Write && response.body().is_empty() && !wire.nested;
        if written_nothing {
            return decode(&Body::from(b"{}".to_vec()), now, keep, &subject).map(Some);
        }
        if !response.is_found() || response.body().is_empty() {
            return Ok(None);
        }
        let fetched = decode(response.body(), now, keep, &subject)?;
        let nothing = fetched.summary.deleted || (fetched.summary.empty && wire.verb == Verb::Read);
        Ok((!nothing).then_some(fetched))
    }

    /// Extends a lease; answers its new length and whether it can be extended again.
    ///
    /// # Errors
    /// Why not; `missing` when the lease is gone.
    pub async fn renew_lease(&self, lease: &str, token: &Token) -> Result<(Duration, bool), Refusal> {
        let renewed = self.client.renew_lease(token, lease, Duration::ZERO).await;
        renewed.map(|left| (left.duration, left.renewable)).map_err(|error| {
            let is_gone = |text: &String| text.contains("lease not found") || text.contains("invalid lease");
            let gone = error.errors().iter().any(is_gone);
            let mut refused = refusal(&error, &format!("renewing lease {}", shortened(lease)));
            refused.missing |= gone;
            refused
        })
    }
}

fn call_of(wire: &Wire, token: &Token) -> Result<Call, Refusal> {
    let mut call = match wire.verb {
        Verb::Read => Call::read(&wire.path),
        Verb::List => Call::list(&wire.path),
        Verb::Write if wire.nested => write(wire, &serde_json::json!({"data": wire.data}))?,
        Verb::Write => write(wire, &wire.data)?,
    };
    for (name, value) in &wire.query {
        call = call.query(name, value);
    }
    Ok(call.token(token))
}

fn write(wire: &Wire, value: &impl serde::Serialize) -> Result<Call, Refusal> {
    Call::write(&wire.path, value).map_err(|error| refusal(&error, &wire_subject(wire)))
}

fn decode(body: &Body, now: Timestamp, keep: bool, subject: &str) -> Result<Fetched, Refusal> {
    let malformed = |why: String| {
        let text = format!("{subject}: {why}");
        let trouble = Trouble {
            class: Class::Transient,
            code: Code::Unreachable,
            text,
            retry_after: None,
        };
        Refusal {
            lost: true,
            ..Refusal::of(trouble)
        }
    };
    let summary = Summary::read(body.bytes(), now)
        .map_err(|error| malformed(format!("the answer is not a secret ({})", position(&error))))?;
    let secret = Secret::from_response(body.bytes()).map_err(|error| malformed(error.to_string()))?;
    let body = keep.then(|| Arc::new(body.clone()));
    Ok(Fetched {
        secret: Arc::new(secret),
        summary,
        body,
    })
}

/// Where, not what: the text of the error may repeat a value.
fn position(error: &serde_json::Error) -> String {
    format!("line {}, column {}", error.line(), error.column())
}

/// What a request is called in messages.
#[must_use]
pub fn wire_subject(wire: &Wire) -> String {
    let verb = match wire.verb {
        Verb::Read => "reading",
        Verb::List => "listing",
        Verb::Write => "writing",
    };
    format!("{verb} {}", wire.path)
}

/// A lease without its last part, which identifies the credential.
fn shortened(lease: &str) -> &str {
    lease.rsplit_once('/').map_or(lease, |(path, _)| path)
}
