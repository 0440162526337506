//! DER: tags, lengths and the few types that keys and certificates are made of.

use zeroize::Zeroizing;

/// Universal and context-specific tags, as they are encoded.
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const OID: u8 = 0x06;
    pub(crate) const UTF8_STRING: u8 = 0x0c;
    pub(crate) const PRINTABLE_STRING: u8 = 0x13;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;

    /// `[n]`, primitive.
    pub(crate) const fn context(number: u8) -> u8 {
        0x80 | number
    }

    /// `[n]`, constructed.
    pub(crate) const fn constructed(number: u8) -> u8 {
        0xa0 | number
    }
}

/// `NULL`.
pub(crate) const NULL: [u8; 2] = [0x05, 0];

/// One element. The buffer wipes itself, for it may hold a key.
pub(crate) fn element(tag: u8, content: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(content.len() + 6));
    out.push(tag);
    let length = content.len();
    if length < 0x80 {
        out.extend(u8::try_from(length));
    } else {
        let bytes = length.to_be_bytes();
        let used = &bytes[(length.leading_zeros() / 8) as usize..];
        out.extend(u8::try_from(used.len()).map(|count| 0x80 | count));
        out.extend_from_slice(used);
    }
    out.extend_from_slice(content);
    out
}

/// A constructed element of other elements.
pub(crate) fn group(tag: u8, parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    element(tag, &Zeroizing::new(parts.concat()))
}

/// `SEQUENCE { parts }`.
pub(crate) fn sequence(parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    group(tag::SEQUENCE, parts)
}

/// A whole number that is not negative, from its bytes, most significant first.
pub(crate) fn unsigned(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    match &bytes[zeros..] {
        [] => element(tag::INTEGER, &[0]),
        significant if significant[0] >= 0x80 => group_of_sign(significant),
        significant => element(tag::INTEGER, significant),
    }
}

fn group_of_sign(significant: &[u8]) -> Zeroizing<Vec<u8>> {
    group(tag::INTEGER, &[&[0], significant])
}

/// A bit string of whole bytes.
pub(crate) fn bit_string(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    group(tag::BIT_STRING, &[&[0], bytes])
}

/// Elements one after the other.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'d>(&'d [u8]);

impl<'d> Reader<'d> {
    pub(crate) fn new(bytes: &'d [u8]) -> Self {
        Reader(bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next tag, if there is an element.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The next element if it has that tag: all of it, and its content.
    pub(crate) fn whole(&mut self, tag: u8) -> Option<(&'d [u8], &'d [u8])> {
        let (found, header, length) = header(self.0).ok()?;
        let end = header.checked_add(length)?;
        if found != tag || end > self.0.len() {
            return None;
        }
        let (element, rest) = self.0.split_at(end);
        self.0 = rest;
        Some((element, &element[header..]))
    }

    /// The content of the next element if it has that tag.
    pub(crate) fn content(&mut self, tag: u8) -> Option<&'d [u8]> {
        self.whole(tag).map(|(_, content)| content)
    }

    /// What is inside the next element if it has that tag.
    pub(crate) fn inside(&mut self, tag: u8) -> Option<Reader<'d>> {
        self.content(tag).map(Reader)
    }

    /// As [`Reader::content`], for an element that may be left out.
    pub(crate) fn optional(&mut self, tag: u8) -> Option<Option<&'d [u8]>> {
        match self.peek() == Some(tag) {
            true => self.content(tag).map(Some),
            false => Some(None),
        }
    }

    /// The next element if it is a whole number in its shortest form.
    pub(crate) fn integer(&mut self) -> Option<&'d [u8]> {
        self.content(tag::INTEGER).filter(|digits| match digits {
            [] => false,
            [0, next, ..] => *next >= 0x80,
            [0xff, next, ..] => *next < 0x80,
            _ => true,
        })
    }

    /// The next element if it is a bit string of whole bytes.
    pub(crate) fn bits(&mut self) -> Option<&'d [u8]> {
        self.content(tag::BIT_STRING)?.strip_prefix(&[0])
    }
}

/// Tag, length of the header and length of the content. Fails with the words of Go's `encoding/asn1`.
fn header(bytes: &[u8]) -> Result<(u8, usize, usize), &'static str> {
    let (tag, rest) = bytes.split_first().ok_or("sequence truncated")?;
    if tag & 0x1f == 0x1f {
        return Err("non-minimal tag");
    }
    let (first, rest) = rest.split_first().ok_or("truncated tag or length")?;
    let count = usize::from(first & 0x7f);
    if *first < 0x80 {
        return Ok((*tag, 2, count));
    }
    if count == 0 {
        return Err("indefinite length found (not DER)");
    }
    let digits = rest.get(..count).ok_or("truncated tag or length")?;
    if digits.first() == Some(&0) {
        return Err("superfluous leading zeros in length");
    }
    let length = digits.iter().try_fold(0_usize, |length, digit| {
        let length = length.checked_mul(256).filter(|length| *length < 1 << 31);
        length.map(|length| length | usize::from(*digit))
    });
    match length {
        None => Err("length too large"),
        Some(length) if length < 0x80 => Err("non-minimal length"),
        Some(length) => Ok((*tag, 2 + count, length)),
    }
}

/// What Go's `asn1.Unmarshal` says about bytes that should have been a struct of the named Go type.
pub(crate) fn complaint(bytes: &[u8], wanted: &str) -> String {
    let (found, skipped, length) = match header(bytes) {
        Ok(header) => header,
        Err(problem) if problem.contains("length") && !problem.contains("truncated") && !problem.contains("found") => {
            return format!("asn1: structure error: {problem}");
        }
        Err(problem) => return format!("asn1: syntax error: {problem}"),
    };
    if found != tag::SEQUENCE {
        return format!(
            "asn1: structure error: tags don't match (16 vs {{class:{} tag:{} length:{length} isCompound:{}}}) \
             {{optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> \
             stringType:0 timeType:0 set:false omitEmpty:false}} {wanted} @{skipped}",
            found >> 6,
            found & 0x1f,
            found & 0x20 != 0
        );
    }
    match skipped.checked_add(length).is_some_and(|end| end <= bytes.len()) {
        true => "asn1: syntax error: sequence truncated".to_owned(),
        false => "asn1: syntax error: data truncated".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_of_any_length_are_read_back() {
        for length in [0, 1, 0x7f, 0x80, 0xff, 0x100, 70_000] {
            let content = vec![7; length];
            let bytes = element(tag::OCTET_STRING, &content);
            let mut reader = Reader::new(&bytes);
            assert_eq!(reader.content(tag::OCTET_STRING), Some(&content[..]), "{length}");
            assert!(reader.is_empty());
        }
    }

    #[test]
    fn numbers_have_their_shortest_form() {
        assert_eq!(unsigned(&[0, 0])[..], [2, 1, 0]);
        assert_eq!(unsigned(&[0, 0x80])[..], [2, 2, 0, 0x80]);
        assert_eq!(unsigned(&[0, 0x7f, 1])[..], [2, 2, 0x7f, 1]);
    }

    #[test]
    fn what_is_not_der_is_refused() {
        for bytes in [
            &[0x30][..],
            &[0x30, 0x80, 0],
            &[0x30, 0x81, 1, 0],
            &[0x30, 5, 1],
            &[0x30, 0x82, 0, 1],
        ] {
            assert!(Reader::new(bytes).content(tag::SEQUENCE).is_none(), "{bytes:?}");
        }
    }
}
