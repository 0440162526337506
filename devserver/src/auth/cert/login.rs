//! `login`.

use super::Cert;
use super::names::{Names, common_name, extension_text, key_id};
use super::role::{LIMITS, LISTS, Role};
use crate::core::policies::glob;
use crate::engine::{Call, Context};
use crate::logical::{Error, Reply, Response};
use crate::object;
use std::collections::BTreeMap;
use x509_parser::prelude::{ASN1Time, FromDer, X509Certificate};

/// A certificate as it came over the connection.
fn parse(der: &[u8]) -> Option<X509Certificate<'_>> {
    Some(X509Certificate::from_der(der).ok()?.1)
}

impl Cert {
    pub(super) fn login(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let sent = &call.request.client.certificates;
        let chain: Vec<X509Certificate<'_>> = sent.iter().filter_map(|der| parse(der)).collect();
        let leaf = chain
            .first()
            .ok_or_else(|| Error::response("no client certificate found"))?;
        let (name, role) = self.matching(&chain, &call.string("name"), context)?;
        role.parameters.check_address(call)?;
        let mut auth = role.parameters.auth(call);
        auth.metadata = metadata(name, role, leaf);
        if self.alias_metadata {
            auth.alias_metadata = auth.metadata.clone();
        }
        auth.display_name.clone_from(&role.display_name);
        auth.alias = common_name(leaf);
        auth.internal = object! { "role" => name };
        Response {
            auth: Some(auth),
            ..Response::default()
        }
        .reply()
    }

    /// The role that takes the first certificate of a chain: the one asked for, or any where none is.
    fn matching(
        &self,
        chain: &[X509Certificate<'_>],
        wanted: &str,
        context: &Context<'_>,
    ) -> Result<(&String, &Role), Error> {
        let asked = self
            .roles
            .iter()
            .filter(|(name, _)| wanted.is_empty() || *name == wanted);
        let mut trusting = asked.filter(|(_, role)| role.trusts(chain, context)).peekable();
        if trusting.peek().is_none() {
            return Err(Error::response("invalid certificate or no client certificate supplied"));
        }
        let mut taking = trusting.filter(|(_, role)| !self.is_revoked(chain) && role.takes(chain));
        taking.next().ok_or_else(|| {
            Error::response("no chain matching all constraints could be found for this login certificate")
        })
    }
}

/// What a login tells of its certificate.
fn metadata(name: &str, role: &Role, leaf: &X509Certificate<'_>) -> BTreeMap<String, String> {
    let mut metadata = BTreeMap::from([
        ("cert_name".to_owned(), name.to_owned()),
        ("common_name".to_owned(), common_name(leaf)),
        ("serial_number".to_owned(), leaf.tbs_certificate.serial.to_string()),
        ("subject_key_id".to_owned(), key_id(leaf, true)),
        ("authority_key_id".to_owned(), key_id(leaf, false)),
    ]);
    for id in role.list("allowed_metadata_extensions") {
        // Dashes, so that templates of policies can name it.
        metadata.extend(extension_text(leaf, id).map(|text| (id.replace('.', "-"), text)));
    }
    metadata
}

impl Role {
    /// Whether the client's certificate is one of the role's, or is signed by one, possibly through others it sends.
    fn trusts(&self, chain: &[X509Certificate<'_>], context: &Context<'_>) -> bool {
        let Ok(now) = ASN1Time::from_timestamp(context.now.as_second()) else {
            return false;
        };
        let anchors: Vec<X509Certificate<'_>> = self
            .certificates
            .iter()
            .filter_map(|der| Some(X509Certificate::from_der(der).ok()?.1))
            .collect();
        let Some(leaf) = chain.first() else { return false };
        if !leaf.validity().is_valid_at(now) {
            return false;
        }
        if anchors
            .iter()
            .any(|anchor| anchor.tbs_certificate.as_ref() == leaf.tbs_certificate.as_ref())
        {
            return true;
        }
        let signs = |issuer: &X509Certificate<'_>, subject: &X509Certificate<'_>| {
            issuer.is_ca()
                && issuer.validity().is_valid_at(now)
                && issuer.subject() == subject.issuer()
                && subject.verify_signature(Some(issuer.public_key())).is_ok()
        };
        let mut subject = leaf;
        // Each certificate of the client's chain can be an issuer once.
        for _ in 0..chain.len() {
            if anchors.iter().any(|anchor| signs(anchor, subject)) {
                return true;
            }
            match chain.iter().find(|issuer| signs(issuer, subject)) {
                Some(issuer) => subject = issuer,
                None => return false,
            }
        }
        false
    }

    /// Whether the names and extensions of the client's certificate are those that the role wants.
    fn takes(&self, chain: &[X509Certificate<'_>]) -> bool {
        let Some(leaf) = chain.first() else { return false };
        let names = Names::of(leaf);
        let allowed = |field: &str| {
            let (patterns, found) = (self.list(field), names.of_field(field));
            let fits = |pattern: &String| found.iter().any(|name| glob(pattern, name));
            patterns.is_empty() || patterns.iter().any(fits)
        };
        let required = self.list("required_extensions");
        let mut limits = LISTS.iter().take(LIMITS);
        limits.all(|field| allowed(field)) && required.iter().all(|wanted| has_extension(leaf, wanted))
    }
}

/// Whether a certificate has an extension as a role wants it: `OID:PATTERN`.
fn has_extension(certificate: &X509Certificate<'_>, wanted: &str) -> bool {
    let (id, pattern) = wanted.split_once(':').unwrap_or((wanted, ""));
    extension_text(certificate, id).is_some_and(|text| glob(pattern, &text))
}
