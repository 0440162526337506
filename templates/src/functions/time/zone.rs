//! Time zones, and `*time.Location`.

use std::any::Any;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::methods::NAME_METHODS;
use crate::value::{Named, Object, Text};

/// Where a time is shown.
#[derive(Clone, Debug)]
pub(super) enum Zone {
    Utc,
    /// A zone with rules.
    Rules(TimeZone, &'static str),
    /// An offset in seconds east of UTC, with the name that was read with it.
    Fixed(String, i64),
}

impl Zone {
    /// The zone of the machine, which is plain UTC when it has no rules.
    pub(super) fn local(zone: TimeZone) -> Zone {
        match zone == TimeZone::UTC {
            true => Zone::Utc,
            false => Zone::Rules(zone, "Local"),
        }
    }

    /// The offset in seconds and the abbreviation at a point in time. Outside of the years that the rules cover, the
    /// nearest one counts.
    pub(super) fn at(&self, unix: i64) -> (i64, String) {
        match self {
            Zone::Utc => (0, "UTC".to_owned()),
            Zone::Fixed(name, offset) => (*offset, name.clone()),
            Zone::Rules(zone, _) => {
                let info = zone.to_offset_info(nearest(unix));
                (i64::from(info.offset().seconds()), info.abbreviation().to_owned())
            }
        }
    }

    /// Whether clocks are set to summer time at a point in time.
    pub(super) fn is_summer(&self, unix: i64) -> bool {
        match self {
            Zone::Utc | Zone::Fixed(..) => false,
            Zone::Rules(zone, _) => zone.to_offset_info(nearest(unix)).dst().is_dst(),
        }
    }

    fn name(&self) -> &str {
        match self {
            Zone::Utc => "UTC",
            Zone::Rules(_, name) => name,
            Zone::Fixed(name, _) => name,
        }
    }
}

/// A point in time that rules cover. The calendar repeats itself every 400 years, and so do the rules for the future.
fn nearest(unix: i64) -> Timestamp {
    const CYCLE: i64 = 146_097 * 86_400;
    let last = Timestamp::MAX.as_second();
    let cycles = if unix > last { (unix - last) / CYCLE + 1 } else { 0 };
    let clamped = (unix - cycles * CYCLE).clamp(Timestamp::MIN.as_second(), last);
    Timestamp::from_second(clamped).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// `*time.Location`.
pub(super) struct Location(pub(super) Zone);

pub(super) static LOCATION: Named = Named {
    name: "time.Location",
    is_struct: true,
    fields: &[],
    methods: NAME_METHODS,
};

impl Object for Location {
    fn named(&self) -> &'static Named {
        &LOCATION
    }

    fn is_pointer(&self) -> bool {
        true
    }

    fn text(&self) -> Option<Text> {
        Some(Text::from(self.0.name()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
