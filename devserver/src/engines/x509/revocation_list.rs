//! Lists of revoked certificates, complete ones and those of changes: made and read.

use super::certificate::serial_text;
use super::{Certificate, Extension, SignatureAlgorithm, X509Error, der_of, extension, moment, seconds};
use crate::engines::asymmetric::PrivateKey;
use x509_cert::Version;
use x509_cert::crl::{CertificateList, RevokedCert, TbsCertList};
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::serial_number::SerialNumber;

/// A revoked certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Revocation {
    /// The number as an unsigned integer, most significant byte first.
    pub(crate) serial: Vec<u8>,
    /// Seconds since 1970.
    pub(crate) at: i64,
    pub(crate) extensions: Vec<Extension>,
}

/// What a list is to hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct RevocationList {
    pub(crate) revoked: Vec<Revocation>,
    pub(crate) number: u64,
    /// The complete list that a list of changes adds to.
    pub(crate) base: Option<u64>,
    /// Where lists of changes are found.
    pub(crate) freshest: Vec<String>,
    pub(crate) more: Vec<Extension>,
    /// Seconds since 1970: when it was made, and when the next one comes.
    pub(crate) updates: (i64, i64),
    /// What suits the signing key, where nothing else is asked.
    pub(crate) algorithm: Option<&'static SignatureAlgorithm>,
}

impl RevocationList {
    /// The list in DER, signed by an authority.
    pub(crate) fn signed(&self, issuer: &Certificate, key: &PrivateKey) -> Result<Vec<u8>, X509Error> {
        let algorithm = self.algorithm.unwrap_or(SignatureAlgorithm::default_for(key.kind()));
        let revoked = self
            .revoked
            .iter()
            .map(Revocation::entry)
            .collect::<Result<Vec<_>, _>>()?;
        let mut extensions = Vec::new();
        extensions.extend(extension::authority_key(&issuer.subject_key())?);
        extensions.push(extension::list_number(self.number)?);
        extensions.extend(self.more.iter().cloned());
        extensions.extend(self.base.map(extension::delta_indicator).transpose()?);
        extensions.extend(extension::freshest_list(&self.freshest)?);
        let content = TbsCertList {
            version: Version::V2,
            signature: algorithm.identifier()?,
            issuer: issuer.subject().clone(),
            this_update: moment(self.updates.0)?,
            next_update: Some(moment(self.updates.1)?),
            revoked_certificates: Some(revoked).filter(|revoked| !revoked.is_empty()),
            crl_extensions: Some(extensions),
        };
        let signature = algorithm.sign(key, &der_of(&content, "a list")?)?;
        let list = CertificateList {
            signature_algorithm: content.signature.clone(),
            tbs_cert_list: content,
            signature,
        };
        der_of(&list, "a list")
    }
}

impl Revocation {
    fn entry(&self) -> Result<RevokedCert, X509Error> {
        let wrong = |_| X509Error::Write(format!("the number {}", serial_text(&self.serial)));
        Ok(RevokedCert {
            serial_number: SerialNumber::new(&self.serial).map_err(wrong)?,
            revocation_date: moment(self.at)?,
            crl_entry_extensions: Some(self.extensions.clone()).filter(|extensions| !extensions.is_empty()),
        })
    }

    /// The number as it is written.
    pub(crate) fn serial_text(&self) -> String {
        serial_text(&self.serial)
    }
}

/// What a list in DER holds that the issuer signed; `None` where another one did.
///
/// # Errors
/// The bytes are no list.
pub(crate) fn read_revocation_list(der: &[u8], issuer: &Certificate) -> Result<Option<Vec<Revocation>>, X509Error> {
    let list = CertificateList::from_der(der).map_err(|_| X509Error::Read("crl"))?;
    let content = list.tbs_cert_list.to_der().map_err(|_| X509Error::Read("crl"))?;
    let algorithm = SignatureAlgorithm::of(&list.signature_algorithm);
    let signed = algorithm
        .zip(issuer.public())
        .is_some_and(|(algorithm, key)| algorithm.verifies(&key, &content, &list.signature));
    let entries = list.tbs_cert_list.revoked_certificates.unwrap_or_default();
    let revoked = entries.into_iter().map(|entry| Revocation {
        serial: entry.serial_number.as_bytes().to_vec(),
        at: seconds(entry.revocation_date),
        extensions: Vec::new(),
    });
    Ok(signed.then(|| revoked.collect()))
}
