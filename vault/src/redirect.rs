//! Our own rule for redirects.
//!
//! A standby answers with a redirect to the same path on the active node. Exactly that is followed, once: the
//! token goes to another host only if path and query are the ones that were asked for, never from HTTPS to HTTP,
//! and never to an address that carries a user name. Under HTTPS the other host has to show a certificate that
//! the same authorities vouch for.

use reqwest::Url;

/// Whether this status is a redirect that keeps method and body. 303, which does not, is none of Vault's.
pub(crate) fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 307 | 308)
}

/// Where a redirect leads.
///
/// # Errors
/// Scheme and host of the target, and why it is not followed.
pub(crate) fn target(from: &Url, location: Option<&str>) -> Result<Url, (String, &'static str)> {
    let Some(location) = location else {
        return Err(("nowhere".to_owned(), "it names no location"));
    };
    let Ok(to) = from.join(location) else {
        return Err(("no address".to_owned(), "its location is no address"));
    };
    let refuse = |reason| Err((origin(&to), reason));
    match to.scheme() {
        "https" => {}
        "http" if from.scheme() == "http" => {}
        "http" => return refuse("it leads from https to http"),
        _ => return refuse("it leads to another protocol"),
    }
    if !to.username().is_empty() || to.password().is_some() {
        return refuse("its location holds a user name");
    }
    if to.path() != from.path() || to.query() != from.query() {
        return refuse("it leads to another path, which no active node would be");
    }
    Ok(to)
}

/// Scheme, host and port.
pub(crate) fn origin(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::target;
    use reqwest::Url;

    fn follow(from: &str, location: &str) -> Result<String, &'static str> {
        target(&Url::parse(from).unwrap(), Some(location))
            .map(|url| url.to_string())
            .map_err(|(_, reason)| reason)
    }

    #[test]
    fn the_same_path_on_another_node_is_followed() {
        let from = "https://standby:8200/v1/secret/data/a?version=2";
        let to = "https://active:8200/v1/secret/data/a?version=2";
        assert_eq!(follow(from, to).unwrap(), to);
        assert_eq!(follow("http://a/v1/x", "https://b/v1/x").unwrap(), "https://b/v1/x");
        assert_eq!(follow("http://a/v1/x", "http://b/v1/x").unwrap(), "http://b/v1/x");
    }

    #[test]
    fn anything_else_is_refused() {
        for location in [
            "http://active/v1/x",
            "https://active/v1/y",
            "https://active/v1/x?steal=1",
            "https://user@active/v1/x",
            "ftp://active/v1/x",
            "https://active/",
            "//",
        ] {
            assert!(follow("https://standby/v1/x", location).is_err(), "{location}");
        }
        assert!(target(&Url::parse("https://a/v1/x").unwrap(), None).is_err());
    }
}
