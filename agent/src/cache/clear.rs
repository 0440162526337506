//! `/agent/v1/cache-clear`: evictions on request.

use coffret_vault::Token;
use serde::Deserialize;
use thiserror::Error;

use super::Cache;
use super::revocation::Revocation;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Request {
    #[serde(rename = "type")]
    kind: String,
    value: String,
    namespace: String,
}

/// Why nothing was cleared. The texts are those of the agents this one replaces.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ClearError {
    /// There is no body.
    #[error("failed to parse JSON input: empty JSON provided")]
    Empty,
    /// The body is not the JSON it should be; only the place is repeated.
    #[error("failed to parse JSON input: not an object of strings (line {0}, column {1})")]
    Malformed(usize, usize),
    /// The type is none of those known.
    #[error("failed to clear cache: invalid type provided")]
    Type,
    /// The type needs a value.
    #[error("failed to clear cache: {0} not provided")]
    Value(&'static str),
}

impl ClearError {
    /// Whether the agents this one replaces count it as their own failure (500) and not as a bad request (400).
    #[must_use]
    pub const fn is_internal(&self) -> bool {
        matches!(self, Self::Value(_))
    }
}

impl Cache {
    /// Evicts what the body of a request names; nothing is told about whether there was anything.
    ///
    /// # Errors
    /// What is wrong with the body.
    pub fn clear(&mut self, body: &[u8]) -> Result<(), ClearError> {
        if body.iter().all(u8::is_ascii_whitespace) {
            return Err(ClearError::Empty);
        }
        let request: Request =
            serde_json::from_slice(body).map_err(|error| ClearError::Malformed(error.line(), error.column()))?;
        let value = |what| {
            let given = Some(request.value.as_str()).filter(|value| !value.is_empty());
            given.ok_or(ClearError::Value(what))
        };
        match request.kind.as_str() {
            "all" => self.entries.clear(),
            "request_path" => self.clear_path(&request.namespace, value("request path")?),
            // A text that cannot be a token is none that is kept.
            "token" => {
                if let Ok(token) = Token::new(value("token")?) {
                    self.revoke(&Revocation::Token(token));
                }
            }
            "token_accessor" => self.revoke(&Revocation::Accessor(value("token accessor")?.to_owned())),
            "lease" => self.revoke(&Revocation::Lease(value("lease")?.to_owned())),
            _ => return Err(ClearError::Type),
        }
        Ok(())
    }

    fn clear_path(&mut self, namespace: &str, prefix: &str) {
        let namespace = namespace.trim_matches('/');
        // The root namespace has a name here.
        let namespace = if namespace == "root" { "" } else { namespace };
        self.evict_where(|entry| entry.namespace == namespace && entry.path.starts_with(prefix));
    }
}
