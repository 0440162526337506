//! Distinguished names: built from a subject's parts, taken apart, and shown.

use super::{ObjectIdentifier, X509Error};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::der::asn1::{Any, PrintableStringRef, SetOfVec, Utf8StringRef};
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};

const fn known(oid: &'static str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(oid)
}

const COMMON_NAME: ObjectIdentifier = known("2.5.4.3");
const SERIAL_NUMBER: ObjectIdentifier = known("2.5.4.5");
const USER_ID: ObjectIdentifier = known("0.9.2342.19200300.100.1.1");

/// Attributes with many values, by the names of the API's fields, in the order in which names hold them.
const LISTS: [(&str, ObjectIdentifier); 7] = [
    ("country", known("2.5.4.6")),
    ("province", known("2.5.4.8")),
    ("locality", known("2.5.4.7")),
    ("street_address", known("2.5.4.9")),
    ("postal_code", known("2.5.4.17")),
    ("organization", known("2.5.4.10")),
    ("ou", known("2.5.4.11")),
];

/// Attributes by the names under which they are shown.
const SHOWN: [(ObjectIdentifier, &str); 10] = [
    (known("2.5.4.6"), "C"),
    (known("2.5.4.10"), "O"),
    (known("2.5.4.11"), "OU"),
    (COMMON_NAME, "CN"),
    (SERIAL_NUMBER, "SERIALNUMBER"),
    (known("2.5.4.7"), "L"),
    (known("2.5.4.8"), "ST"),
    (known("2.5.4.9"), "STREET"),
    (known("2.5.4.17"), "POSTALCODE"),
    (USER_ID, "UID"),
];

/// The parts of a subject.
#[derive(Clone, Debug, Default)]
pub(crate) struct NameParts {
    /// Values by the names of the API's fields: `country`, `organization`, `ou`, …
    pub(crate) lists: Vec<(&'static str, Vec<String>)>,
    pub(crate) common_name: String,
    pub(crate) serial_number: String,
    pub(crate) user_ids: Vec<String>,
}

impl NameParts {
    /// The name that these parts make.
    pub(crate) fn name(&self) -> Result<Name, X509Error> {
        let mut sequence = Vec::new();
        for (field, oid) in LISTS {
            let values = self.lists.iter().find(|(name, _)| *name == field);
            let values = values.map(|(_, values)| values.as_slice()).unwrap_or_default();
            if !values.is_empty() {
                sequence.push(relative(oid, values)?);
            }
        }
        for (oid, value) in [(COMMON_NAME, &self.common_name), (SERIAL_NUMBER, &self.serial_number)] {
            if !value.is_empty() {
                sequence.push(relative(oid, std::slice::from_ref(value))?);
            }
        }
        for user in &self.user_ids {
            sequence.push(relative(USER_ID, std::slice::from_ref(user))?);
        }
        Ok(RdnSequence(sequence))
    }
}

fn relative(oid: ObjectIdentifier, values: &[String]) -> Result<RelativeDistinguishedName, X509Error> {
    let mut set = SetOfVec::new();
    for value in values {
        let wrong = |_| X509Error::Write(format!("the name {value:?}"));
        let attribute = AttributeTypeAndValue {
            oid,
            value: text(value).map_err(wrong)?,
        };
        // Equal values of one attribute are one.
        if set.iter().all(|known| *known != attribute) {
            set.insert(attribute).map_err(wrong)?;
        }
    }
    Ok(RelativeDistinguishedName(set))
}

/// A text in the narrowest type that holds it, as Go writes it.
fn text(value: &str) -> Result<Any, x509_cert::der::Error> {
    let narrow = |letter: char| letter.is_ascii_alphanumeric() || " '()+,-./:=?".contains(letter);
    match value.chars().all(narrow) {
        true => Ok(Any::from(PrintableStringRef::new(value)?)),
        false => Ok(Any::from(Utf8StringRef::new(value)?)),
    }
}

fn values(name: &Name, oid: ObjectIdentifier) -> impl Iterator<Item = String> {
    let all = name.0.iter().flat_map(|set| set.0.iter());
    all.filter(move |attribute| attribute.oid == oid)
        .map(|attribute| String::from_utf8_lossy(attribute.value.value()).into_owned())
}

/// The common name; the last one where there are more, empty where there is none.
pub(crate) fn common_name(name: &Name) -> String {
    values(name, COMMON_NAME).last().unwrap_or_default()
}

/// The serial number of a subject.
pub(crate) fn serial_number(name: &Name) -> String {
    values(name, SERIAL_NUMBER).last().unwrap_or_default()
}

/// The user ids of a subject.
pub(crate) fn user_ids(name: &Name) -> Vec<String> {
    values(name, USER_ID).collect()
}

/// The name as RFC 2253 writes it: the last part first.
pub(crate) fn shown(name: &Name) -> String {
    let part = |set: &RelativeDistinguishedName| {
        let attributes = set.0.iter().map(|attribute| {
            let value = escaped(&String::from_utf8_lossy(attribute.value.value()));
            match SHOWN.iter().find(|(oid, _)| *oid == attribute.oid) {
                Some((_, name)) => format!("{name}={value}"),
                None => format!("{}={value}", attribute.oid),
            }
        });
        attributes.collect::<Vec<_>>().join("+")
    };
    name.0.iter().rev().map(part).collect::<Vec<_>>().join(",")
}

fn escaped(value: &str) -> String {
    let last = value.chars().count().saturating_sub(1);
    let letters = value.chars().enumerate().map(|(at, letter)| {
        let special = matches!(letter, ',' | '+' | '"' | '\\' | '<' | '>' | ';')
            || letter == '#' && at == 0
            || letter == ' ' && (at == 0 || at == last);
        match special {
            true => format!("\\{letter}"),
            false => letter.to_string(),
        }
    });
    letters.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_again_and_shown_backwards() {
        let parts = NameParts {
            lists: vec![
                ("organization", vec!["Acme, Inc.".to_owned()]),
                ("country", vec!["NL".to_owned()]),
            ],
            common_name: "röt".to_owned(),
            serial_number: "7".to_owned(),
            user_ids: vec!["me".to_owned()],
        };
        let name = parts.name().unwrap();
        assert_eq!(common_name(&name), "röt");
        assert_eq!(user_ids(&name), ["me"]);
        assert_eq!(shown(&name), "UID=me,SERIALNUMBER=7,CN=röt,O=Acme\\, Inc.,C=NL");
    }
}
