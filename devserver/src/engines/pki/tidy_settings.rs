//! Settings of tidying that begins by itself. Kept and shown: this server does not live long enough for it.

use super::Pki;
use super::tidy::{BUFFERS, DEEDS, fields, pause};
use crate::engine::{Call, Context, Field, Route, boolean, route, seconds};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};

fn automatic_fields() -> Vec<Field> {
    let mut fields = fields();
    fields.extend([
        boolean("enabled"),
        seconds("interval_duration").or(12 * 3600),
        boolean("maintain_stored_certificate_counts"),
        boolean("publish_stored_certificate_count_metrics"),
    ]);
    fields
}

pub(super) fn routes() -> Vec<Route<Pki>> {
    vec![
        route("config/auto-tidy")
            .fields(automatic_fields())
            .on(Operation::Read, |engine: &mut Pki, _, _| {
                Response::data(engine.tidying.automatic.clone()).reply()
            })
            .on(Operation::Update, Pki::write_automatic)
            .help(
                "Tidying by itself",
                "Kept and shown; this server does not live long enough.",
            ),
    ]
}

impl Pki {
    fn write_automatic(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let mut changed = self.tidying.automatic.clone();
        if call.has("interval_duration") {
            let interval = call.seconds("interval_duration");
            changed.insert("interval_duration".to_owned(), Value::from(interval));
        }
        let flags = [
            "enabled",
            "maintain_stored_certificate_counts",
            "publish_stored_certificate_count_metrics",
        ];
        for name in DEEDS.into_iter().chain(flags).filter(|name| call.has(name)) {
            changed.insert(name.to_owned(), Value::from(call.flag(name)));
        }
        for (name, _) in BUFFERS.into_iter().filter(|(name, _)| call.has(name)) {
            let span = call.seconds(name);
            if span < 1 {
                let shown = match name {
                    "issuer_safety_buffer" | "safety_buffer" => "given safety_buffer",
                    "revoked_safety_buffer" => name,
                    _ => "given acme_account_safety_buffer",
                };
                return Err(Error::response(format!(
                    "{shown} must be at least one second; got: {span}"
                )));
            }
            changed.insert(name.to_owned(), Value::from(span));
            if name == "safety_buffer" && !call.has("revoked_safety_buffer") {
                changed.insert("revoked_safety_buffer".to_owned(), Value::from(span));
            }
        }
        if call.has("pause_duration") {
            let pause = pause(call, "unable to parse given pause_duration")?;
            changed.insert("pause_duration".to_owned(), Value::from(pause));
        }
        if call.has("page_size") {
            if call.int("page_size") < 5 {
                return Err(Error::response("page_size must be at least 5"));
            }
            changed.insert("page_size".to_owned(), Value::from(call.int("page_size")));
        }
        check_automatic(&changed)?;
        self.tidying.automatic = changed;
        Response::data(self.tidying.automatic.clone()).reply()
    }
}

fn check_automatic(settings: &Object) -> Result<(), Error> {
    let on = |name: &str| settings.get(name).and_then(Value::as_bool).unwrap_or_default();
    if on("enabled") && !DEEDS.iter().any(|deed| on(deed)) {
        return Err(Error::response(format!(
            "Auto-tidy enabled but no tidy operations were requested. Enable at least one tidy operation to be run ({}).",
            DEEDS.join(" / ")
        )));
    }
    if on("publish_stored_certificate_count_metrics") && !on("maintain_stored_certificate_counts") {
        return Err(Error::response(
            "Can not publish a running storage metrics count to metrics without first maintaining that count.  Enable \
             `maintain_stored_certificate_counts` to enable `publish_stored_certificate_count_metrics`.",
        ));
    }
    Ok(())
}
