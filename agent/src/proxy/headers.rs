//! Headers on their way through the proxy, and the token that a request is made with.

use coffret_config::agent::UseToken;
use coffret_vault::Token;
use hyper::HeaderMap;
use hyper::header::{self, HeaderName, HeaderValue};

/// The header of the API for tokens.
pub const TOKEN: HeaderName = HeaderName::from_static("x-vault-token");
/// The header of the API for namespaces.
pub const NAMESPACE: HeaderName = HeaderName::from_static("x-vault-namespace");

/// Headers that are about one connection (RFC 9110, section 7.6.1), besides those that `Connection` names.
const HOP_BY_HOP: [HeaderName; 9] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];
/// Headers of a request that the client sets itself: bodies are passed on as they are, and never compressed.
const REMADE: [HeaderName; 3] = [header::HOST, header::CONTENT_LENGTH, header::ACCEPT_ENCODING];

/// Takes out what is about one connection.
pub fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    let named: Vec<String> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    let kept = headers
        .iter()
        .filter(|(name, _)| !HOP_BY_HOP.contains(name) && !named.iter().any(|hop| hop == name.as_str()));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The token a request came with: that of the API's header, or a bearer's.
fn given(headers: &HeaderMap) -> Option<&str> {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let own = text(&TOKEN).filter(|token| !token.is_empty());
    own.or_else(|| text(&header::AUTHORIZATION).and_then(bearer))
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty()).then(|| token.trim())
}

/// The token a request is to be made with: its own, or `agents` as the configuration says.
#[must_use]
pub fn token(headers: &HeaderMap, use_token: UseToken, agents: Option<Token>) -> Option<Token> {
    let own = given(headers)
        .filter(|_| use_token != UseToken::Always)
        .and_then(|text| Token::new(text).ok());
    match use_token {
        UseToken::Never => own,
        UseToken::WhenAbsent => own.or(agents),
        UseToken::Always => agents,
    }
}

/// The headers a request is passed on with, made with `token`; `namespace` is put before the request's own.
#[must_use]
pub fn outgoing(headers: &HeaderMap, token: Option<&Token>, namespace: Option<&str>) -> HeaderMap {
    let mut passed = end_to_end(headers);
    REMADE.iter().for_each(|name| drop(passed.remove(name)));
    passed.remove(TOKEN);
    let of_bearer = |value: &HeaderValue| value.to_str().ok().and_then(bearer).is_some();
    if passed.get(header::AUTHORIZATION).is_some_and(of_bearer) {
        passed.remove(header::AUTHORIZATION);
    }
    if let Some(mut value) = token.and_then(|token| HeaderValue::from_str(token.expose()).ok()) {
        value.set_sensitive(true);
        passed.insert(TOKEN, value);
    }
    if let Some(value) = namespace.and_then(|prefix| joined(prefix, &passed)) {
        passed.insert(NAMESPACE, value);
    }
    passed.insert(header::USER_AGENT, user_agent(headers));
    passed
}

/// A namespace with the request's own below it.
fn joined(prefix: &str, headers: &HeaderMap) -> Option<HeaderValue> {
    let own = headers
        .get(NAMESPACE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let joined = format!("{}/{}", prefix.trim_matches('/'), own.trim_matches('/'));
    HeaderValue::from_str(joined.trim_matches('/')).ok()
}

/// Says that the request came through here, and keeps whom it came from.
fn user_agent(headers: &HeaderMap) -> HeaderValue {
    let own = concat!("coffret-agent/", env!("CARGO_PKG_VERSION"), " (API proxy)");
    let original = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    original
        .and_then(|original| HeaderValue::from_str(&format!("{own}; {original}")).ok())
        .unwrap_or(HeaderValue::from_static(own))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn what_is_about_one_connection_stays_behind() {
        let came = headers(&[
            ("connection", "close, X-Local"),
            ("x-local", "1"),
            ("te", "trailers"),
            ("upgrade", "h2c"),
            ("proxy-authorization", "Basic x"),
            ("transfer-encoding", "chunked"),
            ("x-trace", "2"),
        ]);
        assert_eq!(end_to_end(&came), headers(&[("x-trace", "2")]));
    }

    #[test]
    fn the_configuration_says_whose_token_is_used() {
        let agents = || Token::new("agents").ok();
        let used = |pairs: &[(&'static str, &'static str)], use_token| {
            token(&headers(pairs), use_token, agents()).map(|token| token.expose().to_owned())
        };
        let (own, bearer) = (&[("x-vault-token", "own")][..], &[("authorization", "Bearer own")][..]);
        for given in [own, bearer] {
            assert_eq!(used(given, UseToken::Never).as_deref(), Some("own"));
            assert_eq!(used(given, UseToken::WhenAbsent).as_deref(), Some("own"));
            assert_eq!(used(given, UseToken::Always).as_deref(), Some("agents"));
        }
        assert_eq!(used(&[], UseToken::Never), None);
        assert_eq!(
            used(&[("x-vault-token", "")], UseToken::WhenAbsent).as_deref(),
            Some("agents")
        );
        assert_eq!(token(&headers(own), UseToken::Always, None), None);
    }

    #[test]
    fn no_other_token_goes_along() {
        let came = headers(&[
            ("x-vault-token", "own"),
            ("authorization", "bearer own"),
            ("host", "localhost"),
        ]);
        let passed = outgoing(&came, Token::new("agents").ok().as_ref(), None);
        assert_eq!(passed.get(TOKEN).unwrap(), "agents");
        assert_eq!(passed.len(), 2, "{passed:?}");
        assert!(!format!("{passed:?}").contains("agents\""), "{passed:?}");
        assert!(!outgoing(&came, None, None).contains_key(TOKEN));
    }

    #[test]
    fn namespaces_are_joined_only_where_asked() {
        let namespace = |prefix, own: &[(&'static str, &'static str)]| {
            let passed = outgoing(&headers(own), None, prefix);
            passed.get(NAMESPACE).map(|value| value.to_str().unwrap().to_owned())
        };
        let own = &[("x-vault-namespace", "team/")][..];
        assert_eq!(namespace(None, own).as_deref(), Some("team/"));
        assert_eq!(namespace(None, &[]), None);
        assert_eq!(namespace(Some("org/"), own).as_deref(), Some("org/team"));
        assert_eq!(namespace(Some("org"), &[]).as_deref(), Some("org"));
    }

    #[test]
    fn the_user_agent_names_both() {
        let agent = |pairs| user_agent(&headers(pairs)).to_str().unwrap().to_owned();
        assert!(agent(&[]).starts_with("coffret-agent/"));
        assert!(agent(&[("user-agent", "curl/8")]).ends_with("(API proxy); curl/8"));
    }
}
