//! Which proxy a request goes through: Go's rule.
//!
//! `VAULT_PROXY_ADDR` wins over `HTTPS_PROXY` and `HTTP_PROXY`; `NO_PROXY` holds exceptions. A loopback address or
//! `localhost` is never reached through a proxy, whatever the variables say.

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

use crate::SettingsError;
use crate::redirect::origin;

/// Which proxy to use for which server.
#[derive(Clone, Default)]
pub struct ProxyRule {
    forced: Option<Url>,
    https: Option<Url>,
    http: Option<Url>,
    exceptions: Vec<Exception>,
}

/// One element of `NO_PROXY`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Exception {
    /// `*`: no proxy at all.
    Everything,
    /// An address, perhaps for one port only.
    Address(IpAddr, Option<u16>),
    /// `10.0.0.0/8`.
    Network(IpAddr, u8),
    /// A name: itself unless only its sub-domains are meant, and its sub-domains.
    Name {
        suffix: String,
        exact: bool,
        port: Option<u16>,
    },
}

impl fmt::Debug for ProxyRule {
    /// Scheme and host only: a proxy's address may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |url: &Option<Url>| url.as_ref().map(origin);
        f.debug_struct("ProxyRule")
            .field("forced", &shown(&self.forced))
            .field("https", &shown(&self.https))
            .field("http", &shown(&self.http))
            .field("exceptions", &self.exceptions)
            .finish()
    }
}

impl ProxyRule {
    /// Reads the variables; `forced` is the name and value of the server's own proxy variable, if it is set.
    ///
    /// # Errors
    /// When a variable holds no address of an `http://` or `https://` proxy.
    pub fn from_environment(
        forced: Option<(String, String)>,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<ProxyRule, SettingsError> {
        let named = |upper: &str| {
            let lower = upper.to_ascii_lowercase();
            let names = [upper.to_owned(), lower];
            names.into_iter().find_map(|name| {
                environment(&name)
                    .filter(|value| !value.is_empty())
                    .map(|value| (name, value))
            })
        };
        let exceptions = named("NO_PROXY").map(|(_, list)| list).unwrap_or_default();
        Ok(ProxyRule {
            forced: forced.map(parse).transpose()?,
            https: named("HTTPS_PROXY").map(parse).transpose()?,
            http: named("HTTP_PROXY").map(parse).transpose()?,
            exceptions: exceptions
                .split(',')
                .filter_map(|text| Exception::parse(text.trim()))
                .collect(),
        })
    }

    /// The proxy for this URL, if any.
    pub(crate) fn proxy_for(&self, url: &Url) -> Option<Url> {
        let host = url
            .host_str()?
            .trim_start_matches('[')
            .trim_end_matches(']')
            .trim_end_matches('.')
            .to_lowercase();
        if is_loopback(&host) {
            return None;
        }
        if let Some(forced) = &self.forced {
            return Some(forced.clone());
        }
        let port = url.port_or_known_default();
        if self.exceptions.iter().any(|exception| exception.covers(&host, port)) {
            return None;
        }
        if url.scheme() == "https" {
            self.https.clone()
        } else {
            self.http.clone()
        }
    }

    /// Whether there is no proxy for any URL.
    pub(crate) fn is_empty(&self) -> bool {
        self.forced.is_none() && self.https.is_none() && self.http.is_none()
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Reads a proxy's address; one without a scheme is `http://`, as in Go.
fn parse((name, value): (String, String)) -> Result<Url, SettingsError> {
    let error = |reason: &str| SettingsError::Address {
        source_name: name.clone(),
        reason: reason.to_owned(),
    };
    let full = if value.contains("://") {
        value
    } else {
        format!("http://{value}")
    };
    let url = Url::parse(&full).map_err(|_| error("is no address of a proxy"))?;
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        "socks5" | "socks5h" => Err(error("SOCKS proxies are not built in")),
        _ => Err(error("must begin with http:// or https://")),
    }
}

impl Exception {
    fn parse(text: &str) -> Option<Exception> {
        let text = text.to_lowercase();
        if text == "*" {
            return Some(Exception::Everything);
        }
        if let Some((address, bits)) = text.split_once('/') {
            return Some(Exception::Network(address.parse().ok()?, bits.parse().ok()?));
        }
        if let Ok(address) = text.trim_start_matches('[').trim_end_matches(']').parse() {
            return Some(Exception::Address(address, None));
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse().ok()?)),
            None => (text.as_str(), None),
        };
        if let Ok(address) = host.trim_start_matches('[').trim_end_matches(']').parse() {
            return Some(Exception::Address(address, port));
        }
        let host = host.trim_start_matches('*').trim_end_matches('.');
        let exact = !host.starts_with('.');
        let suffix = host.trim_start_matches('.').to_owned();
        (!suffix.is_empty()).then_some(Exception::Name { suffix, exact, port })
    }

    fn covers(&self, host: &str, port: Option<u16>) -> bool {
        let port_fits = |wanted: &Option<u16>| wanted.is_none() || *wanted == port;
        match self {
            Exception::Everything => true,
            Exception::Address(address, wanted) => host.parse() == Ok(*address) && port_fits(wanted),
            Exception::Network(network, bits) => host
                .parse()
                .is_ok_and(|address: IpAddr| same_network(address, *network, *bits)),
            Exception::Name {
                suffix,
                exact,
                port: wanted,
            } => {
                let below = host
                    .strip_suffix(suffix.as_str())
                    .is_some_and(|before| before.ends_with('.'));
                (below || (*exact && host == suffix)) && port_fits(wanted)
            }
        }
    }
}

fn same_network(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            let shift = 32_u32.saturating_sub(bits.into());
            let prefix = |address: u32| address.checked_shr(shift).unwrap_or(0);
            bits <= 32 && prefix(address.to_bits()) == prefix(network.to_bits())
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            let shift = 128_u32.saturating_sub(bits.into());
            let prefix = |address: u128| address.checked_shr(shift).unwrap_or(0);
            bits <= 128 && prefix(address.to_bits()) == prefix(network.to_bits())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::ProxyRule;
    use reqwest::Url;

    fn proxy(variables: &[(&str, &str)], url: &str) -> Option<String> {
        let environment = |name: &str| {
            variables
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        };
        let forced = environment("VAULT_PROXY_ADDR").map(|value| ("VAULT_PROXY_ADDR".to_owned(), value));
        let rule = ProxyRule::from_environment(forced, &environment).unwrap();
        rule.proxy_for(&Url::parse(url).unwrap()).map(|url| url.to_string())
    }

    const PROXY: (&str, &str) = ("HTTPS_PROXY", "proxy.example:3128");

    #[test]
    fn the_scheme_chooses_the_variable() {
        assert_eq!(
            proxy(&[PROXY], "https://vault.example"),
            Some("http://proxy.example:3128/".to_owned())
        );
        assert_eq!(proxy(&[PROXY], "http://vault.example"), None);
        assert_eq!(
            proxy(&[("http_proxy", "http://p")], "http://vault.example"),
            Some("http://p/".to_owned())
        );
    }

    #[test]
    fn loopback_is_never_proxied() {
        for url in [
            "https://127.0.0.1:8200",
            "https://localhost:8200",
            "https://[::1]:8200",
            "https://127.8.8.8",
        ] {
            assert_eq!(proxy(&[PROXY], url), None, "{url}");
            assert_eq!(proxy(&[("VAULT_PROXY_ADDR", "http://p")], url), None, "{url}");
        }
    }

    #[test]
    fn the_servers_own_variable_wins() {
        let variables = [PROXY, ("VAULT_PROXY_ADDR", "https://own:1"), ("NO_PROXY", "*")];
        assert_eq!(
            proxy(&variables, "https://vault.example"),
            Some("https://own:1/".to_owned())
        );
    }

    #[test]
    fn exceptions_follow_go() {
        for (list, url, excepted) in [
            ("*", "https://vault.example", true),
            ("example", "https://vault.example", true),
            ("vault.example", "https://vault.example", true),
            ("vault.example", "https://a.vault.example", true),
            (".vault.example", "https://vault.example", false),
            (".vault.example", "https://a.vault.example", true),
            ("*.vault.example", "https://a.vault.example", true),
            ("ault.example", "https://vault.example", false),
            ("vault.example:8200", "https://vault.example:8200", true),
            ("vault.example:8200", "https://vault.example", false),
            ("10.0.0.0/8", "https://10.2.3.4:8200", true),
            ("10.0.0.0/8", "https://11.2.3.4:8200", false),
            ("10.2.3.4", "https://10.2.3.4:8200", true),
            ("10.2.3.4:443", "https://10.2.3.4:8200", false),
            ("fd00::/8", "https://[fd00::1]:8200", true),
            ("foo, vault.example", "https://VAULT.example.", true),
            ("", "https://vault.example", false),
        ] {
            assert_eq!(
                proxy(&[PROXY, ("NO_PROXY", list)], url).is_none(),
                excepted,
                "{list} {url}"
            );
        }
    }

    #[test]
    fn a_proxys_password_is_not_printed() {
        let environment = |name: &str| (name == "HTTPS_PROXY").then(|| "http://me:hunter2@proxy:3128".to_owned());
        let rule = ProxyRule::from_environment(None, &environment).unwrap();
        let printed = format!("{rule:?}");
        assert!(
            printed.contains("http://proxy:3128") && !printed.contains("hunter2"),
            "{printed}"
        );
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_refused() {
        for value in ["socks5://p:1", "ftp://p", "http://"] {
            let environment = |name: &str| (name == "HTTPS_PROXY").then(|| value.to_owned());
            assert!(ProxyRule::from_environment(None, &environment).is_err(), "{value}");
        }
    }
}
