//! Settings of the lists of the revoked and of the responder.

use super::Pki;
use crate::engine::{Call, Context, Route, boolean, route, text};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::{duration, object};
use std::time::Duration;

/// How long a list is good for where nothing is said.
const EXPIRY: &str = "72h";

/// Settings of the list of the revoked, as shown.
pub(super) struct ListSettings(Object);

impl Default for ListSettings {
    fn default() -> Self {
        Self(object! {
            "allow_expired_cert_revocation" => false,
            "auto_rebuild" => false,
            "auto_rebuild_grace_period" => "12h",
            "delta_rebuild_interval" => "15m",
            "disable" => false,
            "enable_delta" => false,
            "expiry" => EXPIRY,
            "ocsp_disable" => false,
            "ocsp_expiry" => "12h",
        })
    }
}

impl ListSettings {
    /// A span of time by its field.
    pub(super) fn span(&self, name: &str) -> Duration {
        let seconds = duration::parse(self.text(name)).unwrap_or_default();
        Duration::from_secs(seconds.max(0).unsigned_abs())
    }

    /// A switch by its field.
    pub(super) fn flag(&self, name: &str) -> bool {
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
        match self.flag("enable_delta") && !self.flag("auto_rebuild") {
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
    let mut fields: Vec<_> = ListSettings::text_fields().map(text).into();
    fields.extend(ListSettings::flags().map(boolean));
    vec![
        route("config/crl")
            .fields(fields)
            .on(Operation::Read, |engine: &mut Pki, _, _| {
                Response::data(engine.list_settings.0.clone()).reply()
            })
            .on(Operation::Update, Pki::write_list_settings)
            .help("Configure the CRL", "How long a list is good for."),
    ]
}

impl Pki {
    fn write_list_settings(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let mut changed = self.list_settings.0.clone();
        for field in ListSettings::text_fields() {
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
        for flag in ListSettings::flags() {
            if call.has(flag) {
                changed.insert(flag.to_owned(), call.flag(flag).into());
            }
        }
        let mut changed = ListSettings(changed);
        changed.check()?;
        let mut response = Response::data(changed.0.clone());
        if changed.text("expiry").is_empty() {
            changed.0.insert("expiry".to_owned(), EXPIRY.into());
        }
        let old = std::mem::replace(&mut self.list_settings, changed);
        let new = &self.list_settings;
        let differs = |flag: &str| old.flag(flag) != new.flag(flag);
        let rebuilds =
            differs("disable") || differs("enable_delta") || old.flag("auto_rebuild") && differs("auto_rebuild");
        if rebuilds {
            response.warnings = self.rebuild_lists(context, true)?;
        }
        response.reply()
    }
}
