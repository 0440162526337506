//! Settings of a mount: addresses, the list of the revoked, default issuer and key.

use super::Pki;
use super::certificate::Urls;
use crate::engine::{Call, Context, Route, boolean, comma_list, route, text};
use crate::json::{Object, Value};
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
        let seconds = duration::parse(self.text("expiry")).unwrap_or_default();
        Duration::from_secs(seconds.max(0).unsigned_abs())
    }

    /// Whether lists of changes are asked for.
    pub(super) fn has_delta(&self) -> bool {
        self.flag("enable_delta")
    }

    fn flag(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Refuses spans that do not go together.
    fn check(&self) -> Result<(), Error> {
        let shorter = |name: &str, on: &str, what: &str, when: &str| {
            let seconds = |name: &str| duration::parse(self.text(name)).unwrap_or_default();
            if !self.flag(on) || seconds(name) < seconds("expiry") {
                return Ok(());
            }
            Err(Error::response(format!(
                "CRL {what} ({}) must be strictly shorter than CRL expiry ({}) value when {when}",
                self.text(name),
                self.text("expiry")
            )))
        };
        shorter(
            "auto_rebuild_grace_period",
            "auto_rebuild",
            "auto-rebuilding grace period",
            "auto-rebuilding of CRLs is enabled",
        )?;
        shorter(
            "delta_rebuild_interval",
            "enable_delta",
            "delta rebuild window",
            "delta CRLs are enabled",
        )?;
        match self.has_delta() && !self.flag("auto_rebuild") {
            true => Err(Error::response(
                "Delta CRLs cannot be enabled when auto rebuilding is disabled as the complete CRL is always regenerated!",
            )),
            false => Ok(()),
        }
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
            "delta_crl_distribution_points" => self.delta_crl_distribution_points.clone(),
            "enable_templating" => self.templating,
            "issuing_certificates" => self.issuing_certificates.clone(),
            "ocsp_servers" => self.ocsp_servers.clone(),
        }
    }

    /// The lists by the names of their fields.
    pub(super) fn lists(&mut self) -> [(&'static str, &mut Vec<String>); 4] {
        [
            ("issuing_certificates", &mut self.issuing_certificates),
            ("crl_distribution_points", &mut self.crl_distribution_points),
            ("delta_crl_distribution_points", &mut self.delta_crl_distribution_points),
            ("ocsp_servers", &mut self.ocsp_servers),
        ]
    }

    pub(super) fn is_empty(&self) -> bool {
        self.issuing_certificates.is_empty() && self.crl_distribution_points.is_empty() && self.ocsp_servers.is_empty()
    }
}

impl Pki {
    fn write_urls(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let mut urls = self.urls.clone();
        if call.has("enable_templating") {
            urls.templating = call.flag("enable_templating");
        }
        let templating = urls.templating;
        for (field, place) in urls.lists() {
            let Some(list) = call.maybe_list(field) else { continue };
            check_urls(field, &list, templating)?;
            *place = list;
        }
        self.urls = urls;
        Response::data(self.urls.view()).reply()
    }

    fn write_crl(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let mut changed = self.crl.0.clone();
        for field in CrlConfig::text_fields() {
            let Some(text) = call.maybe_string(field) else { continue };
            let span = duration::parse(&text)
                .map_err(|why| Error::response(format!("given {field} could not be decoded: {why}")))?;
            if field == "ocsp_expiry" && span < 0 {
                return Err(Error::response(format!(
                    "ocsp_expiry must be greater than or equal to 0 got: -{}",
                    duration::format_go(Duration::from_secs(span.unsigned_abs()))
                )));
            }
            changed.insert(field.to_owned(), text.into());
        }
        for flag in CrlConfig::flags() {
            if call.has(flag) {
                changed.insert(flag.to_owned(), call.flag(flag).into());
            }
        }
        let changed = CrlConfig(changed);
        changed.check()?;
        self.crl = changed;
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
        let wrong = |error: Error| Error::response(format!("Error resolving issuer reference: {}", error.text));
        self.authorities.default_key = self.authorities.key(&reference).map_err(wrong)?.id.clone();
        self.default_key()
    }
}

/// Refuses addresses that are no URLs, unless they are templates.
pub(super) fn check_urls(field: &str, list: &[String], templating: bool) -> Result<(), Error> {
    match list.iter().find(|url| !templating && !is_url(url)) {
        None => Ok(()),
        Some(wrong) => Err(Error::response(format!(
            "invalid URL found in Authority Information Access (AIA) parameter {field}: {wrong}"
        ))),
    }
}

/// Whether a text is an absolute URL with a host: what clients of a certificate can follow.
pub(super) fn is_url(text: &str) -> bool {
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
