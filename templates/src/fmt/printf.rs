//! The directives of `printf`: Go's `doPrintf`.

use super::Formatter;
use super::state::Flags;
use super::values::Printer;
use crate::error::Limit;
use crate::unicode;
use crate::value::{Type, Value};

/// Largest width, precision or argument index.
const LARGEST: i64 = 1_000_000;

/// Reads one directive after the other.
struct Reader<'a, 'f> {
    format: &'a [u8],
    values: &'a [Value],
    formatter: Option<&'f mut dyn Formatter>,
    at: usize,
    /// The next argument.
    argument: usize,
    /// Whether an argument index was used anywhere, so that left-over arguments are no mistake.
    reordered: bool,
    /// Whether the indexes of the directive at hand are good.
    good_index: bool,
    /// Whether the last thing read was an index.
    after_index: bool,
}

/// Prints the values as the format says, or as a formatter does that stands in for each of them.
pub(super) fn run(
    printer: &mut Printer,
    format: &[u8],
    values: &[Value],
    formatter: Option<&mut dyn Formatter>,
) -> Result<(), Limit> {
    let mut reader = Reader {
        format,
        values,
        formatter,
        at: 0,
        argument: 0,
        reordered: false,
        good_index: true,
        after_index: false,
    };
    while reader.at < format.len() {
        let rest = &format[reader.at..];
        let text = rest.iter().position(|byte| *byte == b'%').unwrap_or(rest.len());
        printer.state.out.extend_from_slice(&rest[..text]);
        reader.at += text;
        if reader.at >= format.len() {
            break;
        }
        reader.at += 1;
        reader.directive(printer)?;
    }
    match reader.reordered {
        true => Ok(()),
        false => reader.extra(printer, values.get(reader.argument..).unwrap_or(&[])),
    }
}

impl Reader<'_, '_> {
    /// The mark for arguments that no directive took.
    fn extra(&mut self, printer: &mut Printer, values: &[Value]) -> Result<(), Limit> {
        if values.is_empty() {
            return Ok(());
        }
        printer.state.flags = Flags::default();
        printer.state.out.extend_from_slice(b"%!(EXTRA ");
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                printer.state.out.extend_from_slice(b", ");
            }
            let name = match (&self.formatter, value.type_of().filter(|of| *of != Type::Any)) {
                (Some(formatter), _) => formatter.type_name().to_owned(),
                (None, Some(of)) => of.to_string(),
                (None, None) => {
                    printer.state.out.extend_from_slice(b"<nil>");
                    continue;
                }
            };
            printer.state.out.extend_from_slice(name.as_bytes());
            printer.state.out.push(b'=');
            self.print(printer, value, u32::from(b'v'))?;
        }
        printer.state.out.push(b')');
        Ok(())
    }

    fn print(&mut self, printer: &mut Printer, value: &Value, verb: u32) -> Result<(), Limit> {
        let Some(formatter) = &mut self.formatter else {
            return printer.argument(value, verb);
        };
        if verb == u32::from(b'T') {
            printer.state.string(formatter.type_name().as_bytes());
        } else if verb == u32::from(b'v') {
            let flags = printer.state.flags;
            let text = formatter.show(value, flags.sharp_v, flags.plus_v)?;
            printer.state.out.extend_from_slice(&text);
        } else {
            return printer.argument(value, verb);
        }
        Ok(())
    }

    fn byte(&self) -> Option<u8> {
        self.format.get(self.at).copied()
    }

    fn directive(&mut self, printer: &mut Printer) -> Result<(), Limit> {
        self.good_index = true;
        let mut flags = Flags::default();
        while let Some(byte) = self.byte() {
            match byte {
                b'#' => flags.sharp = true,
                b'0' => flags.zero = true,
                b'+' => flags.plus = true,
                b'-' => flags.minus = true,
                b' ' => flags.space = true,
                _ => break,
            }
            self.at += 1;
        }
        if self.byte().is_some_and(|byte| byte.is_ascii_lowercase()) && self.argument < self.values.len() {
            return self.verb(printer, flags);
        }
        self.index();
        self.width(printer, &mut flags);
        if self.at + 1 < self.format.len() && self.byte() == Some(b'.') {
            self.precision(printer, &mut flags);
        }
        if !self.after_index {
            self.index();
        }
        self.verb(printer, flags)
    }

    fn width(&mut self, printer: &mut Printer, flags: &mut Flags) {
        if self.byte() != Some(b'*') {
            flags.width = self.number().and_then(|width| usize::try_from(width).ok());
            if self.after_index && flags.width.is_some() {
                self.good_index = false;
            }
            return;
        }
        self.at += 1;
        self.after_index = false;
        match self.integer_argument() {
            None => printer.state.out.extend_from_slice(b"%!(BADWIDTH)"),
            Some(width) => {
                if width < 0 {
                    flags.minus = true;
                    flags.zero = false;
                }
                flags.width = usize::try_from(width.unsigned_abs()).ok();
            }
        }
    }

    fn precision(&mut self, printer: &mut Printer, flags: &mut Flags) {
        self.at += 1;
        if self.after_index {
            self.good_index = false;
        }
        self.index();
        if self.byte() != Some(b'*') {
            flags.precision = self
                .number()
                .map_or(Some(0), |precision| usize::try_from(precision).ok());
            return;
        }
        self.at += 1;
        self.after_index = false;
        flags.precision = self
            .integer_argument()
            .and_then(|precision| usize::try_from(precision).ok());
        if flags.precision.is_none() {
            printer.state.out.extend_from_slice(b"%!(BADPREC)");
        }
    }

    fn verb(&mut self, printer: &mut Printer, mut flags: Flags) -> Result<(), Limit> {
        if self.at >= self.format.len() {
            printer.state.out.extend_from_slice(b"%!(NOVERB)");
            return Ok(());
        }
        let (verb, width) = unicode::decode(&self.format[self.at..]);
        self.at += width;
        if verb == u32::from(b'%') {
            printer.state.out.push(b'%');
            return Ok(());
        }
        let problem: &[u8] = match self.good_index {
            false => b"(BADINDEX)",
            true if self.argument >= self.values.len() => b"(MISSING)",
            true => b"",
        };
        if !problem.is_empty() {
            printer.state.out.extend_from_slice(b"%!");
            unicode::push(&mut printer.state.out, verb);
            printer.state.out.extend_from_slice(problem);
            return Ok(());
        }
        if verb == u32::from(b'v') || verb == u32::from(b'w') {
            flags.sharp_v = std::mem::take(&mut flags.sharp);
            flags.plus_v = std::mem::take(&mut flags.plus);
        }
        printer.state.flags = flags;
        let result = self.print(printer, &self.values[self.argument], verb);
        self.argument += 1;
        result
    }

    /// A decimal number, if one is here. One that is too large swallows the rest of the format, as in Go.
    fn number(&mut self) -> Option<i64> {
        let mut number = None;
        while let Some(digit) = self.byte().filter(u8::is_ascii_digit) {
            let so_far = number.unwrap_or(0);
            if so_far > LARGEST {
                self.at = self.format.len();
                return None;
            }
            number = Some(so_far * 10 + i64::from(digit - b'0'));
            self.at += 1;
        }
        number
    }

    /// The integer that a `*` stands for.
    fn integer_argument(&mut self) -> Option<i64> {
        let value = self.values.get(self.argument)?;
        self.argument += 1;
        if self.formatter.is_some() {
            return None;
        }
        let number = match value {
            Value::Int(_, number) => *number,
            Value::Uint(_, number) => i64::try_from(*number).ok()?,
            Value::Object(object) => match object.underlying()? {
                Value::Int(_, number) => number,
                _ => return None,
            },
            _ => return None,
        };
        (-LARGEST..=LARGEST).contains(&number).then_some(number)
    }

    /// An argument index such as `[2]`, if one is here.
    fn index(&mut self) {
        self.after_index = false;
        if self.byte() != Some(b'[') {
            return;
        }
        self.reordered = true;
        let rest = &self.format[self.at..];
        let Some(close) = rest.iter().position(|byte| *byte == b']').filter(|_| rest.len() >= 3) else {
            self.good_index = false;
            self.at += 1;
            return;
        };
        let digits = &rest[1..close];
        let number = std::str::from_utf8(digits)
            .ok()
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        let number = number
            .and_then(|digits| digits.parse::<usize>().ok())
            .filter(|number| *number <= 10_000_009);
        self.at += close + 1;
        self.after_index = number.is_some();
        match number.filter(|number| (1..=self.values.len()).contains(number)) {
            Some(number) => self.argument = number - 1,
            None => self.good_index = false,
        }
    }
}
