//! Failures as the engine sees them: kind, exit code, and words with a likely fix.

use coffret_vault::{Error, Failure};

use crate::backoff::Class;
use crate::exit::Code;
use crate::store::Trouble;
use crate::wire::{Verb, Wire};

use super::wire_subject;

/// A failure as the engine sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// For people and for the backoff.
    pub trouble: Trouble,
    /// Nobody answered there, or the server is sealed: no request makes sense before that passes.
    pub unanswered: bool,
    /// The server refused the token, or what it may do (403).
    pub denied: bool,
    /// The server does not know the thing: 404, or a lease that is gone.
    pub missing: bool,
}

impl Refusal {
    /// A refusal that says nothing of what the server meant.
    pub(super) fn of(trouble: Trouble) -> Self {
        Self {
            trouble,
            unanswered: false,
            denied: false,
            missing: false,
        }
    }
}

/// A refusal that is not the server's.
pub(super) fn security(text: String) -> Refusal {
    let trouble = Trouble {
        class: Class::Permanent,
        code: Code::NotAuthorised,
        text,
        retry_after: None,
    };
    Refusal::of(trouble)
}

pub(super) fn fetch_refusal(error: &Error, wire: &Wire) -> Refusal {
    let mut refused = refusal(error, &wire_subject(wire));
    if refused.denied {
        refused
            .trouble
            .text
            .push_str(" (does a policy of the role allow this path?)");
    }
    if error.may_have_happened() && wire.verb == Verb::Write {
        // It may have been done: another try makes another credential, so tries are far apart.
        refused.trouble.class = Class::Permanent;
    }
    refused
}

pub(super) fn refusal(error: &Error, subject: &str) -> Refusal {
    let sealed = error
        .errors()
        .iter()
        .any(|text| text.contains("sealed") || text.contains("not active"));
    let unanswered = matches!(error, Error::Connect { .. } | Error::Tls { .. });
    let trouble = Trouble {
        class: if error.is_transient() {
            Class::Transient
        } else {
            Class::Permanent
        },
        code: code(error),
        text: format!("{subject}: {error}"),
        retry_after: error.retry_after(),
    };
    Refusal {
        trouble,
        unanswered: unanswered || (sealed && error.status() == Some(503)),
        denied: error.failure() == Failure::NotAuthorised,
        missing: error.failure() == Failure::NotFound,
    }
}

/// The exit code that fits an error.
#[must_use]
pub fn code(error: &Error) -> Code {
    match error.failure() {
        Failure::Unavailable | Failure::NotInitialised => Code::Sealed,
        Failure::NotAuthorised => Code::NotAuthorised,
        Failure::NotFound => Code::NotFound,
        Failure::Rejected => Code::Configuration,
        Failure::Unreachable | Failure::RateLimited | Failure::Failed => Code::Unreachable,
    }
}
