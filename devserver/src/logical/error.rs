//! What an engine answers when it refuses; the kind decides the HTTP status and the shape of the text.

use crate::engine::Outbound;
use crate::json::Value;

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Error {
    /// Decides status and shape.
    pub kind: ErrorKind,
    /// What the client reads.
    pub text: String,
    /// Data that goes with the refusal (`{"errors":[…],"data":…}`).
    pub data: Option<Value>,
}

/// Kinds of refusal. The original distinguishes a *response* that says "error" (its text goes out bare, status 400)
/// from an error *value*, which it lists as `1 error occurred:\n\t* …\n\n`; so do these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// An error response: status 400, bare text.
    Response,
    /// Status 400 with the text in a list.
    Invalid,
    /// Status 403 with the text in a list.
    Denied,
    /// Status 404: no route of the engine has this path.
    UnsupportedPath,
    /// Status 405: the path is known, the verb is not for it.
    UnsupportedOperation,
    /// Status 500 with the text in a list.
    Internal,
    /// Exactly this status; `list` puts the text in a list, an empty text is sent as no error at all (`{"errors":[]}`).
    Coded {
        /// HTTP status.
        status: u16,
        /// Whether the text is put in a list.
        list: bool,
    },
    /// No refusal yet: the engine asks the outside world and is called again with the answer.
    Outbound(Box<Outbound>),
}

impl Error {
    /// An error response: status 400, bare text. What most engines use for bad input.
    pub fn response(text: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::Response,
            text: text.into(),
            data: None,
        }
    }

    /// Status 400, the text in a list.
    pub fn invalid(text: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::Invalid,
            text: text.into(),
            data: None,
        }
    }

    /// Status 403, `permission denied` in a list.
    pub fn denied() -> Self {
        Self {
            kind: ErrorKind::Denied,
            text: "permission denied".to_owned(),
            data: None,
        }
    }

    /// Status 500, the text in a list.
    pub fn internal(text: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::Internal,
            text: text.into(),
            data: None,
        }
    }

    /// Status 404 without text.
    pub fn not_found() -> Self {
        Self {
            kind: ErrorKind::Coded {
                status: 404,
                list: false,
            },
            text: String::new(),
            data: None,
        }
    }

    /// Status 404: `unsupported path`.
    pub fn unsupported_path() -> Self {
        Self {
            kind: ErrorKind::UnsupportedPath,
            text: "unsupported path".to_owned(),
            data: None,
        }
    }

    /// Status 405: `unsupported operation`.
    pub fn unsupported_operation() -> Self {
        Self {
            kind: ErrorKind::UnsupportedOperation,
            text: "unsupported operation".to_owned(),
            data: None,
        }
    }

    /// Exactly this status, bare text.
    pub fn coded(status: u16, text: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::Coded { status, list: false },
            text: text.into(),
            data: None,
        }
    }

    /// Exactly this status, the text in a list.
    pub fn coded_list(status: u16, text: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::Coded { status, list: true },
            text: text.into(),
            data: None,
        }
    }

    /// Asks the outside world; see [`Outbound`].
    pub fn outbound(question: Outbound) -> Self {
        Self {
            kind: ErrorKind::Outbound(Box::new(question)),
            text: "waiting for an outside answer".to_owned(),
            data: None,
        }
    }

    /// HTTP status of this refusal.
    pub fn status(&self) -> u16 {
        match &self.kind {
            ErrorKind::Response | ErrorKind::Invalid => 400,
            ErrorKind::Denied => 403,
            ErrorKind::UnsupportedPath => 404,
            ErrorKind::UnsupportedOperation => 405,
            ErrorKind::Internal | ErrorKind::Outbound(_) => 500,
            ErrorKind::Coded { status, .. } => *status,
        }
    }

    /// The `errors` array of the answer.
    pub fn errors(&self) -> Vec<String> {
        let list = !matches!(self.kind, ErrorKind::Response | ErrorKind::Coded { list: false, .. });
        match (list, self.text.is_empty()) {
            (_, true) => Vec::new(),
            (true, _) => vec![format!("1 error occurred:\n\t* {}\n\n", self.text)],
            (false, _) => vec![self.text.clone()],
        }
    }
}
