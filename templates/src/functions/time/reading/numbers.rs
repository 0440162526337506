//! Numbers, names and spaces in a time.

use super::{Problem, Reader, Step};

impl<'v> Reader<'v> {
    /// Reads literal text of a layout; any number of spaces stands for one. Fails with what is left.
    pub(super) fn skip(&mut self, prefix: &[u8]) -> Result<(), &'v [u8]> {
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

    pub(super) fn take(&mut self, count: usize) -> Step<&'v [u8]> {
        let taken = self.value.get(..count).ok_or(Problem::Mismatch)?;
        self.value = &self.value[count..];
        Ok(taken)
    }

    /// One or two digits, or exactly two.
    pub(super) fn number(&mut self, fixed: bool) -> Step<i64> {
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

    pub(super) fn number_below(&mut self, fixed: bool, end: i64, what: &'static str) -> Step<i64> {
        let number = self.number(fixed)?;
        if number >= end {
            Err(Problem::Range(what))
        } else {
            Ok(number)
        }
    }

    /// The position of the name, whole or by its first letters, that the value starts with.
    pub(super) fn lookup(&mut self, names: &[&str], size: Option<usize>) -> Step<i64> {
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

    /// A number of exactly so many characters, which start with a digit.
    pub(super) fn digits(&mut self, count: usize) -> Step<i64> {
        let digits = self
            .value
            .get(..count)
            .filter(|digits| digits.iter().all(u8::is_ascii_digit));
        let number = decimal(digits.ok_or(Problem::Mismatch)?);
        self.take(count)?;
        Ok(number)
    }

    pub(super) fn skip_spaces(&mut self, most: usize) {
        for _ in 0..most {
            self.value = self.value.strip_prefix(b" ").unwrap_or(self.value);
        }
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

pub(super) fn decimal(digits: &[u8]) -> i64 {
    digits
        .iter()
        .fold(0, |number, digit| number * 10 + i64::from(digit - b'0'))
}
