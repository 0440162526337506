//! Moments in RFC 3339, read as strictly as Go reads them, and refused in its words.

use jiff::Timestamp;

/// The parts of a moment: what Go calls them, how many digits they have, and the most they may be.
const PARTS: [(&str, usize, u32, &str); 6] = [
    ("2006", 4, 9999, "year"),
    ("01", 2, 12, "month"),
    ("02", 2, 31, "day"),
    ("15", 2, 23, "hour"),
    ("04", 2, 59, "minute"),
    ("05", 2, 59, "second"),
];
/// What stands after each part.
const SEPARATORS: [&str; 5] = ["-", "-", "T", ":", ":"];
const LAYOUT: &str = "2006-01-02T15:04:05Z07:00";

/// A moment.
///
/// # Errors
/// What is wrong with the text, as Go says it.
pub(super) fn parse(text: &str) -> Result<Timestamp, String> {
    let failed = |rest: &str, element: &str| {
        format!("parsing time {text:?} as {LAYOUT:?}: cannot parse {rest:?} as {element:?}")
    };
    let out_of_range = |what: &str| format!("parsing time {text:?}: {what} out of range");
    let mut rest = text;
    for (index, (element, digits, most, what)) in PARTS.into_iter().enumerate() {
        let (part, after) = rest.split_at_checked(digits).ok_or_else(|| failed(rest, element))?;
        let number: u32 = match part.bytes().all(|byte| byte.is_ascii_digit()) {
            true => part.parse().map_err(|_| failed(rest, element))?,
            false => return Err(failed(rest, element)),
        };
        if number > most || number == 0 && matches!(what, "month" | "day") {
            return Err(out_of_range(what));
        }
        rest = after;
        if let Some(separator) = SEPARATORS.get(index) {
            rest = rest.strip_prefix(separator).ok_or_else(|| failed(rest, separator))?;
        }
    }
    let fraction = rest.strip_prefix(['.', ',']).unwrap_or_default();
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    let zone = if digits > 0 { &fraction[digits..] } else { rest };
    let offset = zone.as_bytes();
    let good = match offset {
        [b'Z', ..] => 1,
        [b'+' | b'-', a, b, b':', c, d, ..] if [a, b, c, d].iter().all(|byte| byte.is_ascii_digit()) => 6,
        _ => return Err(failed(zone, "Z07:00")),
    };
    if offset.len() > good {
        return Err(format!("parsing time {text:?}: extra text: {:?}", &zone[good..]));
    }
    text.replace(',', ".").parse().map_err(|_| out_of_range("day"))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn moments_are_read_and_refused_as_go_does() {
        assert!(parse("2030-01-01T00:00:00Z").is_ok());
        assert!(parse("2030-01-01T00:00:00.5+02:00").is_ok());
        let head = "parsing time \"2030\" as \"2006-01-02T15:04:05Z07:00\"";
        assert_eq!(parse("2030"), Err(format!("{head}: cannot parse \"\" as \"-\"")));
        let head = "parsing time \"x\" as \"2006-01-02T15:04:05Z07:00\"";
        assert_eq!(parse("x"), Err(format!("{head}: cannot parse \"x\" as \"2006\"")));
        let text = "2030-13-01T00:00:00Z";
        assert_eq!(parse(text), Err(format!("parsing time {text:?}: month out of range")));
        let text = "2030-02-30T00:00:00Z";
        assert_eq!(parse(text), Err(format!("parsing time {text:?}: day out of range")));
        let text = "2030-01-01T00:00:00Zx";
        assert_eq!(parse(text), Err(format!("parsing time {text:?}: extra text: \"x\"")));
    }
}
