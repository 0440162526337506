//! Alternative names of a subject, of every kind that the API takes.

use super::{ObjectIdentifier, X509Error, oid};
use std::net::IpAddr;
use x509_cert::der::Tagged as _;
use x509_cert::der::asn1::{Any, Ia5String, OctetString, Utf8StringRef};
use x509_cert::ext::pkix::name::{GeneralName, OtherName};

/// Alternative names, each kind in the order in which it was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AlternativeNames {
    pub(crate) dns: Vec<String>,
    pub(crate) emails: Vec<String>,
    pub(crate) addresses: Vec<IpAddr>,
    pub(crate) uris: Vec<String>,
    /// Object identifiers and the texts under them.
    pub(crate) others: Vec<(String, String)>,
}

impl AlternativeNames {
    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The names as certificates hold them.
    pub(super) fn general_names(&self) -> Result<Vec<GeneralName>, X509Error> {
        let mut names = Vec::new();
        for (kind, value) in &self.others {
            names.push(other_name(kind, value)?);
        }
        for name in &self.dns {
            names.push(GeneralName::DnsName(ascii(name)?));
        }
        for email in &self.emails {
            names.push(GeneralName::Rfc822Name(ascii(email)?));
        }
        for address in &self.addresses {
            let bytes = match address.to_canonical() {
                IpAddr::V4(address) => address.octets().to_vec(),
                IpAddr::V6(address) => address.octets().to_vec(),
            };
            let bytes = OctetString::new(bytes).map_err(|_| X509Error::Write(address.to_string()))?;
            names.push(GeneralName::IpAddress(bytes));
        }
        for uri in &self.uris {
            names.push(uri_name(uri)?);
        }
        Ok(names)
    }

    /// Takes a name in; kinds that nobody asks for are left out.
    pub(super) fn take(&mut self, name: &GeneralName) {
        match name {
            GeneralName::DnsName(text) => self.dns.push(text.to_string()),
            GeneralName::Rfc822Name(text) => self.emails.push(text.to_string()),
            GeneralName::UniformResourceIdentifier(text) => self.uris.push(text.to_string()),
            GeneralName::IpAddress(bytes) => self.addresses.extend(address(bytes.as_bytes())),
            GeneralName::OtherName(other) if other.value.tag() == x509_cert::der::Tag::Utf8String => {
                let value = String::from_utf8_lossy(other.value.value()).into_owned();
                self.others.push((other.type_id.to_string(), value));
            }
            _ => {}
        }
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let short = || <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from);
    let long = || <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from);
    short().or_else(long)
}

fn ascii(text: &str) -> Result<Ia5String, X509Error> {
    Ia5String::new(text).map_err(|_| X509Error::Write(format!("the name {text:?}")))
}

/// A URI as a general name.
pub(super) fn uri_name(uri: &str) -> Result<GeneralName, X509Error> {
    Ok(GeneralName::UniformResourceIdentifier(ascii(uri)?))
}

/// A name of the domain system as a general name.
pub(super) fn dns_name(name: &str) -> Result<GeneralName, X509Error> {
    Ok(GeneralName::DnsName(ascii(name)?))
}

fn other_name(kind: &str, value: &str) -> Result<GeneralName, X509Error> {
    let wrong = || X509Error::Write(format!("the name {kind};UTF8:{value}"));
    let type_id: ObjectIdentifier = oid(kind).ok_or_else(wrong)?;
    let text = Utf8StringRef::new(value).map_err(|_| wrong())?;
    Ok(GeneralName::OtherName(OtherName {
        type_id,
        value: Any::from(text),
    }))
}
