//! What makes two requests the same.

use coffret_vault::Token;
use hyper::{HeaderMap, Method};
use ring::digest::{Context, SHA256};

/// A digest of everything that decides about the answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key([u8; 32]);

/// Headers of the API that say who asks, not what for.
const IRRELEVANT: [&str; 2] = ["x-vault-token", "x-vault-request"];

impl Key {
    /// The key of a request that is made with `token`. Of its headers only those of the API count: a browser's or a
    /// library's own do not change the answer.
    #[must_use]
    pub fn of(method: &Method, target: &str, headers: &HeaderMap, body: &[u8], token: Option<&Token>) -> Self {
        let mut digest = Context::new(&SHA256);
        let mut add = |bytes: &[u8]| {
            // The length keeps neighbours apart.
            digest.update(&(bytes.len() as u64).to_le_bytes());
            digest.update(bytes);
        };
        add(method.as_str().as_bytes());
        add(target.as_bytes());
        add(body);
        add(token.map_or(&[], |token| token.expose().as_bytes()));
        let mut counted: Vec<(&str, &[u8])> = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .filter(|(name, _)| name.starts_with("x-vault-") && !IRRELEVANT.contains(name))
            .collect();
        counted.sort_unstable();
        for (name, value) in counted {
            add(name.as_bytes());
            add(value);
        }
        let mut found = [0; 32];
        found.copy_from_slice(digest.finish().as_ref());
        Self(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(target: &str, headers: &[(&'static str, &'static str)], body: &str, token: &str) -> Key {
        let headers = headers
            .iter()
            .map(|(name, value)| (hyper::header::HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        Key::of(
            &Method::GET,
            target,
            &headers,
            body.as_bytes(),
            Token::new(token).ok().as_ref(),
        )
    }

    #[test]
    fn what_changes_the_answer_changes_the_key() {
        let base = key("/v1/a?x=1", &[], "", "t");
        for other in [
            key("/v1/a?x=2", &[], "", "t"),
            key("/v1/a?x=1", &[("x-vault-namespace", "n")], "", "t"),
            key("/v1/a?x=1", &[("x-vault-wrap-ttl", "60")], "", "t"),
            key("/v1/a?x=1", &[], "{}", "t"),
            key("/v1/a?x=1", &[], "", "u"),
            key("/v1/a?x=1", &[], "t", ""),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn what_does_not_change_the_answer_does_not_count() {
        let more = [
            ("user-agent", "curl"),
            ("x-vault-request", "true"),
            ("traceparent", "00-1"),
        ];
        assert_eq!(key("/v1/a", &[], "", "t"), key("/v1/a", &more, "", "t"));
    }
}
