//! The policies under which a certificate is issued.

use super::extension::{POLICIES, extension};
use super::{Extension, ObjectIdentifier, X509Error, der_of};
use x509_cert::der::asn1::{Any, Ia5StringRef, Utf8StringRef};
use x509_cert::ext::pkix::certpolicy::{PolicyInformation, PolicyQualifierInfo};

const STATEMENT: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.2.1");
const NOTICE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.2.2");

/// A policy under which a certificate is issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Policy {
    pub(crate) id: ObjectIdentifier,
    /// Where its statement is found; empty for nowhere.
    pub(crate) cps: String,
    /// A text to be shown to those who rely on it; empty for none.
    pub(crate) notice: String,
}

impl Policy {
    /// Whether it says more than its identifier.
    pub(super) fn is_qualified(&self) -> bool {
        !self.cps.is_empty() || !self.notice.is_empty()
    }

    fn information(&self) -> Result<PolicyInformation, X509Error> {
        let wrong = |_| X509Error::Write(format!("the policy {}", self.id));
        let mut qualifiers = Vec::new();
        if !self.cps.is_empty() {
            let address = Ia5StringRef::new(&self.cps).map_err(wrong)?;
            qualifiers.push(PolicyQualifierInfo {
                policy_qualifier_id: STATEMENT,
                qualifier: Some(Any::from(address)),
            });
        }
        if !self.notice.is_empty() {
            let text = Any::from(Utf8StringRef::new(&self.notice).map_err(wrong)?);
            qualifiers.push(PolicyQualifierInfo {
                policy_qualifier_id: NOTICE,
                qualifier: Some(Any::encode_from(&vec![text]).map_err(wrong)?),
            });
        }
        Ok(PolicyInformation {
            policy_identifier: self.id,
            policy_qualifiers: Some(qualifiers).filter(|qualifiers| !qualifiers.is_empty()),
        })
    }
}

pub(super) fn policies(policies: &[Policy]) -> Result<Option<Extension>, X509Error> {
    if policies.is_empty() {
        return Ok(None);
    }
    let policies = policies
        .iter()
        .map(Policy::information)
        .collect::<Result<Vec<_>, _>>()?;
    extension(POLICIES, false, der_of(&policies, "policies")?).map(Some)
}
