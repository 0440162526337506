//! One request to be made.

use std::fmt;
use std::time::Duration;

use http::Method;
use serde::Serialize;

use crate::{Body, Error, Token};

/// What is done with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `GET`.
    Read,
    /// `PUT`, which the server treats like `POST`.
    Write,
    /// `GET` with `list=true`.
    List,
    /// `DELETE`.
    Delete,
}

impl Operation {
    pub(crate) fn method(self) -> Method {
        match self {
            Operation::Read | Operation::List => Method::GET,
            Operation::Write => Method::PUT,
            Operation::Delete => Method::DELETE,
        }
    }

    /// The word used in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Operation::Read => "read",
            Operation::Write => "write",
            Operation::List => "list",
            Operation::Delete => "delete",
        }
    }
}

/// One request, built step by step and made by [`crate::Client::send`].
#[derive(Clone)]
pub struct Call {
    pub(crate) operation: Operation,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Option<Body>,
    pub(crate) token: Option<Token>,
    pub(crate) namespace: Option<String>,
    pub(crate) wrap_ttl: Option<Duration>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) headers: Vec<(String, String)>,
}

impl fmt::Debug for Call {
    /// Operation and path; what a header, the body or the token holds may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Call({} {})", self.operation.name(), self.path)
    }
}

impl Call {
    /// A request for a path without `/v1/`, such as `secret/data/app`.
    #[must_use]
    pub fn new(operation: Operation, path: impl Into<String>) -> Call {
        Call {
            operation,
            path: path.into(),
            query: Vec::new(),
            body: None,
            token: None,
            namespace: None,
            wrap_ttl: None,
            timeout: None,
            headers: Vec::new(),
        }
    }

    /// Reads a path.
    #[must_use]
    pub fn read(path: impl Into<String>) -> Call {
        Call::new(Operation::Read, path)
    }

    /// Lists a path.
    #[must_use]
    pub fn list(path: impl Into<String>) -> Call {
        Call::new(Operation::List, path)
    }

    /// Writes a value as JSON to a path.
    ///
    /// # Errors
    /// When the value has no JSON form.
    pub fn write(path: impl Into<String>, value: &impl Serialize) -> Result<Call, Error> {
        let path = path.into();
        let body = Body::json(value).map_err(|_| Error::Request {
            path: path.clone(),
            reason: "the body has no JSON form",
        })?;
        Ok(Call {
            body: Some(body),
            ..Call::new(Operation::Write, path)
        })
    }

    /// Sends this body.
    #[must_use]
    pub fn body(mut self, body: Body) -> Call {
        self.body = Some(body);
        self
    }

    /// Uses this token; without one the request is made without a token.
    #[must_use]
    pub fn token(mut self, token: &Token) -> Call {
        self.token = Some(token.clone());
        self
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Call {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Uses this namespace instead of the client's; an empty one is the root namespace.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<String>) -> Call {
        self.namespace = Some(namespace.into());
        self
    }

    /// Asks for the answer to be wrapped for this long, which is rounded up to whole seconds.
    #[must_use]
    pub fn wrap_ttl(mut self, ttl: Duration) -> Call {
        self.wrap_ttl = Some(ttl);
        self
    }

    /// Gives the whole request this long instead of the client's timeout.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Call {
        self.timeout = Some(timeout);
        self
    }

    /// Adds a header, such as those of cloud logins; it is never printed.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Call {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The path.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The operation.
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.operation
    }
}
