//! Repetition: `*`, `+`, `?` and counts.

use super::{Atom, Parser, error};

const MAX_REPEAT: u64 = 1000;

impl<'e> Parser<'e> {
    /// A count in braces; what has another form is the character itself. Tells which of the two it was.
    pub(super) fn counted(&mut self, before: &'e [u8], last_repeat: Option<&'e [u8]>) -> Result<bool, Vec<u8>> {
        let Some((min, max, after)) = counts(before) else {
            self.rest = &before[1..];
            self.literal(u32::from('{'));
            return Ok(false);
        };
        if min.is_none_or(|min| min > MAX_REPEAT || max.is_some_and(|max| max > MAX_REPEAT || min > max)) {
            return Err(error("invalid repeat count", &before[..before.len() - after.len()]));
        }
        self.rest = after;
        self.repeat(before, last_repeat, Some((min.unwrap_or(0), max)))?;
        Ok(true)
    }

    /// Applies `*`, `+`, `?` or counts to what comes before it. `rest` is already behind the operator.
    pub(super) fn repeat(
        &mut self,
        before: &'e [u8],
        last_repeat: Option<&'e [u8]>,
        counts: Option<(u64, Option<u64>)>,
    ) -> Result<(), Vec<u8>> {
        if self.rest.first() == Some(&b'?') {
            self.rest = &self.rest[1..];
        }
        let operator = &before[..before.len() - self.rest.len()];
        if let Some(last) = last_repeat {
            return Err(error(
                "invalid nested repetition operator",
                &last[..last.len() - self.rest.len()],
            ));
        }
        let Some(atom) = self.group().atom else {
            return Err(error("missing argument to repetition operator", operator));
        };
        let factor = match counts {
            None | Some((_, Some(0))) => 1,
            Some((min, None)) => min.max(1),
            Some((_, Some(max))) => max,
        };
        let weight = match counts {
            Some((_, Some(0))) => 1,
            _ => atom.weight.saturating_mul(factor),
        };
        if weight > MAX_REPEAT && factor >= 2 {
            return Err(error("invalid repeat count", operator));
        }
        self.out.insert_str(atom.end, &String::from_utf8_lossy(operator));
        let group = self.group();
        group.atom = Some(Atom {
            end: atom.end + operator.len(),
            weight,
        });
        group.weight = group.weight.max(weight);
        Ok(())
    }
}

/// `{n}`, `{n,}` or `{n,m}` and what follows; none if it is not of that form. A count that is far too large is none.
type Counts<'e> = (Option<u64>, Option<u64>, &'e [u8]);

fn counts(text: &[u8]) -> Option<Counts<'_>> {
    let (min, rest) = count(&text[1..])?;
    let (min, max, rest) = match rest.split_first()? {
        (b',', [b'}', ..]) => (min, None, &rest[1..]),
        (b',', after) => {
            let (max, rest) = count(after)?;
            (max.and(min), max, rest)
        }
        _ => (min, min, rest),
    };
    match rest.split_first()? {
        (b'}', after) => Some((min, max, after)),
        _ => None,
    }
}

fn count(text: &[u8]) -> Option<(Option<u64>, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 || (digits > 1 && text[0] == b'0') {
        return None;
    }
    let number = std::str::from_utf8(&text[..digits])
        .ok()?
        .parse()
        .ok()
        .filter(|number| *number < 1_000_000_000);
    Some((number, &text[digits..]))
}
