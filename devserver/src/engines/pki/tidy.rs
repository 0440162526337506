//! Forgetting what ended long ago.
//!
//! A tidy is over before its request is answered: there is little to go through. Of its own it never begins, since the
//! process ends long before any of its usual intervals does.

use super::Pki;
use crate::duration::{self, format_go};
use crate::engine::{Call, Context, Field, Route, boolean, integer, route, seconds, text};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;
use jiff::Timestamp;
use std::time::Duration;

/// What a tidy can go through; only the first two hold anything here.
pub(super) const DEEDS: [&str; 7] = [
    "tidy_cert_store",
    "tidy_revoked_certs",
    "tidy_invalid_certs",
    "tidy_revoked_cert_issuer_associations",
    "tidy_expired_issuers",
    "tidy_move_legacy_ca_bundle",
    "tidy_acme",
];

/// Seconds for which what has ended is kept, with their defaults.
pub(super) const BUFFERS: [(&str, u64); 4] = [
    ("safety_buffer", 72 * 3600),
    ("revoked_safety_buffer", 72 * 3600),
    ("issuer_safety_buffer", 365 * 24 * 3600),
    ("acme_account_safety_buffer", 30 * 24 * 3600),
];

/// Counts of a status that has nothing to count.
const COUNTS: [&str; 6] = [
    "acme_account_deleted_count",
    "acme_account_revoked_count",
    "acme_orders_deleted_count",
    "missing_issuer_cert_count",
    "cert_store_deleted_count",
    "revoked_cert_deleted_count",
];

/// The settings of automatic tidying, and the last tidy.
pub(super) struct Tidying {
    pub(super) automatic: Object,
    last: Option<Run>,
    /// Identifies the mount in the status.
    backend: String,
}

/// A tidy that was done.
struct Run {
    settings: Object,
    at: Timestamp,
    plain: usize,
    revoked: usize,
}

impl Default for Tidying {
    fn default() -> Self {
        let mut automatic = object! {
            "enabled" => false,
            "interval_duration" => 12 * 3600,
            "maintain_stored_certificate_counts" => false,
            "publish_stored_certificate_count_metrics" => false,
            "page_size" => 1000,
            "pause_duration" => "0s",
        };
        automatic.extend(DEEDS.map(|deed| (deed.to_owned(), Value::from(false))));
        automatic.extend(BUFFERS.map(|(name, span)| (name.to_owned(), Value::from(span))));
        Self {
            automatic,
            last: None,
            backend: crate::random::uuid(),
        }
    }
}

pub(super) fn fields() -> Vec<Field> {
    let mut fields: Vec<Field> = DEEDS.map(boolean).into();
    fields.extend(BUFFERS.map(|(name, span)| seconds(name).or(span)));
    fields.extend([
        boolean("tidy_revocation_list"),
        text("pause_duration").or("0s"),
        integer("page_size").or(1000),
    ]);
    fields
}

pub(super) fn routes() -> Vec<Route<Pki>> {
    vec![
        route("tidy")
            .fields(fields())
            .on(Operation::Update, Pki::tidy)
            .help("Tidy up the store", "Forgets certificates that ended long enough ago."),
        route("tidy-cancel")
            .on(Operation::Update, |_: &mut Pki, _, _| {
                Response::default()
                    .warn("Tidy operation cannot be cancelled as none is currently running.")
                    .reply()
            })
            .help("Stop a tidy", "None ever runs when this is asked."),
        route("tidy-status")
            .on(Operation::Read, |engine: &mut Pki, _, _| {
                Response::data(engine.tidying.status()).reply()
            })
            .help("The last tidy", "What it was asked, and what it forgot."),
    ]
}

impl Tidying {
    fn status(&self) -> Object {
        let mut status = object! {
            "internal_backend_uuid" => &self.backend,
            "state" => "Inactive",
            "current_cert_store_count" => Value::Null,
            "current_revoked_cert_count" => Value::Null,
            "error" => Value::Null,
            "message" => Value::Null,
            "page_size" => Value::Null,
            "pause_duration" => Value::Null,
            "time_started" => Value::Null,
            "time_finished" => Value::Null,
            "total_acme_account_count" => Value::Null,
        };
        let names = DEEDS.iter().chain(&COUNTS).chain(BUFFERS.iter().map(|(name, _)| name));
        status.extend(names.map(|name| ((*name).to_owned(), Value::Null)));
        let Some(run) = &self.last else { return status };
        status.extend(COUNTS.map(|name| (name.to_owned(), Value::from(0))));
        status.extend(run.settings.clone());
        status.extend(object! {
            "state" => "Finished",
            "cert_store_deleted_count" => run.plain,
            "revoked_cert_deleted_count" => run.revoked,
            "total_acme_account_count" => 0,
            "time_started" => run.at.to_string(),
            "time_finished" => run.at.to_string(),
            "last_auto_tidy_finished" => run.at.to_string(),
        });
        status
    }
}

/// Seconds of a buffer.
fn buffer(settings: &Object, name: &str) -> i64 {
    settings.get(name).and_then(Value::as_i64).unwrap_or_default()
}

/// The deeds and spans of a call, checked.
fn settings(call: &Call<'_>) -> Result<Object, Error> {
    let mut settings: Object = DEEDS
        .map(|deed| (deed.to_owned(), Value::from(call.flag(deed))))
        .into_iter()
        .collect();
    if call.flag("tidy_revocation_list") {
        settings.insert("tidy_revoked_certs".to_owned(), Value::from(true));
    }
    for (name, _) in BUFFERS {
        let asked = match name {
            "revoked_safety_buffer" if !call.has(name) => call.seconds("safety_buffer"),
            name => call.seconds(name),
        };
        if asked < 1 {
            let shown = if name == "revoked_safety_buffer" {
                "revokedSafetyBuffer"
            } else {
                name
            };
            return Err(Error::response(format!("{shown} must be greater than zero")));
        }
        settings.insert(name.to_owned(), Value::from(asked));
    }
    let pause = pause(call, "Error parsing pause_duration")?;
    settings.insert("pause_duration".to_owned(), Value::from(pause));
    let page = call.int("page_size");
    if (1..5).contains(&page) {
        return Err(Error::response("page_size must be greater than five"));
    }
    settings.insert("page_size".to_owned(), Value::from(page));
    Ok(settings)
}

/// The pause between pages, as Go prints it.
pub(super) fn pause(call: &Call<'_>, wrong: &str) -> Result<String, Error> {
    let span =
        duration::parse(&call.string("pause_duration")).map_err(|text| Error::response(format!("{wrong}: {text}")))?;
    match u64::try_from(span) {
        Ok(span) => Ok(format_go(Duration::from_secs(span))),
        Err(_) => Err(Error::response("received invalid, negative pause_duration")),
    }
}

impl Pki {
    fn tidy(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let settings = settings(call)?;
        let asked = |deed: &str| settings.get(deed).and_then(Value::as_bool).unwrap_or_default();
        let (plain, revoked) = (asked("tidy_cert_store"), asked("tidy_revoked_certs"));
        let now = context.now.as_second();
        let (mut forgotten, mut forgotten_revoked) = (0, 0);
        self.certificates.retain(|_, stored| {
            let (meant, name, count) = match stored.revoked {
                Some(_) => (revoked, "revoked_safety_buffer", &mut forgotten_revoked),
                None => (plain, "safety_buffer", &mut forgotten),
            };
            let ended = stored.certificate.not_after().saturating_add(buffer(&settings, name)) < now;
            *count += usize::from(meant && ended);
            !(meant && ended)
        });
        let text = match DEEDS.iter().any(|deed| asked(deed)) {
            true => {
                "Tidy operation successfully started. Any information from the operation will be printed to OpenBao's \
                     server logs."
                    .to_owned()
            }
            false => format!(
                "Manual tidy requested but no tidy operations were set. Enable at least one tidy operation to be run ({}).",
                DEEDS.join(" / ")
            ),
        };
        self.tidying.last = Some(Run {
            settings,
            at: context.now,
            plain: forgotten,
            revoked: forgotten_revoked,
        });
        Response {
            status: Some(202),
            without_request_id: true,
            ..Response::default().warn(text)
        }
        .reply()
    }
}
