//! Extensions of certificates and lists (RFC 5280 §4.2, §5.2).

use super::general_name::{dns_name, uri_name};
use super::{AlternativeNames, Extension, ObjectIdentifier, X509Error, der_of, oid};
use x509_cert::der::asn1::{BitString, OctetString, Uint};
use x509_cert::ext::pkix::constraints::name::GeneralSubtree;
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{AccessDescription, AuthorityKeyIdentifier, NameConstraints};

pub(super) const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
pub(super) const SUBJECT_ALTERNATIVE_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
const EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");
const SUBJECT_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.14");
const AUTHORITY_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");
const AUTHORITY_INFORMATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.1");
pub(super) const POLICIES: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32");
const NAME_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.30");
const DISTRIBUTION_POINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.31");
const FRESHEST_LIST: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.46");
const LIST_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.20");
const DELTA_INDICATOR: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.27");
const OCSP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1");
const ISSUERS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.2");

/// The extensions of certificates that are known here, in the order in which they are written.
pub(super) const POSITIONS: [ObjectIdentifier; 10] = [
    KEY_USAGE,
    EXTENDED_KEY_USAGE,
    BASIC_CONSTRAINTS,
    SUBJECT_KEY,
    AUTHORITY_KEY,
    AUTHORITY_INFORMATION,
    SUBJECT_ALTERNATIVE_NAME,
    POLICIES,
    NAME_CONSTRAINTS,
    DISTRIBUTION_POINTS,
];

/// Whether an extension tells of the issuer, so that another issuer has another one.
pub(super) fn is_issuers(id: ObjectIdentifier) -> bool {
    [AUTHORITY_KEY, AUTHORITY_INFORMATION, DISTRIBUTION_POINTS].contains(&id)
}

/// Extensions of lists that are made here and cannot be given.
pub(crate) const RESERVED: [(&str, ObjectIdentifier); 3] = [
    ("authority key", AUTHORITY_KEY),
    ("crl number", LIST_NUMBER),
    ("delta crl", DELTA_INDICATOR),
];

/// Whether a certificate is an authority's, and how many others may follow below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BasicConstraints {
    pub(crate) authority: bool,
    pub(crate) path_length: Option<u8>,
}

/// What a key may be used for: bit 0 of the set is bit 0 of the extension.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyUsage(u16);

/// Usages by the names of the API, in the order of their bits.
const USAGES: [&str; 9] = [
    "digitalsignature",
    "contentcommitment",
    "keyencipherment",
    "dataencipherment",
    "keyagreement",
    "certsign",
    "crlsign",
    "encipheronly",
    "decipheronly",
];

/// Extended usages by the names of the API, in the order in which certificates hold them.
const EXTENDED_USAGES: [(&str, &str); 12] = [
    ("any", "2.5.29.37.0"),
    ("serverauth", "1.3.6.1.5.5.7.3.1"),
    ("clientauth", "1.3.6.1.5.5.7.3.2"),
    ("codesigning", "1.3.6.1.5.5.7.3.3"),
    ("emailprotection", "1.3.6.1.5.5.7.3.4"),
    ("ipsecendsystem", "1.3.6.1.5.5.7.3.5"),
    ("ipsectunnel", "1.3.6.1.5.5.7.3.6"),
    ("ipsecuser", "1.3.6.1.5.5.7.3.7"),
    ("timestamping", "1.3.6.1.5.5.7.3.8"),
    ("ocspsigning", "1.3.6.1.5.5.7.3.9"),
    ("microsoftservergatedcrypto", "1.3.6.1.4.1.311.10.3.3"),
    ("netscapeservergatedcrypto", "2.16.840.1.113730.4.1"),
];

impl KeyUsage {
    /// Usages by name; unknown names are left out.
    pub(crate) fn named<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        let bit = |name: &str| {
            let name = name.trim().to_lowercase();
            USAGES.iter().position(|known| *known == name)
        };
        Self(names.filter_map(bit).fold(0, |bits, at| bits | 1 << at))
    }

    fn extension(self) -> Result<Option<Extension>, X509Error> {
        if self.0 == 0 {
            return Ok(None);
        }
        // The extension's first bit is the highest of its first byte, and zeros at its end are left out.
        let bytes = self.0.reverse_bits().to_be_bytes();
        let used = if bytes[1] == 0 { &bytes[..1] } else { &bytes[..] };
        let unused = used.last().map_or(0, |last| last.trailing_zeros());
        let bits = BitString::new(u8::try_from(unused).unwrap_or_default(), used);
        let bits = bits.map_err(|_| X509Error::Write("a key usage".to_owned()))?;
        extension(KEY_USAGE, true, der_of(&bits, "a key usage")?).map(Some)
    }
}

/// The object identifiers of extended usages by name, in the order in which certificates hold them; unknown names are
/// left out.
pub(crate) fn extended_key_usage<'n>(names: impl Iterator<Item = &'n str>) -> Vec<ObjectIdentifier> {
    let names: Vec<String> = names.map(|name| name.trim().to_lowercase()).collect();
    let meant = EXTENDED_USAGES
        .iter()
        .filter(|(name, _)| names.iter().any(|asked| asked == name));
    meant.filter_map(|(_, text)| oid(text)).collect()
}

/// An extension of these bytes.
pub(crate) fn extension(id: ObjectIdentifier, critical: bool, value: Vec<u8>) -> Result<Extension, X509Error> {
    Ok(Extension {
        extn_id: id,
        critical,
        extn_value: OctetString::new(value).map_err(|_| X509Error::Write(format!("the extension {id}")))?,
    })
}

pub(super) fn key_usage(usage: KeyUsage) -> Result<Option<Extension>, X509Error> {
    usage.extension()
}

pub(super) fn extended(usages: &Vec<ObjectIdentifier>) -> Result<Option<Extension>, X509Error> {
    if usages.is_empty() {
        return Ok(None);
    }
    extension(EXTENDED_KEY_USAGE, false, der_of(usages, "an extended key usage")?).map(Some)
}

pub(super) fn basic_constraints(constraints: BasicConstraints) -> Result<Extension, X509Error> {
    let content = x509_cert::ext::pkix::BasicConstraints {
        ca: constraints.authority,
        path_len_constraint: constraints.path_length,
    };
    extension(BASIC_CONSTRAINTS, true, der_of(&content, "basic constraints")?)
}

pub(super) fn subject_key(identifier: &[u8]) -> Result<Extension, X509Error> {
    let what = "a key identifier";
    let content = OctetString::new(identifier).map_err(|_| X509Error::Write(what.to_owned()))?;
    extension(SUBJECT_KEY, false, der_of(&content, what)?)
}

pub(super) fn authority_key(identifier: &[u8]) -> Result<Option<Extension>, X509Error> {
    if identifier.is_empty() {
        return Ok(None);
    }
    let what = "a key identifier";
    let content = AuthorityKeyIdentifier {
        key_identifier: Some(OctetString::new(identifier).map_err(|_| X509Error::Write(what.to_owned()))?),
        ..AuthorityKeyIdentifier::default()
    };
    extension(AUTHORITY_KEY, false, der_of(&content, what)?).map(Some)
}

/// Where the responder and the issuer's certificate are found.
pub(super) fn authority_information(ocsp: &[String], issuers: &[String]) -> Result<Option<Extension>, X509Error> {
    let methods = ocsp
        .iter()
        .map(|url| (OCSP, url))
        .chain(issuers.iter().map(|url| (ISSUERS, url)));
    let places = methods.map(|(access_method, url)| {
        Ok(AccessDescription {
            access_method,
            access_location: uri_name(url)?,
        })
    });
    let places = places.collect::<Result<Vec<_>, X509Error>>()?;
    if places.is_empty() {
        return Ok(None);
    }
    extension(AUTHORITY_INFORMATION, false, der_of(&places, "authority information")?).map(Some)
}

pub(super) fn alternative_names(names: &AlternativeNames, critical: bool) -> Result<Option<Extension>, X509Error> {
    if names.is_empty() {
        return Ok(None);
    }
    let content = der_of(&names.general_names()?, "alternative names")?;
    extension(SUBJECT_ALTERNATIVE_NAME, critical, content).map(Some)
}

/// The only domains for which certificates below are good.
pub(super) fn permitted_domains(domains: &[String]) -> Result<Option<Extension>, X509Error> {
    if domains.is_empty() {
        return Ok(None);
    }
    let subtree = |domain: &String| {
        Ok(GeneralSubtree {
            base: dns_name(domain)?,
            minimum: 0,
            maximum: None,
        })
    };
    let content = NameConstraints {
        permitted_subtrees: Some(domains.iter().map(subtree).collect::<Result<_, X509Error>>()?),
        excluded_subtrees: None,
    };
    extension(NAME_CONSTRAINTS, true, der_of(&content, "name constraints")?).map(Some)
}

pub(super) fn distribution_points(urls: &[String]) -> Result<Option<Extension>, X509Error> {
    points(DISTRIBUTION_POINTS, urls)
}

/// Where lists of changes are found.
pub(super) fn freshest_list(urls: &[String]) -> Result<Option<Extension>, X509Error> {
    points(FRESHEST_LIST, urls)
}

fn points(id: ObjectIdentifier, urls: &[String]) -> Result<Option<Extension>, X509Error> {
    if urls.is_empty() {
        return Ok(None);
    }
    let point = |url: &String| {
        let place: GeneralName = uri_name(url)?;
        Ok(DistributionPoint {
            distribution_point: Some(DistributionPointName::FullName(vec![place])),
            reasons: None,
            crl_issuer: None,
        })
    };
    let points = urls.iter().map(point).collect::<Result<Vec<_>, X509Error>>()?;
    extension(id, false, der_of(&points, "distribution points")?).map(Some)
}

pub(super) fn list_number(number: u64) -> Result<Extension, X509Error> {
    counted(LIST_NUMBER, false, number)
}

/// Which complete list a list of changes adds to.
pub(super) fn delta_indicator(base: u64) -> Result<Extension, X509Error> {
    counted(DELTA_INDICATOR, true, base)
}

fn counted(id: ObjectIdentifier, critical: bool, number: u64) -> Result<Extension, X509Error> {
    let wrong = |_| X509Error::Write(format!("the number {number}"));
    let content = Uint::new(&number.to_be_bytes()).map_err(wrong)?;
    extension(id, critical, der_of(&content, "a number")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_usages_leave_out_zeros_at_their_end() {
        let bytes = |names: &[&str]| {
            let usage = KeyUsage::named(names.iter().copied());
            usage.extension().unwrap().map(|it| it.extn_value.as_bytes().to_vec())
        };
        assert_eq!(
            bytes(&["DigitalSignature", " KeyEncipherment", "x"]),
            Some(vec![3, 2, 5, 0xa0])
        );
        assert_eq!(bytes(&["DecipherOnly"]), Some(vec![3, 3, 7, 0, 0x80]));
        assert_eq!(bytes(&["CertSign", "CRLSign"]), Some(vec![3, 2, 1, 6]));
        assert_eq!(bytes(&["none"]), None);
    }
}
