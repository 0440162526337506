//! Go's `time.ParseInLocation`.

use super::calendar::{self, Civil, MONTHS, WEEKDAYS};
use super::layout::{self, Element, Offset};
use super::{Time, Zone};

/// Reads a time by its layout; one without an offset is in the given zone.
///
/// # Errors
/// Go's text.
pub(super) fn parse(layout: &[u8], value: &[u8], local: &Zone) -> Result<Time, Vec<u8>> {
    let mut reader = Reader {
        value,
        parts: Parts::default(),
    };
    let mut rest = layout;
    loop {
        let (prefix, found, after) = layout::next(rest);
        reader.skip(prefix).map_err(|at| mismatch(layout, value, prefix, at))?;
        let Some((element, text)) = found else {
            break;
        };
        let before = reader.value;
        match reader.element(element, text, after) {
            Ok(()) => (),
            Err(Problem::Mismatch) => return Err(mismatch(layout, value, text, before)),
            Err(Problem::Range(what)) => return Err(complaint(value, &format!(": {what} out of range"))),
        }
        rest = after;
    }
    if !reader.value.is_empty() {
        let mut text = complaint(value, ": extra text: ");
        text.extend(quote(reader.value));
        return Err(text);
    }
    reader.parts.time(local).map_err(|what| complaint(value, what))
}

enum Problem {
    Mismatch,
    Range(&'static str),
}

fn mismatch(layout: &[u8], value: &[u8], element: &[u8], at: &[u8]) -> Vec<u8> {
    let parts: [&[u8]; 8] = [
        b"parsing time ",
        &quote(value),
        b" as ",
        &quote(layout),
        b": cannot parse ",
        &quote(at),
        b" as ",
        &quote(element),
    ];
    parts.concat()
}

fn complaint(value: &[u8], what: &str) -> Vec<u8> {
    [b"parsing time ", quote(value).as_slice(), what.as_bytes()].concat()
}

/// The quoting of Go's package `time`: every byte that is not printable ASCII as hexadecimal.
fn quote(text: &[u8]) -> Vec<u8> {
    let mut quoted = vec![b'"'];
    for byte in text {
        match byte {
            b'"' | b'\\' => quoted.extend([b'\\', *byte]),
            0x20..0x7f => quoted.push(*byte),
            0x7f => quoted.push(*byte),
            byte => quoted.extend(format!("\\x{byte:02x}").into_bytes()),
        }
    }
    quoted.push(b'"');
    quoted
}

/// What has been read so far.
#[derive(Default)]
struct Parts {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    year_day: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanoseconds: u32,
    afternoon: Option<bool>,
    utc: bool,
    offset: Option<i64>,
    zone_name: String,
}

struct Reader<'v> {
    value: &'v [u8],
    parts: Parts,
}

type Step<T> = Result<T, Problem>;

impl<'v> Reader<'v> {
    /// Reads literal text of a layout; any number of spaces stands for one. Fails with what is left.
    fn skip(&mut self, prefix: &[u8]) -> Result<(), &'v [u8]> {
        let mut prefix = prefix;
        while let Some((byte, after)) = prefix.split_first() {
            if *byte == b' ' {
                if self.value.first().is_some_and(|byte| *byte != b' ') {
                    return Err(self.value);
                }
                prefix = prefix.trim_ascii_start_matches();
                self.value = self.value.trim_ascii_start_matches();
                continue;
            }
            if self.value.first() != Some(byte) {
                return Err(self.value);
            }
            prefix = after;
            self.value = &self.value[1..];
        }
        Ok(())
    }

    fn take(&mut self, count: usize) -> Step<&'v [u8]> {
        let taken = self.value.get(..count).ok_or(Problem::Mismatch)?;
        self.value = &self.value[count..];
        Ok(taken)
    }

    /// One or two digits, or exactly two.
    fn number(&mut self, fixed: bool) -> Step<i64> {
        let digits = self
            .value
            .iter()
            .take(2)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        match digits {
            0 => Err(Problem::Mismatch),
            1 if fixed => Err(Problem::Mismatch),
            digits => Ok(decimal(self.take(digits)?)),
        }
    }

    fn number_below(&mut self, fixed: bool, end: i64, what: &'static str) -> Step<i64> {
        let number = self.number(fixed)?;
        if number >= end {
            Err(Problem::Range(what))
        } else {
            Ok(number)
        }
    }

    /// The position of the name, whole or by its first letters, that the value starts with.
    fn lookup(&mut self, names: &[&str], size: Option<usize>) -> Step<i64> {
        for (index, name) in names.iter().enumerate() {
            let name = &name.as_bytes()[..size.unwrap_or(name.len())];
            if self
                .value
                .get(..name.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(name))
            {
                self.take(name.len())?;
                return Ok(index as i64);
            }
        }
        Err(Problem::Mismatch)
    }

    fn element(&mut self, element: Element, text: &[u8], after: &[u8]) -> Step<()> {
        match element {
            Element::Year => {
                let digits = self.digits(2)?;
                self.parts.year = digits + if digits >= 69 { 1900 } else { 2000 };
            }
            Element::LongYear => self.parts.year = self.digits(4)?,
            Element::Month => self.parts.month = Some(self.lookup(&MONTHS, Some(3))? + 1),
            Element::LongMonth => self.parts.month = Some(self.lookup(&MONTHS, None)? + 1),
            Element::NumMonth | Element::ZeroMonth => {
                let month = self.number_below(element == Element::ZeroMonth, 13, "month")?;
                if month == 0 {
                    return Err(Problem::Range("month"));
                }
                self.parts.month = Some(month);
            }
            Element::Weekday => drop(self.lookup(&WEEKDAYS, Some(3))?),
            Element::LongWeekday => drop(self.lookup(&WEEKDAYS, None)?),
            Element::Day | Element::UnderDay | Element::ZeroDay => {
                self.skip_spaces(if element == Element::UnderDay { 1 } else { 0 });
                self.parts.day = Some(self.number(element == Element::ZeroDay)?);
            }
            Element::UnderYearDay | Element::ZeroYearDay => {
                self.skip_spaces(if element == Element::UnderYearDay { 2 } else { 0 });
                self.parts.year_day = Some(self.year_day(element == Element::ZeroYearDay)?);
            }
            Element::Hour => self.parts.hour = self.number_below(false, 24, "hour")?,
            Element::Hour12 => self.parts.hour = self.number_below(false, 13, "hour")?,
            Element::ZeroHour12 => self.parts.hour = self.number_below(true, 13, "hour")?,
            Element::Minute => self.parts.minute = self.number_below(false, 60, "minute")?,
            Element::ZeroMinute => self.parts.minute = self.number_below(true, 60, "minute")?,
            Element::Second | Element::ZeroSecond => self.second(element == Element::ZeroSecond, after)?,
            Element::UpperPm => self.afternoon(b"PM", b"AM")?,
            Element::LowerPm => self.afternoon(b"pm", b"am")?,
            Element::Offset(style) => self.offset(style)?,
            Element::ZoneName => self.zone_name()?,
            Element::Fraction(_) => self.fraction(text.len())?,
            Element::ShortFraction(_) => {
                if matches!(self.value, [b'.' | b',', b'0'..=b'9', ..]) {
                    self.fraction(1 + self.value[1..].iter().take_while(|byte| byte.is_ascii_digit()).count())?;
                }
            }
        }
        Ok(())
    }

    /// A number of exactly so many characters, which start with a digit.
    fn digits(&mut self, count: usize) -> Step<i64> {
        let digits = self
            .value
            .get(..count)
            .filter(|digits| digits.iter().all(u8::is_ascii_digit));
        let number = decimal(digits.ok_or(Problem::Mismatch)?);
        self.take(count)?;
        Ok(number)
    }

    fn skip_spaces(&mut self, most: usize) {
        for _ in 0..most {
            self.value = self.value.strip_prefix(b" ").unwrap_or(self.value);
        }
    }

    fn year_day(&mut self, fixed: bool) -> Step<i64> {
        let digits = self
            .value
            .iter()
            .take(3)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if digits == 0 || (fixed && digits != 3) {
            return Err(Problem::Mismatch);
        }
        Ok(decimal(self.take(digits)?))
    }

    /// A fraction is read with the second even where the layout has none.
    fn second(&mut self, fixed: bool, after: &[u8]) -> Step<()> {
        self.parts.second = self.number_below(fixed, 60, "second")?;
        let fraction_follows = matches!(
            layout::next(after).1,
            Some((Element::Fraction(_) | Element::ShortFraction(_), _))
        );
        match self.value {
            [b'.' | b',', b'0'..=b'9', ..] if !fraction_follows => {
                self.fraction(1 + self.value[1..].iter().take_while(|byte| byte.is_ascii_digit()).count())
            }
            _ => Ok(()),
        }
    }

    /// A separator and digits, so many characters in all; what is finer than nanoseconds is dropped.
    fn fraction(&mut self, size: usize) -> Step<()> {
        let text = self.value.get(..size).ok_or(Problem::Mismatch)?;
        let ([b'.' | b',', digits @ ..], true) = (text, text.len() > 1) else {
            return Err(Problem::Mismatch);
        };
        if !digits.iter().all(u8::is_ascii_digit) {
            return Err(Problem::Mismatch);
        }
        let mut nanoseconds = 0;
        for at in 0..9 {
            nanoseconds = nanoseconds * 10 + u32::from(digits.get(at).map_or(0, |digit| digit - b'0'));
        }
        self.parts.nanoseconds = nanoseconds;
        self.value = &self.value[size..];
        Ok(())
    }

    fn afternoon(&mut self, after: &[u8], before: &[u8]) -> Step<()> {
        match self.take(2)? {
            text if text == after => self.parts.afternoon = Some(true),
            text if text == before => self.parts.afternoon = Some(false),
            _ => return Err(Problem::Mismatch),
        }
        Ok(())
    }

    fn offset(&mut self, style: Offset) -> Step<()> {
        if let (true, Some(rest)) = (style.z, self.value.strip_prefix(b"Z")) {
            self.value = rest;
            self.parts.utc = true;
            return Ok(());
        }
        let sign = match self.take(1)? {
            b"+" => 1,
            b"-" => -1,
            _ => return Err(Problem::Mismatch),
        };
        let mut seconds = 0;
        let parts = [
            (true, 3_600, 24, "time zone offset hour"),
            (style.minutes, 60, 60, "time zone offset minute"),
            (style.seconds, 1, 60, "time zone offset second"),
        ];
        for (at, (wanted, unit, largest, what)) in parts.into_iter().enumerate() {
            if !wanted {
                break;
            }
            if at > 0 && style.colons && self.take(1)? != b":" {
                return Err(Problem::Mismatch);
            }
            let number = self.digits(2)?;
            if number > largest {
                return Err(Problem::Range(what));
            }
            seconds += number * unit;
        }
        self.parts.offset = Some(sign * seconds);
        Ok(())
    }

    fn zone_name(&mut self) -> Step<()> {
        if let Some(rest) = self.value.strip_prefix(b"UTC") {
            self.value = rest;
            self.parts.utc = true;
            return Ok(());
        }
        let size = zone_name_size(self.value).ok_or(Problem::Mismatch)?;
        self.parts.zone_name = String::from_utf8_lossy(self.take(size)?).into_owned();
        Ok(())
    }
}

trait TrimSpaces {
    fn trim_ascii_start_matches(&self) -> &Self;
}

impl TrimSpaces for [u8] {
    fn trim_ascii_start_matches(&self) -> &Self {
        let spaces = self.iter().take_while(|byte| **byte == b' ').count();
        &self[spaces..]
    }
}

fn decimal(digits: &[u8]) -> i64 {
    digits
        .iter()
        .fold(0, |number, digit| number * 10 + i64::from(digit - b'0'))
}

/// Bytes of the abbreviation of a zone at the start of a text: three to five capital letters, `GMT+3`, `+03`.
fn zone_name_size(text: &[u8]) -> Option<usize> {
    match text {
        [b'C' | b'M', b'h' | b'e', b'S', b'T', ..] if text.starts_with(b"ChST") || text.starts_with(b"MeST") => Some(4),
        [b'G', b'M', b'T', rest @ ..] => Some(3 + signed_offset_size(rest)),
        [b'+' | b'-', _, _, ..] => Some(signed_offset_size(text)).filter(|size| *size > 0),
        _ if text.len() < 3 => None,
        _ => {
            let upper = text.iter().take(6).take_while(|byte| byte.is_ascii_uppercase()).count();
            match upper {
                3 => Some(3),
                4 if text[3] == b'T' || text.starts_with(b"WITA") => Some(4),
                5 if text[4] == b'T' => Some(5),
                _ => None,
            }
        }
    }
}

fn signed_offset_size(text: &[u8]) -> usize {
    if !matches!(text.first(), Some(b'+' | b'-')) {
        return 0;
    }
    let digits = text[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    match digits {
        0 => 0,
        digits if digits > 10 || decimal(&text[1..=digits]) > 23 => 0,
        digits => 1 + digits,
    }
}

impl Parts {
    fn time(mut self, local: &Zone) -> Result<Time, &'static str> {
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
