//! Authorities: keys, certificates of authorities, and how both are found by reference.

use super::certificate::Signer;
use super::issuer_settings::IssuerSettings;
use crate::engines::asymmetric::{PrivateKey, pem};
use crate::logical::Error;
use std::collections::BTreeMap;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

/// The certificate of an authority.
#[derive(Clone)]
pub(super) struct Issuer {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) certificate: Vec<u8>,
    /// Id of its key; empty where the key is not here.
    pub(super) key_id: String,
    pub(super) serial: String,
    pub(super) not_after: i64,
    pub(super) leaf_not_after: LeafNotAfter,
    pub(super) settings: IssuerSettings,
    subject: Vec<u8>,
    signed_by: Vec<u8>,
}

/// What happens to certificates that would outlive their authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LeafNotAfter {
    Refuse,
    Truncate,
    Permit,
}

/// A private key of an authority.
pub(super) struct KeyEntry {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) key: PrivateKey,
}

/// All authorities of a mount.
#[derive(Default)]
pub(super) struct Authorities {
    pub(super) issuers: BTreeMap<String, Issuer>,
    pub(super) keys: BTreeMap<String, KeyEntry>,
    pub(super) default_issuer: String,
    pub(super) default_key: String,
}

impl LeafNotAfter {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Refuse => "err",
            Self::Truncate => "truncate",
            Self::Permit => "permit",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::Refuse, Self::Truncate, Self::Permit]
            .into_iter()
            .find(|known| known.name() == name)
    }
}

impl Issuer {
    /// The certificate in PEM.
    pub(super) fn pem(&self) -> String {
        pem("CERTIFICATE", &self.certificate)
    }
}

impl Authorities {
    /// Takes an authority's certificate in; the key is found among those that are here. Gives its id, and whether it is new.
    pub(super) fn add(&mut self, certificate: &[u8], name: &str) -> Result<(String, bool), Error> {
        let unreadable = || Error::response("unable to parse certificate");
        let (_, parsed) = X509Certificate::from_der(certificate).map_err(|_| unreadable())?;
        if let Some(known) = self.issuers.values().find(|issuer| issuer.certificate == certificate) {
            return Ok((known.id.clone(), false));
        }
        let public = parsed.public_key().raw;
        let holder = self
            .keys
            .values()
            .find(|entry| entry.key.public_der().is_ok_and(|der| der == public));
        let id = crate::random::uuid();
        let issuer = Issuer {
            id: id.clone(),
            name: name.to_owned(),
            certificate: certificate.to_vec(),
            key_id: holder.map(|entry| entry.id.clone()).unwrap_or_default(),
            serial: serial_text(parsed.raw_serial()),
            not_after: parsed.validity().not_after.timestamp(),
            leaf_not_after: LeafNotAfter::Refuse,
            settings: IssuerSettings::new(holder.map(|entry| entry.key.kind())),
            subject: parsed.subject().as_raw().to_vec(),
            signed_by: parsed.issuer().as_raw().to_vec(),
        };
        if self.default_issuer.is_empty() && !issuer.key_id.is_empty() {
            self.default_issuer.clone_from(&id);
        }
        self.issuers.insert(id.clone(), issuer);
        Ok((id, true))
    }

    /// Takes a key in; gives its id, and whether it is new.
    pub(super) fn add_key(&mut self, key: PrivateKey, name: &str) -> (String, bool) {
        let public = key.public_der();
        if let Some(known) = self.keys.values().find(|entry| entry.key.public_der() == public) {
            return (known.id.clone(), false);
        }
        let id = crate::random::uuid();
        if self.default_key.is_empty() {
            self.default_key.clone_from(&id);
        }
        let entry = KeyEntry {
            id: id.clone(),
            name: name.to_owned(),
            key,
        };
        self.keys.insert(id.clone(), entry);
        (id, true)
    }

    /// The id of the issuer that a reference (`default`, a name, an id) means.
    pub(super) fn issuer_id(&self, reference: &str) -> Result<&str, Error> {
        if reference == "default" {
            if self.default_issuer.is_empty() {
                return Err(Error::internal("no default issuer currently configured"));
            }
            return Ok(&self.default_issuer);
        }
        let known = self
            .issuers
            .values()
            .find(|issuer| issuer.id == reference || issuer.name == reference);
        known
            .map(|issuer| issuer.id.as_str())
            .ok_or_else(|| Error::internal(format!("unable to find PKI issuer for reference: {reference}")))
    }

    /// The issuer that a reference means.
    pub(super) fn issuer(&self, reference: &str) -> Result<&Issuer, Error> {
        let id = self.issuer_id(reference)?;
        self.issuers
            .get(id)
            .ok_or_else(|| Error::internal("the issuer is gone"))
    }

    /// The key that a reference means.
    pub(super) fn key(&self, reference: &str) -> Result<&KeyEntry, Error> {
        let reference = match reference {
            "default" if self.default_key.is_empty() => {
                return Err(Error::internal("no default key currently configured"));
            }
            "default" => &self.default_key,
            other => other,
        };
        let known = self
            .keys
            .values()
            .find(|entry| entry.id == reference || entry.name == reference);
        known.ok_or_else(|| Error::internal(format!("unable to find PKI key for reference: {reference}")))
    }

    /// The issuer of a reference with its key, ready to sign.
    pub(super) fn signer(&self, reference: &str) -> Result<(&Issuer, Signer<'_>), Error> {
        let missing = |error: Error| {
            Error::internal(format!(
                "could not fetch the CA certificate (was one set?): {}",
                error.text
            ))
        };
        let issuer = self.issuer(reference).map_err(missing)?;
        let Some(entry) = self.keys.get(&issuer.key_id) else {
            return Err(Error::internal("could not fetch the CA key: this issuer has none here"));
        };
        Ok((issuer, Signer::new(&entry.key)?))
    }

    /// The certificates from this issuer up to its root, as far as they are here, in PEM.
    pub(super) fn chain(&self, issuer: &Issuer) -> Vec<String> {
        if !issuer.settings.manual_chain.is_empty() {
            let listed = issuer.settings.manual_chain.iter();
            return listed.filter_map(|id| Some(self.issuers.get(id)?.pem())).collect();
        }
        let mut chain = vec![issuer.pem()];
        let mut last = issuer;
        while last.subject != last.signed_by && chain.len() <= self.issuers.len() {
            let parent = self.issuers.values().find(|other| other.subject == last.signed_by);
            let Some(parent) = parent else { break };
            chain.push(parent.pem());
            last = parent;
        }
        chain
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
