//! Go's time layouts, in which `2006-01-02 15:04:05` stands for a date.

use super::Time;
use super::calendar::{self, Civil, MONTHS, WEEKDAYS};

/// An element of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    LongMonth,
    Month,
    NumMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperPm,
    LowerPm,
    ZoneName,
    Offset(Offset),
    /// Digits of a fraction with its sign, all of them.
    Fraction(usize),
    /// Digits of a fraction with its sign, without trailing zeros.
    ShortFraction(usize),
}

/// How an offset from UTC is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offset {
    /// UTC as `Z`.
    pub(super) z: bool,
    /// With colons between.
    pub(super) colons: bool,
    pub(super) minutes: bool,
    pub(super) seconds: bool,
}

const NAMES: &[(&[u8], Element)] = &[
    (b"January", Element::LongMonth),
    (b"Monday", Element::LongWeekday),
    (b"MST", Element::ZoneName),
    (b"002", Element::ZeroYearDay),
    (b"01", Element::ZeroMonth),
    (b"02", Element::ZeroDay),
    (b"03", Element::ZeroHour12),
    (b"04", Element::ZeroMinute),
    (b"05", Element::ZeroSecond),
    (b"06", Element::Year),
    (b"15", Element::Hour),
    (b"1", Element::NumMonth),
    (b"2006", Element::LongYear),
    (b"2", Element::Day),
    (b"__2", Element::UnderYearDay),
    (b"_2", Element::UnderDay),
    (b"3", Element::Hour12),
    (b"4", Element::Minute),
    (b"5", Element::Second),
    (b"PM", Element::UpperPm),
    (b"pm", Element::LowerPm),
    (
        b"-070000",
        Element::Offset(Offset {
            z: false,
            colons: false,
            minutes: true,
            seconds: true,
        }),
    ),
    (
        b"-07:00:00",
        Element::Offset(Offset {
            z: false,
            colons: true,
            minutes: true,
            seconds: true,
        }),
    ),
    (
        b"-0700",
        Element::Offset(Offset {
            z: false,
            colons: false,
            minutes: true,
            seconds: false,
        }),
    ),
    (
        b"-07:00",
        Element::Offset(Offset {
            z: false,
            colons: true,
            minutes: true,
            seconds: false,
        }),
    ),
    (
        b"-07",
        Element::Offset(Offset {
            z: false,
            colons: false,
            minutes: false,
            seconds: false,
        }),
    ),
    (
        b"Z070000",
        Element::Offset(Offset {
            z: true,
            colons: false,
            minutes: true,
            seconds: true,
        }),
    ),
    (
        b"Z07:00:00",
        Element::Offset(Offset {
            z: true,
            colons: true,
            minutes: true,
            seconds: true,
        }),
    ),
    (
        b"Z0700",
        Element::Offset(Offset {
            z: true,
            colons: false,
            minutes: true,
            seconds: false,
        }),
    ),
    (
        b"Z07:00",
        Element::Offset(Offset {
            z: true,
            colons: true,
            minutes: true,
            seconds: false,
        }),
    ),
    (
        b"Z07",
        Element::Offset(Offset {
            z: true,
            colons: false,
            minutes: false,
            seconds: false,
        }),
    ),
];

/// The text before the first element of a layout, the element with its text, and what follows.
type Split<'l> = (&'l [u8], Option<(Element, &'l [u8])>, &'l [u8]);

/// Splits a layout at its first element.
pub(super) fn next(layout: &[u8]) -> Split<'_> {
    for at in 0..layout.len() {
        let rest = &layout[at..];
        // The underscore of `_2006` is a plain one, and so is what stands before it.
        let skipped = usize::from(rest.starts_with(b"_2006"));
        if let Some((element, size)) = element(&rest[skipped..]) {
            let (text, after) = rest[skipped..].split_at(size);
            return (&layout[..at + skipped], Some((element, text)), after);
        }
    }
    (layout, None, b"")
}

fn element(layout: &[u8]) -> Option<(Element, usize)> {
    if let Some((name, element)) = NAMES.iter().find(|(name, _)| layout.starts_with(name)) {
        return Some((*element, name.len()));
    }
    let lower_follows = layout.get(3).is_some_and(u8::is_ascii_lowercase);
    match layout {
        [b'J', b'a', b'n', ..] if !lower_follows => Some((Element::Month, 3)),
        [b'M', b'o', b'n', ..] if !lower_follows => Some((Element::Weekday, 3)),
        [b'.' | b',', digit @ (b'0' | b'9'), ..] => {
            let digits = layout[1..].iter().take_while(|byte| *byte == digit).count();
            if layout.get(1 + digits).is_some_and(u8::is_ascii_digit) {
                return None;
            }
            let element = if *digit == b'0' {
                Element::Fraction(digits)
            } else {
                Element::ShortFraction(digits)
            };
            Some((element, 1 + digits))
        }
        _ => None,
    }
}

/// Go's `Time.Format`.
pub(super) fn format(time: &Time, layout: &[u8]) -> Vec<u8> {
    let civil = calendar::civil(time);
    let mut out = Vec::with_capacity(layout.len() + 10);
    let mut rest = layout;
    loop {
        let (prefix, found, after) = next(rest);
        out.extend_from_slice(prefix);
        let Some((element, text)) = found else {
            return out;
        };
        write(&mut out, time, &civil, (element, text));
        rest = after;
    }
}

fn write(out: &mut Vec<u8>, time: &Time, civil: &Civil, (element, text): (Element, &[u8])) {
    let twelve = if civil.hour % 12 == 0 { 12 } else { civil.hour % 12 };
    let year_day = || calendar::year_day(civil);
    let month = || name(&MONTHS, civil.month - 1);
    let weekday = || name(&WEEKDAYS, calendar::weekday(time));
    let written = match element {
        Element::Year => format!("{:02}", civil.year.max(0) % 100),
        Element::LongYear if civil.year < 0 => format!("-{:04}", -civil.year),
        Element::LongYear => format!("{:04}", civil.year),
        Element::Month => month()[..3].to_owned(),
        Element::LongMonth => month().to_owned(),
        Element::NumMonth => civil.month.to_string(),
        Element::ZeroMonth => format!("{:02}", civil.month),
        Element::Weekday => weekday()[..3].to_owned(),
        Element::LongWeekday => weekday().to_owned(),
        Element::Day => civil.day.to_string(),
        Element::UnderDay => format!("{:2}", civil.day),
        Element::ZeroDay => format!("{:02}", civil.day),
        Element::UnderYearDay => format!("{:3}", year_day()),
        Element::ZeroYearDay => format!("{:03}", year_day()),
        Element::Hour => format!("{:02}", civil.hour),
        Element::Hour12 => twelve.to_string(),
        Element::ZeroHour12 => format!("{twelve:02}"),
        Element::Minute => civil.minute.to_string(),
        Element::ZeroMinute => format!("{:02}", civil.minute),
        Element::Second => civil.second.to_string(),
        Element::ZeroSecond => format!("{:02}", civil.second),
        Element::UpperPm => if civil.hour >= 12 { "PM" } else { "AM" }.to_owned(),
        Element::LowerPm => if civil.hour >= 12 { "pm" } else { "am" }.to_owned(),
        Element::ZoneName => zone_name(time),
        Element::Offset(style) => offset(time.zone.at(time.unix).0, style),
        Element::Fraction(digits) => fraction(time.nanoseconds, digits, text[0], false),
        Element::ShortFraction(digits) => fraction(time.nanoseconds, digits, text[0], true),
    };
    out.extend_from_slice(written.as_bytes());
}

pub(super) fn name<const N: usize>(names: &[&'static str; N], index: i64) -> &'static str {
    usize::try_from(index)
        .ok()
        .and_then(|index| names.get(index))
        .copied()
        .unwrap_or("???")
}

/// The abbreviation, or the offset where there is none.
fn zone_name(time: &Time) -> String {
    match time.zone.at(time.unix) {
        (offset_seconds, name) if name.is_empty() => offset(
            offset_seconds,
            Offset {
                z: false,
                colons: false,
                minutes: true,
                seconds: false,
            },
        ),
        (_, name) => name,
    }
}

fn offset(seconds: i64, style: Offset) -> String {
    if style.z && seconds == 0 {
        return "Z".to_owned();
    }
    let sign = if seconds < 0 { '-' } else { '+' };
    let (size, colon) = (seconds.abs(), if style.colons { ":" } else { "" });
    let mut text = format!("{sign}{:02}", size / 3_600);
    if style.minutes {
        text.push_str(&format!("{colon}{:02}", size / 60 % 60));
    }
    if style.seconds {
        text.push_str(&format!("{colon}{:02}", size % 60));
    }
    text
}

fn fraction(nanoseconds: u32, digits: usize, separator: u8, short: bool) -> String {
    let mut text = format!("{nanoseconds:09}");
    text.truncate(digits);
    if short {
        text.truncate(text.trim_end_matches('0').len());
        if text.is_empty() {
            return text;
        }
    }
    format!("{}{text}", char::from(separator))
}
