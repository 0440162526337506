//! As much of DER as it takes to find a certificate's validity, and whether it may sign others.

use std::time::Duration;

use rustls::pki_types::UnixTime;

const SEQUENCE: u8 = 0x30;
const BOOLEAN: u8 = 0x01;
const OCTETS: u8 = 0x04;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// The identifier of the extension that says whether a certificate may sign others.
const BASIC_CONSTRAINTS: [u8; 5] = [0x06, 0x03, 0x55, 0x1d, 0x13];

/// What can be told of an X.509 certificate without trusting it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// First valid second, since 1970.
    pub not_before: u64,
    /// Last valid second, since 1970.
    pub not_after: u64,
    /// It may sign other certificates.
    pub is_authority: bool,
}

impl Certificate {
    /// Reads the DER form; none when it is no certificate.
    #[must_use]
    pub fn read(der: &[u8]) -> Option<Self> {
        let (first, last) = validity(der)?;
        Some(Self {
            not_before: first.as_secs(),
            not_after: last.as_secs(),
            is_authority: is_authority(der).unwrap_or(false),
        })
    }
}

fn is_authority(der: &[u8]) -> Option<bool> {
    let length = BASIC_CONSTRAINTS.len();
    let at = der.windows(length).position(|window| window == BASIC_CONSTRAINTS)?;
    let (mut tag, mut value, rest) = element(der.get(at + length..)?)?;
    if tag == BOOLEAN {
        // The extension is critical, or says that it is not.
        (tag, value, _) = element(rest)?;
    }
    let (inner, constraints, _) = element(value)?;
    let (flag, authority, _) = element(constraints)?;
    Some(tag == OCTETS && inner == SEQUENCE && flag == BOOLEAN && authority != [0])
}

/// The first and the last moment a certificate is valid; `None` when it cannot be read.
pub(super) fn validity(certificate: &[u8]) -> Option<(UnixTime, UnixTime)> {
    let (_, certificate, _) = element(certificate)?;
    let (_, mut body, _) = element(certificate)?;
    if body.first() == Some(&VERSION) {
        body = element(body)?.2;
    }
    // Serial number, signature algorithm and issuer come first.
    for _ in 0..3 {
        body = element(body)?.2;
    }
    let (tag, validity, _) = element(body)?;
    let (first_tag, first, rest) = element(validity)?;
    let (last_tag, last, _) = element(rest)?;
    (tag == SEQUENCE).then_some((time(first_tag, first)?, time(last_tag, last)?))
}

/// Tag, contents and what follows.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        let digits = rest.get(..count).filter(|_| (1..=4).contains(&count))?;
        let length = digits
            .iter()
            .fold(0_usize, |length, byte| (length << 8) | usize::from(*byte));
        (length, rest.get(count..)?)
    };
    Some((tag, rest.get(..length)?, rest.get(length..)?))
}

/// `YYMMDDhhmmssZ` or `YYYYMMDDhhmmssZ`.
fn time(tag: u8, text: &[u8]) -> Option<UnixTime> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let (year, rest) = match tag {
        UTC_TIME => {
            let year: i64 = text.get(..2)?.parse().ok()?;
            (if year < 50 { 2000 + year } else { 1900 + year }, text.get(2..)?)
        }
        GENERALIZED_TIME => (text.get(..4)?.parse().ok()?, text.get(4..)?),
        _ => return None,
    };
    let part = |index: usize| rest.get(index * 2..index * 2 + 2)?.parse::<i64>().ok();
    let days = days_since_1970(year, part(0)?, part(1)?);
    let seconds = days * 86_400 + part(2)? * 3_600 + part(3)? * 60 + part(4)?;
    Some(UnixTime::since_unix_epoch(Duration::from_secs(
        u64::try_from(seconds).ok()?,
    )))
}

/// Days from 1970-01-01 in the Gregorian calendar, counting years from March so that a leap day comes last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days_of_years = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let days_of_months = (153 * month + 2) / 5;
    days_of_years + days_of_months + day - 719_469
}

#[cfg(test)]
mod tests {
    use super::{Certificate, GENERALIZED_TIME, UTC_TIME, days_since_1970, time, validity};

    #[test]
    fn counts_days() {
        assert_eq!(days_since_1970(1970, 1, 1), 0);
        assert_eq!(days_since_1970(2000, 3, 1), 11_017);
        assert_eq!(days_since_1970(2024, 2, 29), 19_782);
        assert_eq!(days_since_1970(2100, 3, 1), 47_541);
    }

    #[test]
    fn reads_both_forms_of_time() {
        assert_eq!(time(UTC_TIME, b"700101000001Z").unwrap().as_secs(), 1);
        assert_eq!(
            time(GENERALIZED_TIME, b"20240229120000Z").unwrap().as_secs(),
            19_782 * 86_400 + 43_200
        );
        assert!(time(UTC_TIME, b"7001010000").is_none());
    }

    #[test]
    fn tells_authorities_from_others() {
        let is_authority = |constraints| {
            let mut parameters = rcgen::CertificateParams::new(vec!["vault.example".to_owned()]).unwrap();
            parameters.is_ca = constraints;
            let certificate = parameters.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
            Certificate::read(certificate.der()).unwrap().is_authority
        };
        assert!(is_authority(rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained)));
        assert!(is_authority(rcgen::IsCa::Ca(rcgen::BasicConstraints::Constrained(0))));
        assert!(!is_authority(rcgen::IsCa::ExplicitNoCa));
        assert!(!is_authority(rcgen::IsCa::NoCa));
    }

    #[test]
    fn reads_the_validity_of_a_certificate() {
        let mut parameters = rcgen::CertificateParams::new(vec!["vault.example".to_owned()]).unwrap();
        parameters.not_before = rcgen::date_time_ymd(2001, 9, 9);
        parameters.not_after = rcgen::date_time_ymd(2060, 1, 2);
        let certificate = parameters.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
        let (first, last) = validity(certificate.der()).unwrap();
        assert_eq!(first.as_secs(), 11_574 * 86_400);
        assert_eq!(last.as_secs(), 32_873 * 86_400);
        for end in 0..certificate.der().len().min(120) {
            assert!(validity(&certificate.der()[..end]).is_none());
        }
    }
}
