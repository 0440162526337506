//! The Gregorian calendar, extended to all years as Go does.

use super::{Time, Zone};

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
pub(super) const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// A date and a time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Civil {
    pub(super) year: i64,
    /// From 1.
    pub(super) month: i64,
    /// From 1.
    pub(super) day: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
}

pub(super) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days before a month of a year that is not a leap year.
pub(super) fn days_before(month: i64) -> i64 {
    const BEFORE: [i64; 13] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];
    usize::try_from(month - 1)
        .ok()
        .and_then(|month| BEFORE.get(month))
        .copied()
        .unwrap_or(0)
}

pub(super) fn days_in(month: i64, year: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        month => days_before(month + 1) - days_before(month),
    }
}

/// Days from 1970-01-01 to the first day of a month; years start in March here, so that the leap day comes last.
fn days_to(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

impl Civil {
    /// The civil time of seconds that count from 1970-01-01 00:00:00 in the same zone.
    fn from_seconds(seconds: i64) -> Civil {
        let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let days = days + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let month = (shifted + 2) % 12 + 1;
        Civil {
            year: era * 400 + year_of_era + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * shifted + 2) / 5 + 1,
            hour: second / 3_600,
            minute: second / 60 % 60,
            second: second % 60,
        }
    }

    /// Seconds from 1970-01-01 00:00:00. Months and days outside of their ranges carry over, as in Go's `time.Date`.
    fn seconds(&self) -> i64 {
        let month = self.month - 1;
        let year = self
            .year
            .saturating_add(month.div_euclid(12))
            .clamp(-200_000_000_000, 200_000_000_000);
        let days = days_to(year, month.rem_euclid(12) + 1, 1).saturating_add(self.day - 1);
        let seconds = self.hour * 3_600 + self.minute * 60 + self.second;
        days.saturating_mul(86_400).saturating_add(seconds)
    }
}

/// Sunday is 0.
pub(super) fn weekday(time: &Time) -> i64 {
    (seconds_there(time).div_euclid(86_400) + 4).rem_euclid(7)
}

/// From 1.
pub(super) fn year_day(civil: &Civil) -> i64 {
    days_to(civil.year, civil.month, civil.day) - days_to(civil.year, 1, 1) + 1
}

fn seconds_there(time: &Time) -> i64 {
    time.unix.saturating_add(time.zone.at(time.unix).0)
}

/// The civil time of a point in time in its zone.
pub(super) fn civil(time: &Time) -> Civil {
    Civil::from_seconds(seconds_there(time))
}

/// Go's `time.Date`: the point in time of a civil time in a zone.
pub(super) fn date(civil: &Civil, nanoseconds: u32, zone: Zone) -> Time {
    let there = civil.seconds();
    let guess = there.saturating_sub(zone.at(there).0);
    let unix = there.saturating_sub(zone.at(guess).0);
    Time {
        unix,
        nanoseconds,
        zone,
    }
}
