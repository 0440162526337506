//! The parts that have been read, put together.

use super::super::calendar::{self, Civil};
use super::super::{Time, Zone};

/// What has been read so far.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) year: i64,
    pub(super) month: Option<i64>,
    pub(super) day: Option<i64>,
    pub(super) year_day: Option<i64>,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
    pub(super) nanoseconds: u32,
    pub(super) afternoon: Option<bool>,
    pub(super) utc: bool,
    pub(super) offset: Option<i64>,
    pub(super) zone_name: String,
}

impl Parts {
    pub(super) fn time(mut self, local: &Zone) -> Result<Time, &'static str> {
        match self.afternoon {
            Some(true) if self.hour < 12 => self.hour += 12,
            Some(false) if self.hour == 12 => self.hour = 0,
            _ => (),
        }
        self.settle_day()?;
        let civil = Civil {
            year: self.year,
            month: self.month.unwrap_or(1),
            day: self.day.unwrap_or(1),
            hour: self.hour,
            minute: self.minute,
            second: self.second,
        };
        if civil.day < 1 || civil.day > calendar::days_in(civil.month, civil.year) {
            return Err(": day out of range");
        }
        let utc = calendar::date(&civil, self.nanoseconds, Zone::Utc);
        Ok(match (self.utc, self.offset) {
            (true, _) => utc,
            (false, Some(offset)) => at_offset(&utc, offset, &self.zone_name, local),
            (false, None) if !self.zone_name.is_empty() => in_named_zone(&utc, self.zone_name, local),
            (false, None) => calendar::date(&civil, self.nanoseconds, local.clone()),
        })
    }

    /// Makes a day of the year a month and a day, and checks what else was said about them.
    fn settle_day(&mut self) -> Result<(), &'static str> {
        let Some(mut year_day) = self.year_day else {
            return Ok(());
        };
        let leap_day = calendar::is_leap(self.year) && year_day == 60;
        if calendar::is_leap(self.year) && year_day > 60 {
            year_day -= 1;
        }
        if !leap_day && !(1..=365).contains(&year_day) {
            return Err(": day-of-year out of range");
        }
        let (month, day) = if leap_day {
            (2, 29)
        } else {
            let mut month = (year_day - 1) / 31 + 1;
            if calendar::days_before(month + 1) < year_day {
                month += 1;
            }
            (month, year_day - calendar::days_before(month))
        };
        if self.month.is_some_and(|known| known != month) {
            return Err(": day-of-year does not match month");
        }
        if self.day.is_some_and(|known| known != day) {
            return Err(": day-of-year does not match day");
        }
        (self.month, self.day) = (Some(month), Some(day));
        Ok(())
    }
}

/// A civil time read as UTC, at an offset; the local zone if it has that offset then.
fn at_offset(utc: &Time, offset: i64, name: &str, local: &Zone) -> Time {
    let unix = utc.unix - offset;
    let (local_offset, local_name) = local.at(unix);
    let zone = match local_offset == offset && (name.is_empty() || name == local_name) {
        true => local.clone(),
        false => Zone::Fixed(name.to_owned(), offset),
    };
    Time {
        unix,
        nanoseconds: utc.nanoseconds,
        zone,
    }
}

/// A civil time read as UTC, in a zone known by its abbreviation only.
fn in_named_zone(utc: &Time, name: String, local: &Zone) -> Time {
    let (local_offset, local_name) = local.at(utc.unix);
    if name == local_name {
        return Time {
            unix: utc.unix - local_offset,
            nanoseconds: utc.nanoseconds,
            zone: local.clone(),
        };
    }
    let hours = name
        .strip_prefix("GMT")
        .and_then(|hours| hours.parse::<i64>().ok())
        .unwrap_or(0);
    Time {
        unix: utc.unix - hours * 3_600,
        nanoseconds: utc.nanoseconds,
        zone: Zone::Fixed(name, hours * 3_600),
    }
}
