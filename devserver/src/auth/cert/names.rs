//! What a certificate says of itself: names, key ids and extensions.

use crate::random;
use x509_parser::der_parser::asn1_rs::{Any, FromDer, Tag};
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::X509Certificate;

/// The names in a certificate.
#[derive(Default)]
pub(super) struct Names {
    common: Vec<String>,
    dns: Vec<String>,
    email: Vec<String>,
    uri: Vec<String>,
    units: Vec<String>,
}

impl Names {
    pub(super) fn of(certificate: &X509Certificate<'_>) -> Self {
        let text =
            |attribute: &x509_parser::x509::AttributeTypeAndValue<'_>| attribute.as_str().ok().map(str::to_owned);
        let mut names = Self {
            common: vec![common_name(certificate)],
            units: certificate
                .subject()
                .iter_organizational_unit()
                .filter_map(text)
                .collect(),
            ..Self::default()
        };
        let alternative = certificate.subject_alternative_name().ok().flatten();
        for name in alternative.iter().flat_map(|extension| &extension.value.general_names) {
            match name {
                GeneralName::DNSName(name) => names.dns.push((*name).to_owned()),
                GeneralName::RFC822Name(name) => names.email.push((*name).to_owned()),
                GeneralName::URI(name) => names.uri.push((*name).to_owned()),
                _ => {}
            }
        }
        names
    }

    /// Those that a role's list of allowed names is about.
    pub(super) fn of_field(&self, field: &str) -> Vec<&String> {
        match field {
            "allowed_names" => self.common.iter().chain(&self.dns).chain(&self.email).collect(),
            "allowed_common_names" => self.common.iter().collect(),
            "allowed_dns_sans" => self.dns.iter().collect(),
            "allowed_email_sans" => self.email.iter().collect(),
            "allowed_uri_sans" => self.uri.iter().collect(),
            _ => self.units.iter().collect(),
        }
    }
}

pub(super) fn common_name(certificate: &X509Certificate<'_>) -> String {
    let name = certificate.subject().iter_common_name().next();
    name.and_then(|name| name.as_str().ok()).unwrap_or_default().to_owned()
}

/// The subject's or the issuer's key id in hexadecimal with colons; empty where there is none.
pub(super) fn key_id(certificate: &X509Certificate<'_>, of_subject: bool) -> String {
    let bytes = certificate
        .extensions()
        .iter()
        .find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(id) if of_subject => Some(id.0.to_vec()),
            ParsedExtension::AuthorityKeyIdentifier(id) if !of_subject => {
                id.key_identifier.as_ref().map(|id| id.0.to_vec())
            }
            _ => None,
        });
    let hex: Vec<String> = bytes
        .unwrap_or_default()
        .iter()
        .map(|byte| random::hex(&[*byte]))
        .collect();
    hex.join(":")
}

/// Kinds of text in ASN.1.
const TEXTS: [Tag; 5] = [
    Tag::Utf8String,
    Tag::NumericString,
    Tag::PrintableString,
    Tag::T61String,
    Tag::Ia5String,
];

/// The text of an extension with this object id, in dots; empty where it holds no text, `None` where there is none.
pub(super) fn extension_text(certificate: &X509Certificate<'_>, id: &str) -> Option<String> {
    let mut extensions = certificate.extensions().iter();
    let extension = extensions.find(|extension| extension.oid.to_id_string() == id)?;
    let value = Any::from_der(extension.value).ok().map(|(_, value)| value);
    let text = value.filter(|value| TEXTS.contains(&value.header.tag()));
    Some(text.map_or_else(String::new, |text| String::from_utf8_lossy(text.data).into_owned()))
}
