//! The agent's own token in answers: who uses it through the listener does not get to know it.

use coffret_vault::Token;
use serde::Deserialize;
use serde_json::Value;
use zeroize::{Zeroize as _, Zeroizing};

/// The token in the body of a request.
#[derive(Deserialize)]
struct Named {
    token: Option<Token>,
}

/// Whether the answer to a request would show the agent's token or its accessor.
#[must_use]
pub fn is_due(path: &str, body: &[u8], token: Option<&Token>, agents: Option<&Token>) -> bool {
    let Some(agents) = agents else { return false };
    let path = path.trim_end_matches('/');
    let of_itself = path.ends_with("/auth/token/lookup-self") || path.ends_with("/auth/token/renew-self");
    if of_itself {
        return token == Some(agents);
    }
    let of_another = path.ends_with("/auth/token/lookup") || path.ends_with("/auth/token/renew");
    let named = || serde_json::from_slice::<Named>(body).ok().and_then(|body| body.token);
    of_another && named().is_none_or(|named| named == *agents)
}

/// The answer without token and accessor; none where the answer is not the API's.
#[must_use]
pub fn redacted(answer: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut answer: Value = serde_json::from_slice(answer).ok()?;
    if let Some(data) = answer.get_mut("data").and_then(Value::as_object_mut) {
        for name in ["id", "accessor"] {
            wipe(data.remove(name));
        }
    }
    if let Some(auth) = answer.get_mut("auth").and_then(Value::as_object_mut) {
        for name in ["client_token", "accessor"] {
            wipe(auth.insert(name.to_owned(), Value::String(String::new())));
        }
    }
    serde_json::to_vec(&answer).ok().map(Zeroizing::new)
}

fn wipe(value: Option<Value>) {
    if let Some(Value::String(mut text)) = value {
        text.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_answers_about_the_agents_token_are_changed() {
        let (agents, other) = (Token::new("agents").unwrap(), Token::new("other").unwrap());
        let due = |path: &str, body: &str, token: &Token| is_due(path, body.as_bytes(), Some(token), Some(&agents));
        assert!(due("/v1/auth/token/lookup-self", "", &agents));
        assert!(due("/v1/ns/auth/token/renew-self/", "", &agents));
        assert!(!due("/v1/auth/token/lookup-self", "", &other));
        assert!(due("/v1/auth/token/lookup", r#"{"token":"agents"}"#, &other));
        assert!(!due("/v1/auth/token/renew", r#"{"token":"other"}"#, &agents));
        assert!(due("/v1/auth/token/renew", "{}", &agents));
        assert!(!due("/v1/auth/token/create", "", &agents));
        assert!(!is_due("/v1/auth/token/lookup-self", b"", Some(&other), None));
    }

    #[test]
    fn token_and_accessor_are_gone_and_the_rest_is_there() {
        let text = |answer: &str| String::from_utf8(redacted(answer.as_bytes()).unwrap().to_vec()).unwrap();
        let lookup = text(r#"{"data":{"id":"t","accessor":"a","ttl":12345678901234567}}"#);
        assert_eq!(lookup, r#"{"data":{"ttl":12345678901234567}}"#);
        let renewal = text(r#"{"auth":{"client_token":"t","accessor":"a","policies":["p"]},"data":null}"#);
        assert!(
            renewal.contains(r#""client_token":"""#) && renewal.contains(r#""policies":["p"]"#),
            "{renewal}"
        );
        assert!(redacted(b"<html>").is_none());
    }
}
