//! Go's `time.ParseInLocation`.

mod numbers;
mod parts;
mod problem;
mod zones;

use super::calendar::{MONTHS, WEEKDAYS};
use super::layout::{self, Element};
use super::{Time, Zone};
use numbers::decimal;
use parts::Parts;
use problem::{Problem, complaint, mismatch};

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
        text.extend(problem::quote(reader.value));
        return Err(text);
    }
    reader.parts.time(local).map_err(|what| complaint(value, what))
}

struct Reader<'v> {
    value: &'v [u8],
    parts: Parts,
}

type Step<T> = Result<T, Problem>;

impl<'v> Reader<'v> {
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

    /// A separator and digits, so many characters in all; what is finer than nanoseconds is not looked at.
    fn fraction(&mut self, size: usize) -> Step<()> {
        let text = self.value.get(..size).ok_or(Problem::Mismatch)?;
        let ([b'.' | b',', digits @ ..], true) = (text, text.len() > 1) else {
            return Err(Problem::Mismatch);
        };
        let digits = &digits[..digits.len().min(9)];
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
}
