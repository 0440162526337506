//! From a call to an HTTP request.

use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Request, Url};

use crate::{Call, Error, Operation, Settings};

/// The URL of a call: the address, `/v1/`, the path, the query.
pub(super) fn url(settings: &Settings, call: &Call) -> Result<Url, Error> {
    let refuse = |reason| Error::Request {
        path: call.path.clone(),
        reason,
    };
    let segments: Vec<&str> = call.path.split('/').filter(|segment| !segment.is_empty()).collect();
    if segments.is_empty() {
        return Err(refuse("the path is empty"));
    }
    if segments.iter().any(|segment| matches!(*segment, "." | "..")) {
        return Err(refuse("the path holds '.' or '..'"));
    }
    if call.path.contains(char::is_control) {
        return Err(refuse("the path holds a control character"));
    }
    let mut url = settings.address.url().clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().push("v1").extend(segments);
    }
    if call.operation == Operation::List || !call.query.is_empty() {
        let mut query = url.query_pairs_mut();
        if call.operation == Operation::List {
            query.append_pair("list", "true");
        }
        query.extend_pairs(&call.query);
    }
    Ok(url)
}

/// The request for `url`, which is the call's own or that of the active node.
pub(super) fn build(settings: &Settings, call: &Call, url: &Url) -> Result<Request, Error> {
    let (target, host) = shown_name(settings, url);
    let mut request = Request::new(call.operation.method(), target);
    *request.headers_mut() = headers(settings, call)?;
    if let Some(host) = host {
        request.headers_mut().insert(HOST, host);
    }
    if let Some(body) = &call.body {
        request
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        *request.body_mut() = Some(body.clone().shared().into());
    }
    Ok(request)
}

/// With a TLS server name, the URL that makes TLS send that name, and the `Host` header that keeps the real one.
///
/// The name is resolved to the real host by the transport; a proxy would resolve it itself, so there it is only
/// verified and not sent.
pub(super) fn shown_name(settings: &Settings, url: &Url) -> (Url, Option<HeaderValue>) {
    let unchanged = || (url.clone(), None);
    let Some(name) = settings.tls.server_name.as_deref() else {
        return unchanged();
    };
    let own = url.host_str() == settings.address.url().host_str();
    if url.scheme() != "https"
        || !own
        || settings.proxy.proxy_for(url).is_some()
        || name.parse::<std::net::IpAddr>().is_ok()
    {
        return unchanged();
    }
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let host = HeaderValue::from_str(&format!("{}{port}", url.host_str().unwrap_or_default()));
    let mut target = url.clone();
    match (host, target.set_host(Some(name))) {
        (Ok(host), Ok(())) => (target, Some(host)),
        _ => unchanged(),
    }
}

fn headers(settings: &Settings, call: &Call) -> Result<HeaderMap, Error> {
    let refuse = |reason| Error::Request {
        path: call.path.clone(),
        reason,
    };
    let mut headers = HeaderMap::new();
    headers.insert(
        HeaderName::from_static("x-vault-request"),
        HeaderValue::from_static("true"),
    );
    if let Some(token) = &call.token {
        let value = token
            .header()
            .ok_or_else(|| refuse("the token cannot be sent in a header"))?;
        headers.insert(HeaderName::from_static("x-vault-token"), value);
    }
    let namespace = call
        .namespace
        .as_deref()
        .or(settings.namespace.as_deref())
        .map(|name| name.trim_matches('/'));
    if let Some(namespace) = namespace.filter(|namespace| !namespace.is_empty()) {
        let value = HeaderValue::from_str(namespace).map_err(|_| refuse("the namespace cannot be sent in a header"))?;
        headers.insert(HeaderName::from_static("x-vault-namespace"), value);
    }
    if let Some(ttl) = call.wrap_ttl {
        let seconds = ttl.as_secs() + u64::from(ttl.subsec_nanos() > 0);
        headers.insert(HeaderName::from_static("x-vault-wrap-ttl"), HeaderValue::from(seconds));
    }
    for (name, value) in &call.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refuse("a header's name is none"))?;
        let mut value = HeaderValue::from_str(value).map_err(|_| refuse("a header's value cannot be sent"))?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::url;
    use crate::{Address, Call, Settings};

    fn settings(address: &str) -> Settings {
        Settings::new(Address::parse(address, "test").unwrap())
    }

    fn path_and_query(call: &Call) -> String {
        let url = url(&settings("https://vault:8200"), call).unwrap();
        format!("{}?{}", url.path(), url.query().unwrap_or_default())
    }

    #[test]
    fn paths_are_cleaned_and_escaped() {
        assert_eq!(
            path_and_query(&Call::read("/secret//data/app/")),
            "/v1/secret/data/app?"
        );
        assert_eq!(
            path_and_query(&Call::read("kv/a b?c#d%2e/é")),
            "/v1/kv/a%20b%3Fc%23d%252e/%C3%A9?"
        );
        assert_eq!(
            path_and_query(&Call::list("secret/metadata/")),
            "/v1/secret/metadata?list=true"
        );
        assert_eq!(
            path_and_query(&Call::read("a").query("version", "2&x")),
            "/v1/a?version=2%26x"
        );
    }

    #[test]
    fn the_addresss_own_path_comes_first() {
        let url = url(&settings("https://gateway/vault/"), &Call::read("a/b")).unwrap();
        assert_eq!(url.as_str(), "https://gateway/vault/v1/a/b");
    }

    #[test]
    fn paths_that_lead_elsewhere_are_refused() {
        for path in ["", "/", "secret/../sys/seal", "./a", "a/./b", "a\nb"] {
            assert!(url(&settings("https://vault"), &Call::read(path)).is_err(), "{path:?}");
        }
    }
}
