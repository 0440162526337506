//! `time.Time`: a point in time with a zone, its methods, and the functions of sprig that make and print it.

mod calendar;
mod dates;
mod duration;
mod encodings;
mod layout;
mod methods;
mod reading;
mod zone;

use std::any::Any;

use jiff::Timestamp;

use crate::value::{IntType, Named, Object, Text, Type, Value};

pub(super) use dates::TABLE;
pub(crate) use methods::TIME;
use zone::{LOCATION, Location, Zone};

/// A point in time and the zone it is shown in.
#[derive(Clone, Debug)]
pub(crate) struct Time {
    /// Seconds since 1970-01-01 in UTC.
    unix: i64,
    nanoseconds: u32,
    zone: Zone,
}

/// Go's zero time, 0001-01-01 00:00:00 UTC, in Unix seconds.
const ZERO: i64 = -62_135_596_800;

impl Time {
    fn utc(unix: i64, nanoseconds: u32) -> Time {
        Time {
            unix,
            nanoseconds,
            zone: Zone::Utc,
        }
    }

    /// Go's zero time.
    pub(crate) fn zero() -> Time {
        Time::utc(ZERO, 0)
    }

    fn from_timestamp(timestamp: Timestamp, zone: Zone) -> Time {
        let nanoseconds = timestamp.as_nanosecond();
        let unix = i64::try_from(nanoseconds.div_euclid(1_000_000_000)).unwrap_or(0);
        let nanoseconds = u32::try_from(nanoseconds.rem_euclid(1_000_000_000)).unwrap_or(0);
        Time {
            unix,
            nanoseconds,
            zone,
        }
    }

    /// A time as the API writes it. The offset is kept, and UTC is UTC.
    pub(crate) fn from_rfc3339(text: &str) -> Option<Time> {
        reading::parse(b"2006-01-02T15:04:05Z07:00", text.as_bytes(), &Zone::Utc).ok()
    }

    /// Whether a text is a time of this layout.
    pub(super) fn reads(layout: &[u8], text: &[u8]) -> bool {
        reading::parse(layout, text, &Zone::Utc).is_ok()
    }

    fn in_zone(&self, zone: Zone) -> Time {
        Time { zone, ..self.clone() }
    }

    /// Go's `Time.Format`.
    pub(crate) fn format(&self, layout: &[u8]) -> Vec<u8> {
        layout::format(self, layout)
    }

    /// Go's `Time.GoString`.
    fn go_string(&self) -> String {
        let civil = calendar::civil(self);
        let zone = match &self.zone {
            Zone::Utc => "time.UTC".to_owned(),
            Zone::Rules(_, "Local") => "time.Local".to_owned(),
            Zone::Rules(_, name) => format!("time.Location({name:?})"),
            Zone::Fixed(name, _) => format!("time.Location({name:?})"),
        };
        let month = layout::name(&calendar::MONTHS, civil.month - 1);
        format!(
            "time.Date({}, time.{month}, {}, {}, {}, {}, {}, {zone})",
            civil.year, civil.day, civil.hour, civil.minute, civil.second, self.nanoseconds
        )
    }

    /// Nanoseconds since 1970.
    fn nanoseconds_since_epoch(&self) -> i128 {
        i128::from(self.unix) * 1_000_000_000 + i128::from(self.nanoseconds)
    }

    /// This many nanoseconds later.
    fn later(&self, nanoseconds: i64) -> Time {
        let sum = i64::from(self.nanoseconds) + nanoseconds.rem_euclid(1_000_000_000);
        let seconds = nanoseconds.div_euclid(1_000_000_000) + sum / 1_000_000_000;
        let nanoseconds = u32::try_from(sum % 1_000_000_000).unwrap_or(0);
        Time {
            unix: self.unix.wrapping_add(seconds),
            nanoseconds,
            zone: self.zone.clone(),
        }
    }

    /// Nanoseconds from another time to this one; what does not fit is the largest duration.
    fn since(&self, other: &Time) -> i64 {
        let difference = self.nanoseconds_since_epoch() - other.nanoseconds_since_epoch();
        i64::try_from(difference).unwrap_or(if difference < 0 { i64::MIN } else { i64::MAX })
    }
}

impl Object for Time {
    fn named(&self) -> &'static Named {
        &TIME
    }

    fn text(&self) -> Option<Text> {
        Some(Text::new(self.format(b"2006-01-02 15:04:05.999999999 -0700 MST")))
    }

    fn go_syntax(&self) -> Option<Text> {
        Some(Text::from(self.go_string()))
    }

    fn hidden_fields(&self) -> Vec<(&'static str, Value)> {
        let zone = match &self.zone {
            Zone::Utc => Value::Null(Type::Pointer(&LOCATION)),
            zone => Value::object(Location(zone.clone())),
        };
        vec![
            ("wall", Value::uint64(u64::from(self.nanoseconds))),
            ("ext", Value::Int(IntType::Int64, self.unix.wrapping_sub(ZERO))),
            ("loc", zone),
        ]
    }

    fn equals(&self, other: &dyn Object) -> bool {
        let other = other.as_any().downcast_ref::<Time>();
        other.is_some_and(|other| self.nanoseconds_since_epoch() == other.nanoseconds_since_epoch())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A value of a named integer type: `time.Month`, `time.Weekday`.
struct NamedNumber {
    named: &'static Named,
    number: i64,
    text: &'static str,
}

static MONTH: Named = Named {
    name: "time.Month",
    is_struct: false,
    fields: &[],
    methods: methods::NAME_METHODS,
};
static WEEKDAY: Named = Named {
    name: "time.Weekday",
    is_struct: false,
    fields: &[],
    methods: methods::NAME_METHODS,
};

impl Object for NamedNumber {
    fn named(&self) -> &'static Named {
        self.named
    }

    fn underlying(&self) -> Option<Value> {
        Some(Value::int(self.number))
    }

    fn text(&self) -> Option<Text> {
        Some(Text::from(self.text))
    }

    fn equals(&self, other: &dyn Object) -> bool {
        let other = other.as_any().downcast_ref::<NamedNumber>();
        other.is_some_and(|other| self.named == other.named && self.number == other.number)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
