//! Where the keys come from that verify tokens: from the configuration, from a key set, or from the key set that an
//! issuer's discovery document names.

use crate::auth::jwk::{NamedKey, read_set};
use crate::auth::jws::{Token, VerifyingKey};
use crate::auth::outside::asked;
use crate::engine::Outbound;
use crate::json::{self, Value};
use crate::logical::{Error, Request};
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

/// Where an issuer publishes what it is, below its own address.
pub(super) const WELL_KNOWN: &str = ".well-known/openid-configuration";

/// Who has the keys. CA certificates are PEM; empty trusts the public authorities.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// They were configured, as PEM.
    Configured(Vec<VerifyingKey>),
    /// A JSON web key set.
    KeySet { url: String, ca: String },
    /// An issuer of OpenID Connect.
    Issuer { url: String, ca: String },
}

/// What was learned from the outside, until the configuration is written again.
#[derive(Clone, Debug, Default)]
pub(super) struct Learned {
    /// Where the issuer has its key set.
    set_url: Option<String>,
    keys: Vec<NamedKey>,
}

/// What the outside answers, or why it does not. The outer error is the question, where it is not asked yet.
type Answered<T> = Result<Result<T, String>, Error>;

fn check_ca(ca: &str) -> Result<(), String> {
    let mut certificates = CertificateDer::pem_slice_iter(ca.as_bytes());
    match ca.is_empty() || certificates.any(|certificate| certificate.is_ok()) {
        true => Ok(()),
        false => Err("could not parse CA PEM value successfully".to_owned()),
    }
}

/// Body of a page and its status line.
fn get<'r>(request: &'r Request, url: &str, ca: &str) -> Answered<(u16, &'r [u8])> {
    let question = Outbound {
        url: url.to_owned(),
        bearer: String::new(),
        body: None,
        ca: ca.to_owned(),
    };
    Ok(match &asked(request, question)?.result {
        Ok((status, body)) => Ok((*status, body)),
        Err(why) => Err(format!("Get {url:?}: {why}")),
    })
}

/// A status as it is written: `404 Not Found`.
fn status_line(status: u16) -> String {
    let code = http::StatusCode::from_u16(status).unwrap_or_default();
    format!("{status} {}", code.canonical_reason().unwrap_or_default())
}

/// The address of the key set of an issuer.
pub(super) fn discover(request: &Request, issuer: &str, ca: &str) -> Answered<String> {
    if let Err(why) = check_ca(ca) {
        return Ok(Err(why));
    }
    let url = format!("{}/{WELL_KNOWN}", issuer.strip_suffix('/').unwrap_or(issuer));
    let (status, page) = match get(request, &url, ca)? {
        Ok(answer) => answer,
        Err(why) => return Ok(Err(why)),
    };
    if status != 200 {
        let page = String::from_utf8_lossy(page);
        return Ok(Err(format!("{}: {page}", status_line(status))));
    }
    let document = json::parse(page).unwrap_or_default();
    if document.as_object().is_none() {
        return Ok(Err(
            "failed to decode OIDC discovery document: it is no JSON object".to_owned()
        ));
    }
    let text = |name: &str| document.get(name).and_then(Value::as_str).unwrap_or_default();
    let returned = text("issuer");
    if returned != issuer {
        return Ok(Err(format!(
            "issuer did not match the returned issuer, expected {issuer:?} got {returned:?}"
        )));
    }
    Ok(Ok(text("jwks_uri").to_owned()))
}

/// The keys of a set.
pub(super) fn fetch_keys(request: &Request, url: &str, ca: &str) -> Answered<Vec<NamedKey>> {
    let (status, page) = match get(request, url, ca)? {
        Ok(answer) => answer,
        Err(why) => return Ok(Err(format!("oidc: get keys failed {why}"))),
    };
    if status != 200 {
        let page = String::from_utf8_lossy(page);
        return Ok(Err(format!("oidc: get keys failed: {} {page}", status_line(status))));
    }
    let spoilt = |why: String| {
        let page = String::from_utf8_lossy(page);
        let why = format!("got Content-Type = application/json, but could not unmarshal as JSON: {why}");
        format!("oidc: failed to decode keys: {why} {page}")
    };
    Ok(read_set(page).map_err(spoilt))
}

impl Source {
    /// Asks whether the keys can be had; the texts are the original's, who does not tell why not.
    pub(super) fn probe(&self, request: &Request) -> Answered<()> {
        match self {
            Self::Configured(_) => Ok(Ok(())),
            Self::Issuer { url, ca } => {
                let found = discover(request, url, ca)?;
                Ok(found
                    .map(drop)
                    .map_err(|_| "error checking oidc discovery URL".to_owned()))
            }
            Self::KeySet { url, ca } => {
                if check_ca(ca).is_err() {
                    return Err(Error::response("error checking jwks_ca_pem"));
                }
                let found = fetch_keys(request, url, ca)?;
                Ok(found.map(drop).map_err(|_| "error checking jwks URL".to_owned()))
            }
        }
    }

    /// Why tokens cannot be verified at all, if they cannot.
    pub(super) fn prepare(&self, learned: &mut Learned, request: &Request) -> Answered<()> {
        let found = match self {
            Self::Issuer { url, ca } if learned.set_url.is_none() => discover(request, url, ca)?,
            Self::KeySet { ca, url } => check_ca(ca).map(|()| url.clone()),
            Self::Issuer { .. } | Self::Configured(_) => return Ok(Ok(())),
        };
        Ok(match found {
            Ok(url) => {
                learned.set_url = Some(url);
                Ok(())
            }
            Err(why) => Err(format!("keyset configuration error: {why}")),
        })
    }

    /// Whether one of the keys has signed a token; keys of others are fetched where those known do not fit.
    pub(super) fn verify<'t>(&self, learned: &mut Learned, request: &Request, text: &'t str) -> Answered<Token<'t>> {
        let ca = match self {
            Self::Configured(keys) => {
                return Ok(Token::read(text).and_then(|token| match token.signed_by(keys) {
                    true => Ok(token),
                    false => Err("no known key successfully validated the token signature".to_owned()),
                }));
            }
            Self::KeySet { ca, .. } | Self::Issuer { ca, .. } => ca,
        };
        let token = match Token::read(text) {
            Ok(token) => token,
            Err(why) => return Ok(Err(format!("oidc: malformed jwt: {why}"))),
        };
        if learned.has_signed(&token) {
            return Ok(Ok(token));
        }
        let url = learned.set_url.clone().unwrap_or_default();
        match fetch_keys(request, &url, ca)? {
            Ok(keys) => learned.keys = keys,
            Err(why) => return Ok(Err(format!("fetching keys {why}"))),
        }
        Ok(match learned.has_signed(&token) {
            true => Ok(token),
            false => Err("failed to verify id token signature".to_owned()),
        })
    }
}

impl Learned {
    fn has_signed(&self, token: &Token<'_>) -> bool {
        let meant = |key: &&NamedKey| token.key_id.is_empty() || key.id == token.key_id;
        token.signed_by(self.keys.iter().filter(meant).map(|key| &key.key))
    }
}
