//! Certificates: made from a template, and read.

use super::name::common_name;
use super::{
    AlternativeNames, BasicConstraints, Extension, KeyUsage, ObjectIdentifier, Policy, SignatureAlgorithm, X509Error,
    der_of, extension, moment, name, seconds,
};
use crate::engines::asymmetric::{PrivateKey, PublicKey};
use x509_cert::TbsCertificate;
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, SubjectAltName, SubjectKeyIdentifier};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::SubjectPublicKeyInfoOwned;
use x509_cert::time::Validity;

/// Where certificates say that more is found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Urls {
    pub(crate) issuing_certificates: Vec<String>,
    pub(crate) crl_distribution_points: Vec<String>,
    pub(crate) delta_crl_distribution_points: Vec<String>,
    pub(crate) ocsp_servers: Vec<String>,
}

/// What a certificate is to hold, whoever signs it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Template {
    pub(crate) subject: Name,
    pub(crate) names: AlternativeNames,
    /// Seconds since 1970.
    pub(crate) not_before: i64,
    /// Seconds since 1970.
    pub(crate) not_after: i64,
    pub(crate) key_usage: KeyUsage,
    pub(crate) extended_key_usage: Vec<ObjectIdentifier>,
    pub(crate) constraints: Option<BasicConstraints>,
    pub(crate) subject_key: Vec<u8>,
    pub(crate) authority_key: Vec<u8>,
    pub(crate) urls: Urls,
    pub(crate) policies: Vec<Policy>,
    pub(crate) permitted_domains: Vec<String>,
    /// Written at the end, in the place of those above with the same identifiers.
    pub(crate) more: Vec<Extension>,
    /// What suits the signing key, where nothing else is asked.
    pub(crate) algorithm: Option<&'static SignatureAlgorithm>,
}

impl Template {
    /// A certificate for a public key, signed by the authority of this name and key.
    pub(crate) fn signed(&self, public: &PublicKey, issuer: &Name, key: &PrivateKey) -> Result<Certificate, X509Error> {
        let algorithm = self.algorithm.unwrap_or(SignatureAlgorithm::default_for(key.kind()));
        let spki = public.der().map_err(|error| X509Error::Write(error.to_string()))?;
        let content = TbsCertificate {
            version: x509_cert::Version::V3,
            serial_number: SerialNumber::new(&random_serial()).map_err(|_| X509Error::Write("a number".to_owned()))?,
            signature: algorithm.identifier()?,
            issuer: issuer.clone(),
            validity: Validity {
                not_before: moment(self.not_before)?,
                not_after: moment(self.not_after)?,
            },
            subject: self.subject.clone(),
            subject_public_key_info: SubjectPublicKeyInfoOwned::from_der(&spki)
                .map_err(|_| X509Error::Read("public key"))?,
            issuer_unique_id: None,
            subject_unique_id: None,
            extensions: Some(self.extensions()?),
        };
        sign(content, key, algorithm)
    }

    fn is_written_last(&self, id: ObjectIdentifier) -> bool {
        match id {
            extension::SUBJECT_ALTERNATIVE_NAME => !self.names.others.is_empty(),
            extension::POLICIES => self.policies.iter().any(Policy::is_qualified),
            _ => false,
        }
    }

    fn extensions(&self) -> Result<Vec<Extension>, X509Error> {
        let urls = &self.urls;
        let own = [
            extension::key_usage(self.key_usage)?,
            extension::extended(&self.extended_key_usage)?,
            self.constraints.map(extension::basic_constraints).transpose()?,
            Some(extension::subject_key(&self.subject_key)?),
            extension::authority_key(&self.authority_key)?,
            extension::authority_information(&urls.ocsp_servers, &urls.issuing_certificates)?,
            extension::alternative_names(&self.names, self.subject.0.is_empty() && self.names.others.is_empty())?,
            super::policy::policies(&self.policies)?,
            extension::permitted_domains(&self.permitted_domains)?,
            extension::distribution_points(&urls.crl_distribution_points)?,
        ];
        // What Go's library does not write by itself comes last.
        let (mut last, own): (Vec<Extension>, Vec<Extension>) = own
            .into_iter()
            .flatten()
            .partition(|one| self.is_written_last(one.extn_id));
        let mut more = self.more.clone();
        more.append(&mut last);
        let given = |one: &Extension| more.iter().any(|other| other.extn_id == one.extn_id);
        let mut all: Vec<Extension> = own.into_iter().filter(|one| !given(one)).collect();
        all.extend(more);
        all.extend(extension::freshest_list(&urls.delta_crl_distribution_points)?);
        Ok(all)
    }
}

fn sign(
    mut content: TbsCertificate,
    key: &PrivateKey,
    algorithm: &'static SignatureAlgorithm,
) -> Result<Certificate, X509Error> {
    content.signature = algorithm.identifier()?;
    let signature = algorithm.sign(key, &der_of(&content, "a certificate")?)?;
    let signed = x509_cert::Certificate {
        signature_algorithm: content.signature.clone(),
        tbs_certificate: content,
        signature,
    };
    Certificate::read(&der_of(&signed, "a certificate")?)
}

/// 20 random bytes, positive as a DER integer.
fn random_serial() -> [u8; 20] {
    let mut bytes: [u8; 20] = crate::random::bytes();
    bytes[0] = bytes[0] & 0x7f | 0x01;
    bytes
}

/// A certificate.
#[derive(Clone, Debug)]
pub(crate) struct Certificate {
    /// Its bytes.
    pub(crate) der: Vec<u8>,
    parsed: x509_cert::Certificate,
}

impl Certificate {
    /// Reads a certificate in DER.
    pub(crate) fn read(der: &[u8]) -> Result<Self, X509Error> {
        let parsed = x509_cert::Certificate::from_der(der).map_err(|_| X509Error::Read("certificate"))?;
        Ok(Self {
            der: der.to_vec(),
            parsed,
        })
    }

    fn content(&self) -> &TbsCertificate {
        &self.parsed.tbs_certificate
    }

    pub(crate) fn subject(&self) -> &Name {
        &self.content().subject
    }

    pub(crate) fn issuer(&self) -> &Name {
        &self.content().issuer
    }

    /// The issuer's name as RFC 2253 writes it.
    pub(crate) fn issuer_text(&self) -> String {
        name::shown(self.issuer())
    }

    pub(crate) fn common_name(&self) -> String {
        common_name(self.subject())
    }

    /// The serial number as it is written: pairs of hexadecimal digits with colons.
    pub(crate) fn serial(&self) -> String {
        serial_text(self.content().serial_number.as_bytes())
    }

    /// Start in seconds since 1970.
    pub(crate) fn not_before(&self) -> i64 {
        seconds(self.content().validity.not_before)
    }

    /// End in seconds since 1970.
    pub(crate) fn not_after(&self) -> i64 {
        seconds(self.content().validity.not_after)
    }

    /// The public key's information block.
    pub(crate) fn public_der(&self) -> Vec<u8> {
        self.content().subject_public_key_info.to_der().unwrap_or_default()
    }

    /// The public key; `None` for kinds that are not known here.
    pub(crate) fn public(&self) -> Option<PublicKey> {
        PublicKey::from_der(&self.public_der())
    }

    /// The bits of the public key alone, as OCSP digests them.
    pub(crate) fn public_bits(&self) -> &[u8] {
        self.content().subject_public_key_info.subject_public_key.raw_bytes()
    }

    /// What it says of authorities; `None` where it says nothing.
    pub(crate) fn constraints(&self) -> Option<BasicConstraints> {
        let (_, found) = self.content().get::<x509_cert::ext::pkix::BasicConstraints>().ok()??;
        Some(BasicConstraints {
            authority: found.ca,
            path_length: found.path_len_constraint,
        })
    }

    /// Whether it says that it is an authority's.
    pub(crate) fn is_authority(&self) -> bool {
        self.constraints().is_some_and(|constraints| constraints.authority)
    }

    /// The identifier of its key; empty where it names none.
    pub(crate) fn subject_key(&self) -> Vec<u8> {
        let found = self.content().get::<SubjectKeyIdentifier>().ok().flatten();
        found.map(|(_, id)| id.0.as_bytes().to_vec()).unwrap_or_default()
    }

    /// The identifier of its authority's key; empty where it names none.
    pub(crate) fn authority_key(&self) -> Vec<u8> {
        let found = self.content().get::<AuthorityKeyIdentifier>().ok().flatten();
        let id = found.and_then(|(_, id)| id.key_identifier);
        id.map(|id| id.as_bytes().to_vec()).unwrap_or_default()
    }

    /// Whether it says that its key signs lists of the revoked.
    pub(crate) fn signs_lists(&self) -> bool {
        let found = self.content().get::<x509_cert::ext::pkix::KeyUsage>().ok().flatten();
        found.is_some_and(|(_, usage)| usage.crl_sign())
    }

    /// Its alternative names.
    pub(crate) fn names(&self) -> AlternativeNames {
        let mut names = AlternativeNames::default();
        if let Ok(Some((_, found))) = self.content().get::<SubjectAltName>() {
            found.0.iter().for_each(|name| names.take(name));
        }
        names
    }

    /// All its extensions.
    pub(crate) fn extensions(&self) -> &[Extension] {
        self.content().extensions.as_deref().unwrap_or_default()
    }

    /// The algorithm by which it was signed; `None` for those that are not known here.
    pub(crate) fn algorithm(&self) -> Option<&'static SignatureAlgorithm> {
        SignatureAlgorithm::of(&self.parsed.signature_algorithm)
    }

    /// The same certificate, signed by an authority instead of itself, with other addresses.
    pub(crate) fn cross_signed(
        &self,
        issuer: &Self,
        key: &PrivateKey,
        urls: &Urls,
        algorithm: &'static SignatureAlgorithm,
    ) -> Result<Self, X509Error> {
        let mut extensions: Vec<Extension> = self.extensions().to_vec();
        extensions.retain(|one| extension::POSITIONS.contains(&one.extn_id) && !extension::is_issuers(one.extn_id));
        extensions.extend(extension::authority_key(&issuer.subject_key())?);
        extensions.extend(extension::authority_information(
            &urls.ocsp_servers,
            &urls.issuing_certificates,
        )?);
        extensions.extend(extension::distribution_points(&urls.crl_distribution_points)?);
        extensions.sort_by_key(|one| extension::POSITIONS.iter().position(|id| *id == one.extn_id));
        let content = TbsCertificate {
            issuer: issuer.subject().clone(),
            extensions: Some(extensions),
            ..self.content().clone()
        };
        sign(content, key, algorithm)
    }

    /// Whether it was signed by the key of another one, which may be itself.
    pub(crate) fn is_signed_by(&self, other: &Self) -> bool {
        let Ok(content) = self.content().to_der() else {
            return false;
        };
        let (Some(algorithm), Some(key)) = (self.algorithm(), other.public()) else {
            return false;
        };
        self.issuer() == other.subject() && algorithm.verifies(&key, &content, &self.parsed.signature)
    }
}

/// A serial number as it is written: pairs of hexadecimal digits with colons.
pub(super) fn serial_text(bytes: &[u8]) -> String {
    // DER puts a zero before numbers whose first bit is set.
    let bytes = match bytes {
        [0, rest @ ..] if !rest.is_empty() => rest,
        other => other,
    };
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(":")
}
