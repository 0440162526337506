//! Settings of a mount: addresses, the list of the revoked, default issuer and key.

use super::Pki;
use super::certificate::Urls;
use crate::engine::{Call, Context, Route, boolean, comma_list, route, text};
use crate::json::Object;
use crate::logical::{Error, Operation, Reply, Response};
use crate::{duration, object};
use std::time::Duration;

/// Settings of the list of the revoked, as shown.
pub(super) struct CrlConfig(Object);

impl Default for CrlConfig {
    fn default() -> Self {
        Self(object! {
            "allow_expired_cert_revocation" => false,
            "auto_rebuild" => false,
            "auto_rebuild_grace_period" => "12h",
            "delta_rebuild_interval" => "15m",
            "disable" => false,
            "enable_delta" => false,
            "expiry" => "72h",
            "ocsp_disable" => false,
            "ocsp_expiry" => "12h",
        })
    }
}

impl CrlConfig {
    /// How long a list is good for.
    pub(super) fn expiry(&self) -> Duration {
        let text = self
            .0
            .get("expiry")
            .and_then(crate::json::Value::as_str)
            .unwrap_or_default();
        Duration::from_secs(duration::parse(text).unwrap_or_default().max(0).unsigned_abs())
    }

    fn text_fields() -> [&'static str; 4] {
        [
            "expiry",
            "ocsp_expiry",
            "auto_rebuild_grace_period",
            "delta_rebuild_interval",
        ]
    }

    fn flags() -> [&'static str; 5] {
        [
            "disable",
            "ocsp_disable",
            "auto_rebuild",
            "enable_delta",
            "allow_expired_cert_revocation",
        ]
    }
}

pub(super) fn routes() -> Vec<Route<Pki>> {
    let mut crl_fields: Vec<_> = CrlConfig::text_fields().map(text).into();
    crl_fields.extend(CrlConfig::flags().map(boolean));
    vec![
        route("config/urls")
            .fields(vec![
                comma_list("issuing_certificates"),
                comma_list("crl_distribution_points"),
                comma_list("delta_crl_distribution_points"),
                comma_list("ocsp_servers"),
                boolean("enable_templating"),
            ])
            .on(Operation::Read, |engine: &mut Pki, _, _| {
                Response::data(engine.urls.view()).reply()
            })
            .on(Operation::Update, Pki::write_urls)
            .help(
                "Set the URLs in certificates",
                "Where issuers, lists and responders are found.",
            ),
        route("config/crl")
            .fields(crl_fields)
            .on(Operation::Read, |engine: &mut Pki, _, _| {
                Response::data(engine.crl.0.clone()).reply()
            })
            .on(Operation::Update, Pki::write_crl)
            .help("Configure the CRL", "How long a list is good for."),
        route("config/issuers")
            .fields(vec![text("default"), boolean("default_follows_latest_issuer")])
            .on(Operation::Read, |engine: &mut Pki, _, _| engine.default_issuer())
            .on(Operation::Update, Pki::write_default_issuer)
            .help("The default issuer", "Taken where no other is named."),
        route("config/keys")
            .fields(vec![text("default")])
            .on(Operation::Read, |engine: &mut Pki, _, _| engine.default_key())
            .on(Operation::Update, Pki::write_default_key)
            .help("The default key", "Taken where no other is named."),
    ]
}

impl Urls {
    fn view(&self) -> Object {
        object! {
            "crl_distribution_points" => self.crl_distribution_points.clone(),
            "delta_crl_distribution_points" => Vec::<String>::new(),
            "enable_templating" => false,
            "issuing_certificates" => self.issuing_certificates.clone(),
            "ocsp_servers" => self.ocsp_servers.clone(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.issuing_certificates.is_empty() && self.crl_distribution_points.is_empty() && self.ocsp_servers.is_empty()
    }
}

impl Pki {
    fn write_urls(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let mut urls = self.urls.clone();
        let parts = [
            ("issuing_certificates", &mut urls.issuing_certificates),
            ("crl_distribution_points", &mut urls.crl_distribution_points),
            ("ocsp_servers", &mut urls.ocsp_servers),
        ];
        for (field, place) in parts {
            let Some(list) = call.maybe_list(field) else { continue };
            if let Some(wrong) = list.iter().find(|url| !is_url(url)) {
                return Err(Error::response(format!(
                    "invalid URL found in Authority Information Access (AIA) parameter {field}: {wrong}"
                )));
            }
            *place = list;
        }
        self.urls = urls;
        Response::data(self.urls.view()).reply()
    }

    fn write_crl(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let mut changed = self.crl.0.clone();
        for field in CrlConfig::text_fields() {
            let Some(text) = call.maybe_string(field) else { continue };
            duration::parse(&text)
                .map_err(|why| Error::response(format!("given {field} could not be decoded: {why}")))?;
            changed.insert(field.to_owned(), text.into());
        }
        for flag in CrlConfig::flags() {
            if call.has(flag) {
                changed.insert(flag.to_owned(), call.flag(flag).into());
            }
        }
        self.crl = CrlConfig(changed);
        Response::data(self.crl.0.clone()).reply()
    }

    fn default_issuer(&self) -> Reply {
        Response::data(object! {
            "default" => &self.authorities.default_issuer,
            "default_follows_latest_issuer" => false,
        })
        .reply()
    }

    fn write_default_issuer(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let reference = call.string("default");
        if reference.is_empty() || reference == "default" {
            return Err(Error::response(
                "Invalid issuer specification; must be non-empty and can't be 'default'.",
            ));
        }
        let wrong = |error: Error| Error::response(format!("Error resolving issuer reference: {}", error.text));
        self.authorities.default_issuer = self.authorities.issuer_id(&reference).map_err(wrong)?.to_owned();
        self.default_issuer()
    }

    fn default_key(&self) -> Reply {
        Response::data(object! { "default" => &self.authorities.default_key }).reply()
    }

    fn write_default_key(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let reference = call.string("default");
        if reference.is_empty() || reference == "default" {
            return Err(Error::response(
                "Invalid key specification; must be non-empty and can't be 'default'.",
            ));
        }
        let wrong = |error: Error| Error::response(format!("Error resolving key reference: {}", error.text));
        self.authorities.default_key = self.authorities.key(&reference).map_err(wrong)?.id.clone();
        self.default_key()
    }
}

/// Whether a text is an absolute URL with a host: what clients of a certificate can follow.
fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else {
        return false;
    };
    let good_scheme = scheme
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    good_scheme
        && scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && !rest.is_empty()
        && rest.is_ascii()
        && !rest.contains(char::is_whitespace)
}
