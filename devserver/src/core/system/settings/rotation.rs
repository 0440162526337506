//! When the encryption key is replaced; kept and shown, without effect.

use super::OPERATIONS;
use crate::core::Core;
use crate::engine::{Call, Context, Route, boolean, integer, route, seconds};
use crate::json::Value;
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;
use std::time::Duration;

/// The shortest interval of replacement that is taken.
const DAY: Duration = Duration::from_secs(24 * 3600);

pub(super) fn routes() -> Vec<Route<Core>> {
    use Operation::{Read, Update};
    vec![
        route("rotate(/keyring)?")
            .help("Replace the encryption key.", "Counts up the key's term.")
            .on(Update, |core: &mut Core, context, _| {
                core.settings.rotations += 1;
                core.rotated = context.now;
                Ok(None)
            }),
        route("rotate/(keyring/)?config")
            .fields(vec![
                boolean("enabled").help("Whether the key is replaced by itself."),
                seconds("interval").help("After how long."),
                integer("max_operations").help("After how many encryptions."),
            ])
            .help("When the encryption key is replaced by itself.", "Kept and shown.")
            .on(Read, Core::read_rotation)
            .on(Update, Core::write_rotation),
    ]
}

impl Core {
    fn read_rotation(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        let rotation = self.settings.rotation;
        let interval = match rotation.interval.is_zero() {
            true => Value::from(0),
            false => Value::from(crate::duration::format_go(rotation.interval)),
        };
        Response::data(object! {
            "enabled" => rotation.enabled,
            "interval" => interval,
            "max_operations" => rotation.max_operations,
        })
        .reply()
    }

    fn write_rotation(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let mut rotation = self.settings.rotation;
        if call.has("max_operations") {
            rotation.max_operations = call.int("max_operations");
            if !OPERATIONS.contains(&rotation.max_operations) {
                let (least, most) = (OPERATIONS.start(), OPERATIONS.end());
                return Err(Error::response(format!(
                    "max_operations must be in the range [{least},{most}]"
                )));
            }
        }
        if let Some(interval) = call.maybe_duration("interval") {
            if !interval.is_zero() && interval < DAY {
                return Err(Error::response("interval must be greater or equal to 24h0m0s"));
            }
            rotation.interval = interval;
        }
        // Kept as the original keeps it: replacement is not switched off by this.
        rotation.enabled |= call.flag("enabled");
        self.settings.rotation = rotation;
        Ok(None)
    }
}
