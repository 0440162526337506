//! Requests for certificates (PKCS#10, RFC 2986): read, checked and made.

use super::name::{common_name, serial_number, user_ids};
use super::{AlternativeNames, Extension, SignatureAlgorithm, X509Error, der_of, extension};
use crate::engines::asymmetric::{PrivateKey, PublicKey};
use x509_cert::attr::{Attribute, AttributeValue};
use x509_cert::der::asn1::SetOfVec;
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::der::{Any, Decode as _, Encode as _};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::name::Name;
use x509_cert::request::{CertReq, CertReqInfo, Version};
use x509_cert::spki::SubjectPublicKeyInfoOwned;

const EXTENSION_REQUEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.14");

/// A request for a certificate.
pub(crate) struct Request {
    parsed: CertReq,
    /// The key to be certified; `None` for kinds that are not known here.
    pub(crate) public: Option<PublicKey>,
    pub(crate) names: AlternativeNames,
    /// The extensions that are asked for.
    pub(crate) extensions: Vec<Extension>,
}

impl Request {
    /// Reads a request in DER.
    pub(crate) fn read(der: &[u8]) -> Result<Self, X509Error> {
        let parsed = CertReq::from_der(der).map_err(|_| X509Error::Read("certificate request"))?;
        let mut request = Self {
            public: parsed
                .info
                .public_key
                .to_der()
                .ok()
                .and_then(|der| PublicKey::from_der(&der)),
            names: AlternativeNames::default(),
            extensions: Vec::new(),
            parsed,
        };
        let asked = request.parsed.info.attributes.iter();
        let asked = asked.filter(|attribute| attribute.oid == EXTENSION_REQUEST);
        for value in asked.flat_map(|attribute| attribute.values.iter()) {
            let extensions: Vec<Extension> = value.decode_as().map_err(|_| X509Error::Read("extensions"))?;
            request.extensions.extend(extensions);
        }
        for one in request
            .extensions
            .iter()
            .filter(|one| one.extn_id == extension::SUBJECT_ALTERNATIVE_NAME)
        {
            let found = SubjectAltName::from_der(one.extn_value.as_bytes());
            let found = found.map_err(|_| X509Error::Read("alternative names"))?;
            found.0.iter().for_each(|name| request.names.take(name));
        }
        Ok(request)
    }

    pub(crate) fn subject(&self) -> &Name {
        &self.parsed.info.subject
    }

    pub(crate) fn common_name(&self) -> String {
        common_name(self.subject())
    }

    pub(crate) fn serial_number(&self) -> String {
        serial_number(self.subject())
    }

    pub(crate) fn user_ids(&self) -> Vec<String> {
        user_ids(self.subject())
    }

    /// Whether it asks to be, or not to be, an authority.
    pub(crate) fn has_constraints(&self) -> bool {
        self.extensions
            .iter()
            .any(|one| one.extn_id == extension::BASIC_CONSTRAINTS)
    }

    /// The extensions that a certificate may take over as they are: basic constraints are the authority's to say, and
    /// the names are left out where they are written anew.
    pub(crate) fn extensions_to_copy(&self, with_names: bool) -> Vec<Extension> {
        let copied = self.extensions.iter().filter(|one| {
            one.extn_id != extension::BASIC_CONSTRAINTS
                && (with_names || one.extn_id != extension::SUBJECT_ALTERNATIVE_NAME)
        });
        copied.cloned().collect()
    }

    /// Whether the key to be certified signed it.
    pub(crate) fn is_signed(&self) -> bool {
        let (Some(algorithm), Some(key)) = (SignatureAlgorithm::of(&self.parsed.algorithm), &self.public) else {
            return false;
        };
        let content = self.parsed.info.to_der();
        content.is_ok_and(|content| algorithm.verifies(key, &content, &self.parsed.signature))
    }

    /// The same request for another key, signed by it.
    pub(crate) fn signed_anew(&self, key: &PrivateKey) -> Result<Vec<u8>, X509Error> {
        let info = CertReqInfo {
            public_key: information(key)?,
            ..self.parsed.info.clone()
        };
        sign(info, key, SignatureAlgorithm::default_for(key.kind()))
    }
}

/// A request in DER for a key, with a subject, names, and whether it asks to be an authority.
pub(crate) fn make_request(
    subject: &Name,
    names: &AlternativeNames,
    as_authority: bool,
    key: &PrivateKey,
    algorithm: &'static SignatureAlgorithm,
) -> Result<Vec<u8>, X509Error> {
    let mut extensions = Vec::new();
    extensions.extend(extension::alternative_names(names, false)?);
    if as_authority {
        let constraints = extension::BasicConstraints {
            authority: true,
            path_length: None,
        };
        extensions.push(extension::basic_constraints(constraints)?);
    }
    let mut attributes = SetOfVec::new();
    if !extensions.is_empty() {
        let wrong = |_| X509Error::Write("extensions".to_owned());
        let value: AttributeValue = Any::encode_from(&extensions).map_err(wrong)?;
        let mut values = SetOfVec::new();
        values.insert(value).map_err(wrong)?;
        let attribute = Attribute {
            oid: EXTENSION_REQUEST,
            values,
        };
        attributes.insert(attribute).map_err(wrong)?;
    }
    let info = CertReqInfo {
        version: Version::V1,
        subject: subject.clone(),
        public_key: information(key)?,
        attributes,
    };
    sign(info, key, algorithm)
}

fn information(key: &PrivateKey) -> Result<SubjectPublicKeyInfoOwned, X509Error> {
    let spki = key
        .public()
        .der()
        .map_err(|error| X509Error::Write(error.to_string()))?;
    SubjectPublicKeyInfoOwned::from_der(&spki).map_err(|_| X509Error::Read("public key"))
}

fn sign(info: CertReqInfo, key: &PrivateKey, algorithm: &'static SignatureAlgorithm) -> Result<Vec<u8>, X509Error> {
    let signature = algorithm.sign(key, &der_of(&info, "a request")?)?;
    let request = CertReq {
        info,
        algorithm: algorithm.identifier()?,
        signature,
    };
    der_of(&request, "a request")
}

#[cfg(test)]
mod tests {
    use super::super::NameParts;
    use super::*;
    use crate::engines::asymmetric::Kind;

    #[test]
    fn requests_of_every_kind_of_key_are_read_back_and_verify() {
        let parts = NameParts {
            common_name: "a.test".to_owned(),
            ..NameParts::default()
        };
        let names = AlternativeNames {
            dns: vec!["b.test".to_owned()],
            emails: vec!["c@b.test".to_owned()],
            addresses: vec!["::1".parse().unwrap(), "10.0.0.1".parse().unwrap()],
            uris: vec!["spiffe://d".to_owned()],
            others: vec![("1.3.6.1.4.1.311.20.2.3".to_owned(), "e".to_owned())],
        };
        for kind in Kind::ALL {
            let key = PrivateKey::generate(kind).unwrap();
            let algorithm = SignatureAlgorithm::default_for(kind);
            let der = make_request(&parts.name().unwrap(), &names, true, &key, algorithm).unwrap();
            let read = Request::read(&der).unwrap();
            assert_eq!((read.common_name().as_str(), &read.names), ("a.test", &names));
            assert!(read.is_signed() && read.has_constraints(), "{kind:?}");
            let other = PrivateKey::generate(Kind::P256).unwrap();
            let anew = Request::read(&read.signed_anew(&other).unwrap()).unwrap();
            assert!(anew.is_signed() && anew.public == Some(other.public()));
        }
    }
}
