//! Requests that end leases and tokens: what they end is evicted.

use coffret_vault::Token;
use serde::Deserialize;

use super::{Cache, Thing};

/// What a revocation ends.
#[derive(Clone, Debug, PartialEq)]
pub enum Revocation {
    /// A token and all that was got with it.
    Token(Token),
    /// The same, by its accessor.
    Accessor(String),
    /// A token and its leases, but not the tokens made with it.
    Orphaning(Token),
    /// One lease.
    Lease(String),
    /// All leases below a path.
    Prefix(String),
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Body {
    token: Option<Token>,
    accessor: Option<String>,
    lease_id: Option<String>,
}

/// Operations of the API by the end of their path; a namespace may stand before it.
fn operation(path: &str) -> Option<(&'static str, &str)> {
    const KNOWN: [&str; 7] = [
        "auth/token/revoke-accessor",
        "auth/token/revoke-orphan",
        "auth/token/revoke-self",
        "auth/token/revoke",
        "sys/leases/revoke-prefix",
        "sys/leases/revoke-force",
        "sys/leases/revoke",
    ];
    let path = path.strip_prefix("/v1").unwrap_or(path).trim_end_matches('/');
    KNOWN.into_iter().find_map(|known| {
        let at = path.find(&format!("/{known}"))?;
        let rest = &path[at + 1 + known.len()..];
        (rest.is_empty() || rest.starts_with('/')).then(|| (known, rest.trim_start_matches('/')))
    })
}

/// Whether the answer of this path only says how long something lasts that was there before.
pub(super) fn is_renewal(path: &str) -> bool {
    let path = path.trim_end_matches('/');
    let token = ["renew", "renew-self", "renew-accessor"]
        .iter()
        .any(|last| path.ends_with(&format!("/auth/token/{last}")));
    token || path.contains("/sys/leases/renew") || path.contains("/sys/renew")
}

impl Revocation {
    /// What a successful request (answered with 204) ended, if it was a revocation; `token` is the one it was made with.
    #[must_use]
    pub fn of(path: &str, body: &[u8], token: Option<&Token>) -> Option<Self> {
        let (operation, rest) = operation(path)?;
        let body: Body = serde_json::from_slice(body).unwrap_or_default();
        match operation {
            "auth/token/revoke" => body.token.map(Self::Token),
            "auth/token/revoke-self" => token.cloned().map(Self::Token),
            "auth/token/revoke-accessor" => body.accessor.map(Self::Accessor),
            "auth/token/revoke-orphan" => body.token.map(Self::Orphaning),
            "sys/leases/revoke" if rest.is_empty() => body.lease_id.map(Self::Lease),
            "sys/leases/revoke" => Some(Self::Lease(rest.to_owned())),
            _ => Some(Self::Prefix(rest.to_owned())),
        }
    }
}

impl Cache {
    /// Evicts what a revocation ended.
    pub fn revoke(&mut self, revocation: &Revocation) {
        match revocation {
            Revocation::Token(token) => self.revoke_token(token),
            Revocation::Accessor(wanted) => {
                self.evict_where(|entry| matches!(&entry.thing, Thing::Token { accessor, .. } if accessor == wanted));
            }
            Revocation::Orphaning(token) => self.orphan(token),
            Revocation::Lease(wanted) => {
                self.evict_where(|entry| matches!(&entry.thing, Thing::Lease { id, .. } if id == wanted));
            }
            Revocation::Prefix(prefix) => {
                self.evict_where(|entry| matches!(&entry.thing, Thing::Lease { id, .. } if below(id, prefix)));
            }
        }
    }

    fn revoke_token(&mut self, token: &Token) {
        self.evict_where(|entry| entry.thing.token_kept() == Some(token));
        // The agent's own token is kept nowhere, but what was got with it is.
        self.evict_made_with(token);
    }

    fn orphan(&mut self, token: &Token) {
        for entry in self.entries.values_mut() {
            if let Thing::Token { parent, .. } = &mut entry.thing
                && parent.as_ref() == Some(token)
            {
                *parent = None;
            }
        }
        self.revoke_token(token);
    }
}

/// Whether a lease lies below a path; a namespace's mark at its end counts for nothing.
fn below(id: &str, prefix: &str) -> bool {
    let prefix = prefix.trim_end_matches('/');
    id.strip_prefix(prefix)
        .is_some_and(|rest| prefix.is_empty() || rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revocations_are_recognised_also_in_namespaces() {
        let own = Token::new("own").unwrap();
        let of = |path: &str, body: &str| Revocation::of(path, body.as_bytes(), Some(&own));
        let token = Token::new("t").unwrap();
        assert_eq!(
            of("/v1/auth/token/revoke", r#"{"token":"t"}"#),
            Some(Revocation::Token(token.clone()))
        );
        assert_eq!(
            of("/v1/ns/a/auth/token/revoke-self", ""),
            Some(Revocation::Token(own.clone()))
        );
        assert_eq!(
            of("/v1/auth/token/revoke-accessor", r#"{"accessor":"a"}"#),
            Some(Revocation::Accessor("a".into()))
        );
        assert_eq!(
            of("/v1/auth/token/revoke-orphan", r#"{"token":"t"}"#),
            Some(Revocation::Orphaning(token))
        );
        assert_eq!(
            of("/v1/sys/leases/revoke", r#"{"lease_id":"l/1"}"#),
            Some(Revocation::Lease("l/1".into()))
        );
        assert_eq!(
            of("/v1/sys/leases/revoke/l/1", ""),
            Some(Revocation::Lease("l/1".into()))
        );
        assert_eq!(
            of("/v1/sys/leases/revoke-prefix/db/creds/", ""),
            Some(Revocation::Prefix("db/creds".into()))
        );
        assert_eq!(
            of("/v1/sys/leases/revoke-force/db", ""),
            Some(Revocation::Prefix("db".into()))
        );
    }

    #[test]
    fn other_requests_are_no_revocations() {
        let of = |path: &str, body: &str| Revocation::of(path, body.as_bytes(), None);
        assert_eq!(of("/v1/auth/token/revoke", "no json"), None);
        assert_eq!(of("/v1/auth/token/revoke-self", ""), None);
        assert_eq!(of("/v1/auth/token/revoked", r#"{"token":"t"}"#), None);
        assert_eq!(of("/v1/secret/data/revoke", ""), None);
    }

    #[test]
    fn renewals_are_recognised() {
        assert!(is_renewal("/v1/auth/token/renew-self"));
        assert!(is_renewal("/v1/ns/sys/leases/renew/db/1"));
        assert!(!is_renewal("/v1/auth/token/create"));
    }
}
