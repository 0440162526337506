//! What templates ask for: mounts, reads, lists, writes, and the leases of what came back.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use coffret_templates::Secret;
use coffret_vault::{Body, Call, Failure, Response, Token};
use jiff::Timestamp;
use serde::Deserialize;

use crate::answer::Summary;
use crate::backoff::Class;
use crate::exit::Code;
use crate::store::{Fetched, Trouble};
use crate::wire::{Mount, Verb, Wire};

use super::refusal::{fetch_refusal, refusal};
use super::{Refusal, Server};

#[derive(Deserialize)]
struct MountAnswer {
    path: String,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    options: Option<BTreeMap<String, serde_json::Value>>,
}

impl Server {
    /// Finds the mount that holds `path`; none when the server does not say.
    ///
    /// # Errors
    /// The server did not answer; refusals count as not saying.
    pub async fn find_mount(&self, path: &str, token: &Token) -> Result<Option<Mount>, Refusal> {
        let call = Call::read(format!("sys/internal/ui/mounts/{path}")).token(token);
        match self
            .client
            .send(&call)
            .await
            .and_then(|response| response.data::<MountAnswer>())
        {
            Ok(answer) => Ok(Some(self.mount(answer))),
            Err(error)
                if matches!(
                    error.failure(),
                    Failure::NotAuthorised | Failure::NotFound | Failure::Rejected
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(refusal(&error, &format!("looking for the mount of {path}"))),
        }
    }

    /// Paths of mounts may come with the namespace before them.
    fn mount(&self, answer: MountAnswer) -> Mount {
        let namespace = self
            .namespace
            .as_deref()
            .map(|name| format!("{}/", name.trim_matches('/')))
            .unwrap_or_default();
        let path = answer
            .path
            .strip_prefix(&namespace)
            .unwrap_or(&answer.path)
            .trim_start_matches('/');
        let version = answer.options.and_then(|mut options| options.remove("version"));
        let versioned = version.is_some_and(|version| version == "2" || version == 2);
        Mount {
            path: format!("{}/", path.trim_end_matches('/')),
            versioned: answer.kind == "kv" && versioned,
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
        let subject = format!("renewing lease {}", shortened(lease));
        let call = Call::write(
            "sys/leases/renew",
            &serde_json::json!({"lease_id": lease, "increment": 0}),
        )
        .map_err(|error| refusal(&error, &subject))?
        .token(token);
        let envelope = self
            .client
            .send(&call)
            .await
            .and_then(|response: Response| response.envelope());
        let envelope = envelope.map_err(|error| {
            let gone = error
                .errors()
                .iter()
                .any(|text| text.contains("lease not found") || text.contains("invalid lease"));
            Refusal {
                missing: gone || error.failure() == Failure::NotFound,
                ..refusal(&error, &subject)
            }
        })?;
        Ok((envelope.lease_duration, envelope.renewable))
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
        Refusal::of(trouble)
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
