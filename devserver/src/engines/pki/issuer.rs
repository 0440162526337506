//! Authorities: keys, certificates of authorities, and how both are found by reference.

use super::issuer_settings::IssuerSettings;
use crate::engines::asymmetric::{PrivateKey, pem};
use crate::engines::x509::{Certificate, SignatureAlgorithm};
use crate::logical::Error;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// The certificate of an authority.
#[derive(Clone)]
pub(super) struct Issuer {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) certificate: Certificate,
    /// Id of its key; empty where the key is not here.
    pub(super) key_id: String,
    pub(super) leaf_not_after: LeafNotAfter,
    pub(super) settings: IssuerSettings,
    pub(super) revoked: Option<Timestamp>,
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
    /// Whether a new issuer becomes the default.
    pub(super) follows_latest: bool,
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
        pem("CERTIFICATE", &self.certificate.der)
    }

    /// Whether two are the same authority, with one list of the revoked: the same name and key.
    pub(super) fn is_equivalent(&self, other: &Self) -> bool {
        self.key_id == other.key_id && self.certificate.subject() == other.certificate.subject()
    }
}

impl Authorities {
    /// Takes an authority's certificate in; the key is found among those that are here. Gives its id, and whether it is new.
    pub(super) fn add(&mut self, certificate: Certificate, name: &str) -> (String, bool) {
        let known = self
            .issuers
            .values()
            .find(|issuer| issuer.certificate.der == certificate.der);
        if let Some(known) = known {
            return (known.id.clone(), false);
        }
        let public = certificate.public();
        let mut entries = self.keys.values();
        let holder = entries.find(|entry| Some(entry.key.public()) == public);
        let id = crate::random::uuid();
        let issuer = Issuer {
            id: id.clone(),
            name: name.to_owned(),
            key_id: holder.map(|entry| entry.id.clone()).unwrap_or_default(),
            leaf_not_after: LeafNotAfter::Refuse,
            settings: IssuerSettings::new(&certificate),
            revoked: None,
            certificate,
        };
        if self.default_issuer.is_empty() && !issuer.key_id.is_empty() {
            self.default_issuer.clone_from(&id);
        }
        self.issuers.insert(id.clone(), issuer);
        (id, true)
    }

    /// Takes a key in; gives its id, and whether it is new. Issuers that had no key and are its own have one then.
    pub(super) fn add_key(&mut self, key: PrivateKey, name: &str) -> (String, bool) {
        let public = key.public();
        if let Some(known) = self.keys.values().find(|entry| entry.key.public() == public) {
            return (known.id.clone(), false);
        }
        let id = crate::random::uuid();
        if self.default_key.is_empty() {
            self.default_key.clone_from(&id);
        }
        for issuer in self.issuers.values_mut().filter(|issuer| issuer.key_id.is_empty()) {
            if issuer.certificate.public().as_ref() == Some(&public) {
                issuer.key_id.clone_from(&id);
                if self.default_issuer.is_empty() {
                    self.default_issuer.clone_from(&issuer.id);
                }
            }
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

    /// An issuer with its key, if it may be used in this way.
    pub(super) fn usable(&self, issuer: &Issuer, usage: &str) -> Result<&PrivateKey, Error> {
        issuer.settings.check(usage, issuer)?;
        match self.keys.get(&issuer.key_id) {
            Some(entry) => Ok(&entry.key),
            None => Err(Error::response(format!(
                "unable to fetch corresponding key for issuer {}; unable to use this issuer for signing",
                issuer.id
            ))),
        }
    }

    /// The issuer of a reference with its key, ready to sign certificates.
    pub(super) fn signer(&self, reference: &str) -> Result<(&Issuer, &PrivateKey), Error> {
        let missing = |error: Error| {
            Error::internal(format!(
                "could not fetch the CA certificate (was one set?): {}",
                error.text
            ))
        };
        let issuer = self.issuer(reference).map_err(missing)?;
        let key = self
            .usable(issuer, "issuing-certificates")
            .map_err(|error| match error.status() {
                500 => Error::internal(format!("error fetching CA certificate: {}", error.text)),
                _ => missing(error),
            })?;
        Ok((issuer, key))
    }

    /// The issuers from this one up to its root, as far as they are here.
    pub(super) fn chain<'a>(&'a self, issuer: &'a Issuer) -> Vec<&'a Issuer> {
        if !issuer.settings.manual_chain.is_empty() {
            let listed = issuer.settings.manual_chain.iter();
            return listed.filter_map(|id| self.issuers.get(id)).collect();
        }
        let mut chain = vec![issuer];
        loop {
            let last = chain[chain.len() - 1];
            let is_next = |other: &&Issuer| {
                chain.iter().all(|known| known.id != other.id) && last.certificate.is_signed_by(&other.certificate)
            };
            if last.certificate.is_signed_by(&last.certificate) {
                return chain;
            }
            match self.issuers.values().find(is_next) {
                Some(parent) => chain.push(parent),
                None => return chain,
            }
        }
    }

    /// What an issuer signs its lists with: what was set, else what suits its key.
    pub(super) fn list_algorithm(issuer: &Issuer) -> Option<&'static SignatureAlgorithm> {
        SignatureAlgorithm::named(&issuer.settings.revocation_algorithm)
    }
}

/// Bytes as they are written in identifiers and numbers: pairs of hexadecimal digits with colons.
pub(super) fn colons(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(":")
}

/// The identifier of a public key: the SHA-1 of its bits (RFC 5280 §4.2.1.2).
pub(super) fn key_identifier(key: &PrivateKey) -> Vec<u8> {
    crate::engines::x509::key_identifier(&key.public())
}
