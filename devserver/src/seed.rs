//! What a server begins with, from one YAML file:
//!
//! ```yaml
//! mounts:                      # as `vault secrets enable`
//!   kv: { type: kv, options: { version: "2" } }
//! auth:                        # as `vault auth enable`
//!   kubernetes: { type: kubernetes }
//! policies:                    # name: text (HCL or JSON)
//!   shop: path "kv/data/shop/*" { capabilities = ["read"] }
//! write:                       # roles and settings, in the order of the file: as `vault write`
//!   - path: auth/kubernetes/role/shop
//!     data: { bound_service_account_names: [shop], bound_service_account_namespaces: [shop], token_policies: [shop] }
//! secrets:                     # as `vault kv put`: no `data/` in the path
//!   kv/shop/app: { password: hunter2 }
//! ```

mod document;
mod yaml;

use crate::core::{Answer, Core};
use crate::json::{self, Value};
use crate::logical::{Client, Operation, Request};
use crate::random;
use document::Write;

/// What is wrong with a seed, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeedError {
    /// It is not YAML, or not of the shape above; the text names the line.
    #[error("{0}")]
    Yaml(String),
    /// A key does not fit the rest of the file.
    #[error("{key}: {problem}")]
    Key {
        /// The key.
        key: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The server refuses what a key asks for.
    #[error("{key}: the server answers {status}: {problem}")]
    Refused {
        /// The key.
        key: String,
        /// HTTP status.
        status: u16,
        /// The server's errors.
        problem: String,
    },
}

/// Plants a seed: makes its calls with the root token.
///
/// # Errors
/// [`SeedError`]; the calls before the wrong one have been made.
pub fn plant(core: &mut Core, root_token: &str, text: &str) -> Result<(), SeedError> {
    document::read(text)?
        .into_iter()
        .try_for_each(|write| call(core, root_token, write))
}

fn call(core: &mut Core, root_token: &str, write: Write) -> Result<(), SeedError> {
    let mut body = String::new();
    json::write(&Value::Object(write.data.clone()), &mut body);
    let mut request = Request {
        id: random::uuid(),
        operation: Operation::Update,
        path: write.path,
        data: write.data,
        headers: http::HeaderMap::new(),
        body: body.into(),
        namespace: String::new(),
        token: None,
        client_token: root_token.to_owned(),
        wrap_ttl: None,
        client: Client::default(),
        outbound: Vec::new(),
    };
    match core.handle(&mut request) {
        Answer::Envelope(_) | Answer::Empty | Answer::Raw(_) => Ok(()),
        Answer::Refused { status, errors, .. } => Err(SeedError::Refused {
            key: write.key,
            status,
            problem: errors.join("; "),
        }),
        Answer::Outbound(_) => Err(SeedError::Key {
            key: write.key,
            problem: "this call asks another server, which a seed cannot".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Clock;

    #[test]
    fn a_seed_is_planted_through_the_api() {
        let mut core = Core::new(Clock::system(), "http://127.0.0.1:1".to_owned());
        let root = core.create_root_token(None);
        let seed = "mounts: { kv: { type: kv, options: { version: '2' } } }\nsecrets: { kv/a: { x: 1 } }\n";
        assert_eq!(plant(&mut core, &root, seed), Ok(()));
        assert!(matches!(
            plant(&mut core, &root, seed),
            Err(SeedError::Refused { status: 400, .. })
        ));
    }

    #[test]
    fn what_the_server_refuses_names_the_key_and_its_errors() {
        let mut core = Core::new(Clock::system(), "http://127.0.0.1:1".to_owned());
        let root = core.create_root_token(None);
        let error = plant(&mut core, &root, "mounts: { x: { type: nonsense } }")
            .unwrap_err()
            .to_string();
        assert!(error.contains("mounts.x") && error.contains("nonsense"), "{error}");
    }
}
