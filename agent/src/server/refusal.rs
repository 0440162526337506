//! Failures as the engine sees them: kind, exit code, and words with a likely fix.

use coffret_vault::{Error, Failure};

use crate::backoff::Class;
use crate::exit::Code;
use crate::store::Trouble;
use crate::wire::{Verb, Wire};

use super::wire_subject;

/// How sure it is that the server itself was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contact {
    /// It answered.
    Made,
    /// Something before it may have answered (502, 503, 504), or somebody took the request and said nothing.
    Doubtful,
    /// Nobody was there, or the server is sealed: no request makes sense before that passes.
    None,
}

/// A failure as the engine sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// For people and for the backoff.
    pub trouble: Trouble,
    /// Whether the server was there at all.
    pub contact: Contact,
    /// It may have been done although no answer came: what creates something is not simply sent again.
    pub lost: bool,
    /// The server refused the token, or what it may do (403).
    pub denied: bool,
    /// The server does not know the thing: 404, or a lease that is gone.
    pub missing: bool,
}

impl Refusal {
    /// A failure of an answered request that is neither refused nor missing.
    pub(super) const fn of(trouble: Trouble) -> Self {
        Self {
            trouble,
            contact: Contact::Made,
            lost: false,
            denied: false,
            missing: false,
        }
    }

    /// Nobody was there.
    #[must_use]
    pub fn unanswered(&self) -> bool {
        self.contact == Contact::None
    }
}

/// A refusal that is not the server's.
pub(super) fn security(text: String) -> Refusal {
    Refusal::of(Trouble {
        class: Class::Permanent,
        code: Code::NotAuthorised,
        text,
        retry_after: None,
    })
}

pub(super) fn fetch_refusal(error: &Error, wire: &Wire) -> Refusal {
    let mut refused = refusal(error, &wire_subject(wire));
    if refused.denied {
        refused
            .trouble
            .text
            .push_str(" (does a policy of the role allow this path?)");
    }
    // A server that says why a read failed made nothing, or undid it.
    let said = wire.verb == Verb::Read && error.status() == Some(500);
    refused.lost = error.may_have_happened() && !said;
    refused
}

pub(super) fn refusal(error: &Error, subject: &str) -> Refusal {
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
        contact: contact(error),
        denied: error.failure() == Failure::NotAuthorised,
        missing: error.failure() == Failure::NotFound,
        ..Refusal::of(trouble)
    }
}

/// A server without an active node says so with 503 where it is sealed, and with 500 where it is a standby.
fn contact(error: &Error) -> Contact {
    let inactive = |text: &String| text.contains("sealed") || text.contains("not active");
    match (error, error.status()) {
        (Error::Connect { .. } | Error::Tls { .. }, _) => Contact::None,
        (_, Some(500 | 503)) if error.errors().iter().any(inactive) => Contact::None,
        (Error::Timeout { .. } | Error::Interrupted { .. }, _) | (Error::Server(_), Some(502..=504)) => {
            Contact::Doubtful
        }
        _ => Contact::Made,
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
