//! Making certificates, requests and lists with rcgen.

use super::issuer::Issuer;
use super::role::Role;
use crate::engines::asymmetric::{Kind, PrivateKey};
use crate::logical::Error;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CrlDistributionPoint, CustomExtension,
    DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyUsagePurpose, PublicKeyData,
    RevokedCertParams, SanType, SerialNumber, SignatureAlgorithm, SigningKey,
};
use std::time::Duration;
use time::OffsetDateTime;

/// A private key in the form that rcgen signs with.
pub(super) struct Signer<'k> {
    key: &'k PrivateKey,
    public: Vec<u8>,
    algorithm: &'static SignatureAlgorithm,
}

/// A public key in the form that rcgen certifies.
pub(super) struct Subject {
    public: Vec<u8>,
    algorithm: &'static SignatureAlgorithm,
}

impl<'k> Signer<'k> {
    pub(super) fn new(key: &'k PrivateKey) -> Result<Self, Error> {
        let subject = Subject::of(key)?;
        Ok(Self {
            key,
            public: subject.public,
            algorithm: subject.algorithm,
        })
    }
}

impl Subject {
    /// The public half of a private key.
    pub(super) fn of(key: &PrivateKey) -> Result<Self, Error> {
        let spki = key.public_der().map_err(|error| Error::internal(error.to_string()))?;
        Self::from_spki(&spki)
    }

    /// A public key from its information block; curves that cannot be signed for here are refused.
    pub(super) fn from_spki(spki: &[u8]) -> Result<Self, Error> {
        use x509_parser::prelude::FromDer as _;
        let unreadable = || Error::response("unable to parse the public key");
        let (_, parsed) = x509_parser::x509::SubjectPublicKeyInfo::from_der(spki).map_err(|_| unreadable())?;
        let curve = parsed.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok());
        let curve = curve.map(|oid| oid.to_id_string()).unwrap_or_default();
        let algorithm = match (parsed.algorithm.algorithm.to_id_string().as_str(), curve.as_str()) {
            ("1.2.840.113549.1.1.1", _) => &rcgen::PKCS_RSA_SHA256,
            ("1.2.840.10045.2.1", "1.2.840.10045.3.1.7") => &rcgen::PKCS_ECDSA_P256_SHA256,
            ("1.2.840.10045.2.1", "1.3.132.0.34") => &rcgen::PKCS_ECDSA_P384_SHA384,
            ("1.3.101.112", _) => &rcgen::PKCS_ED25519,
            _ => {
                return Err(Error::response(
                    "this development server makes certificates for RSA, P-256, P-384 and Ed25519 keys only",
                ));
            }
        };
        Ok(Self {
            public: parsed.subject_public_key.data.to_vec(),
            algorithm,
        })
    }
}

impl PublicKeyData for Subject {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.algorithm
    }
}

impl PublicKeyData for Signer<'_> {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.algorithm
    }
}

impl SigningKey for Signer<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        use crate::engines::signature::{Marshaling, Padding, Scheme};
        let hash = match self.key.kind() {
            Kind::P384 => crate::engines::digest::Algorithm::Sha2_384,
            _ => crate::engines::digest::Algorithm::Sha2_256,
        };
        let scheme = Scheme {
            hash,
            prehashed: false,
            padding: Padding::Pkcs1v15,
            marshaling: Marshaling::Asn1,
            salt_length: None,
        };
        scheme.sign(self.key, message).ok_or(rcgen::Error::RemoteKeyError)
    }
}

/// Where certificates say that more is found.
#[derive(Clone, Debug, Default)]
pub(super) struct Urls {
    pub(super) issuing_certificates: Vec<String>,
    pub(super) crl_distribution_points: Vec<String>,
    /// Kept and shown; there are no lists of changes.
    pub(super) delta_crl_distribution_points: Vec<String>,
    pub(super) ocsp_servers: Vec<String>,
    /// Whether the addresses hold templates; kept and shown.
    pub(super) templating: bool,
}

/// What a certificate is to hold, whoever signs it.
#[derive(Clone, Debug)]
pub(super) struct Contents {
    pub(super) subject: DistinguishedName,
    pub(super) names: Vec<SanType>,
    /// Seconds since 1970.
    pub(super) not_before: i64,
    pub(super) not_after: i64,
    pub(super) is_ca: bool,
    pub(super) max_path_length: Option<u8>,
    pub(super) key_usages: Vec<KeyUsagePurpose>,
    pub(super) extended_key_usages: Vec<ExtendedKeyUsagePurpose>,
    pub(super) basic_constraints_for_leaf: bool,
    pub(super) urls: Urls,
}

/// A certificate that was made.
pub(super) struct Made {
    pub(super) der: Vec<u8>,
    pub(super) serial: String,
}

impl Contents {
    fn params(&self) -> (CertificateParams, Vec<u8>) {
        let serial = random_serial();
        let mut params = CertificateParams::default();
        params.not_before = moment(self.not_before);
        params.not_after = moment(self.not_after);
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        params.subject_alt_names.clone_from(&self.names);
        params.distinguished_name = self.subject.clone();
        params.is_ca = match (self.is_ca, self.max_path_length) {
            (true, Some(length)) => IsCa::Ca(BasicConstraints::Constrained(length)),
            (true, None) => IsCa::Ca(BasicConstraints::Unconstrained),
            (false, _) if self.basic_constraints_for_leaf => IsCa::ExplicitNoCa,
            (false, _) => IsCa::NoCa,
        };
        params.key_usages.clone_from(&self.key_usages);
        params.extended_key_usages.clone_from(&self.extended_key_usages);
        params.use_authority_key_identifier_extension = true;
        params.crl_distribution_points = self
            .urls
            .crl_distribution_points
            .iter()
            .map(|url| CrlDistributionPoint {
                uris: vec![url.clone()],
            })
            .collect();
        params.custom_extensions.extend(authority_information(&self.urls));
        (params, serial)
    }

    /// Certifies the key's own public half.
    pub(super) fn self_signed(&self, key: &PrivateKey) -> Result<Made, Error> {
        let (params, serial) = self.params();
        let certificate = params.self_signed(&Signer::new(key)?).map_err(failed)?;
        Ok(Made {
            der: certificate.der().to_vec(),
            serial: super::issuer::serial_text(&serial),
        })
    }

    /// Certifies a public key by an authority.
    pub(super) fn signed(&self, public: &Subject, issuer: &Issuer, signer: Signer<'_>) -> Result<Made, Error> {
        let (params, serial) = self.params();
        let issuer = rcgen::Issuer::from_ca_cert_der(&issuer.certificate.as_slice().into(), signer).map_err(failed)?;
        let certificate = params.signed_by(public, &issuer).map_err(failed)?;
        Ok(Made {
            der: certificate.der().to_vec(),
            serial: super::issuer::serial_text(&serial),
        })
    }

    /// A request to be certified, in PEM.
    pub(super) fn request(&self, key: &PrivateKey) -> Result<String, Error> {
        let mut params = CertificateParams::default();
        params.distinguished_name = self.subject.clone();
        params.subject_alt_names.clone_from(&self.names);
        let request = params.serialize_request(&Signer::new(key)?).map_err(failed)?;
        Ok(crate::engines::asymmetric::pem("CERTIFICATE REQUEST", request.der()))
    }
}

/// The list of what an authority revoked, in DER.
pub(super) fn revocation_list(
    issuer: &Issuer,
    signer: Signer<'_>,
    number: u64,
    (now, next): (i64, i64),
    revoked: &[(Vec<u8>, i64)],
) -> Result<Vec<u8>, Error> {
    let revoked_certs = revoked.iter().map(|(serial, time)| RevokedCertParams {
        serial_number: SerialNumber::from_slice(serial),
        revocation_time: moment(*time),
        reason_code: None,
        invalidity_date: None,
    });
    let params = CertificateRevocationListParams {
        this_update: moment(now),
        next_update: moment(next),
        crl_number: SerialNumber::from(number),
        issuing_distribution_point: None,
        revoked_certs: revoked_certs.collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    let issuer = rcgen::Issuer::from_ca_cert_der(&issuer.certificate.as_slice().into(), signer).map_err(failed)?;
    Ok(params.signed_by(&issuer).map_err(failed)?.der().to_vec())
}

#[allow(clippy::needless_pass_by_value, reason = "the shape that map_err asks for")]
fn failed(error: rcgen::Error) -> Error {
    Error::internal(format!("making a certificate: {error}"))
}

/// The identifier under which certificates name this key.
pub(super) fn key_identifier(key: &PrivateKey) -> Result<Vec<u8>, Error> {
    Ok(CertificateParams::default().key_identifier(&Signer::new(key)?))
}

/// 20 random bytes, positive as a DER integer.
fn random_serial() -> Vec<u8> {
    let mut bytes: [u8; 20] = crate::random::bytes();
    bytes[0] = bytes[0] & 0x7f | 0x01;
    bytes.to_vec()
}

/// Seconds since 1970 in the type that rcgen takes.
fn moment(seconds: i64) -> OffsetDateTime {
    let start = rcgen::date_time_ymd(1970, 1, 1);
    // The end of what certificates can say.
    let most = rcgen::date_time_ymd(9999, 12, 31);
    let span = Duration::from_secs(seconds.max(0).unsigned_abs().min(253_402_214_400));
    (start + span).min(most)
}

/// The subject of a role with this common name.
pub(super) fn subject(role: &Role, common_name: &str, serial_number: &str) -> DistinguishedName {
    let mut subject = DistinguishedName::new();
    let parts = [
        ("country", DnType::CountryName),
        ("organization", DnType::OrganizationName),
        ("ou", DnType::OrganizationalUnitName),
        ("locality", DnType::LocalityName),
        ("province", DnType::StateOrProvinceName),
        ("street_address", DnType::CustomDnType(vec![2, 5, 4, 9])),
        ("postal_code", DnType::CustomDnType(vec![2, 5, 4, 17])),
    ];
    for (field, kind) in parts {
        if let Some(text) = role.list(field).first() {
            subject.push(kind, *text);
        }
    }
    if !common_name.is_empty() {
        subject.push(DnType::CommonName, common_name);
    }
    if !serial_number.is_empty() {
        subject.push(DnType::CustomDnType(vec![2, 5, 4, 5]), serial_number);
    }
    subject
}

/// Authority information access (RFC 5280 §4.2.2.1), which rcgen does not write by itself.
fn authority_information(urls: &Urls) -> Option<CustomExtension> {
    // The methods' object identifiers: 1.3.6.1.5.5.7.48.1 and .2.
    const OCSP: [u8; 10] = [6, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 1];
    const ISSUERS: [u8; 10] = [6, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 2];
    const SEQUENCE: u8 = 0x30;
    const URI: u8 = 0x86;
    if urls.ocsp_servers.is_empty() && urls.issuing_certificates.is_empty() {
        return None;
    }
    let ocsp = urls.ocsp_servers.iter().map(|url| (OCSP, url));
    let issuers = urls.issuing_certificates.iter().map(|url| (ISSUERS, url));
    let places: Vec<u8> = ocsp
        .chain(issuers)
        .flat_map(|(method, url)| der(SEQUENCE, &[method.as_slice(), &der(URI, url.as_bytes())].concat()))
        .collect();
    let content = der(SEQUENCE, &places);
    Some(CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], content))
}

/// A DER value: tag, length, content.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let head = match significant.as_slice() {
        [] => vec![tag, 0],
        [short @ 0..=0x7f] => vec![tag, *short],
        long => [&[tag, 0x80 | u8::try_from(long.len()).unwrap_or(8)], long].concat(),
    };
    [head, content.to_vec()].concat()
}

/// Key usages by the names of the API; unknown ones are left out, as the original does.
pub(super) fn key_usages(names: &[&str]) -> Vec<KeyUsagePurpose> {
    let named = |name: &&str| match name.to_ascii_lowercase().trim_start_matches("keyusage") {
        "digitalsignature" => Some(KeyUsagePurpose::DigitalSignature),
        "contentcommitment" => Some(KeyUsagePurpose::ContentCommitment),
        "keyencipherment" => Some(KeyUsagePurpose::KeyEncipherment),
        "dataencipherment" => Some(KeyUsagePurpose::DataEncipherment),
        "keyagreement" => Some(KeyUsagePurpose::KeyAgreement),
        "certsign" => Some(KeyUsagePurpose::KeyCertSign),
        "crlsign" => Some(KeyUsagePurpose::CrlSign),
        "encipheronly" => Some(KeyUsagePurpose::EncipherOnly),
        "decipheronly" => Some(KeyUsagePurpose::DecipherOnly),
        _ => None,
    };
    names.iter().filter_map(named).collect()
}

/// Extended key usages of a role.
pub(super) fn extended_key_usages(role: &Role) -> Vec<ExtendedKeyUsagePurpose> {
    let flags = [
        ("server_flag", ExtendedKeyUsagePurpose::ServerAuth),
        ("client_flag", ExtendedKeyUsagePurpose::ClientAuth),
        ("code_signing_flag", ExtendedKeyUsagePurpose::CodeSigning),
        ("email_protection_flag", ExtendedKeyUsagePurpose::EmailProtection),
    ];
    let mut usages: Vec<_> = flags
        .into_iter()
        .filter(|(flag, _)| role.flag(flag))
        .map(|(_, usage)| usage)
        .collect();
    let named = |name: &str| match name.to_ascii_lowercase().trim_start_matches("extkeyusage") {
        "any" => Some(ExtendedKeyUsagePurpose::Any),
        "serverauth" => Some(ExtendedKeyUsagePurpose::ServerAuth),
        "clientauth" => Some(ExtendedKeyUsagePurpose::ClientAuth),
        "codesigning" => Some(ExtendedKeyUsagePurpose::CodeSigning),
        "emailprotection" => Some(ExtendedKeyUsagePurpose::EmailProtection),
        "timestamping" => Some(ExtendedKeyUsagePurpose::TimeStamping),
        "ocspsigning" => Some(ExtendedKeyUsagePurpose::OcspSigning),
        _ => None,
    };
    let oid = |text: &str| {
        let parts: Option<Vec<u64>> = text.split('.').map(|part| part.parse().ok()).collect();
        parts.map(ExtendedKeyUsagePurpose::Other)
    };
    usages.extend(role.list("ext_key_usage").into_iter().filter_map(named));
    usages.extend(role.list("ext_key_usage_oids").into_iter().filter_map(oid));
    let mut single = Vec::new();
    for usage in usages {
        if !single.contains(&usage) {
            single.push(usage);
        }
    }
    single
}
