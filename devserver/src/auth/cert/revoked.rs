//! `crls/`: certificates that log in nobody any more.

use super::Cert;
use crate::engine::{Call, Context};
use crate::engines::tree;
use crate::json::{Object, Value};
use crate::logical::{Error, Reply, Response};
use crate::object;
use std::collections::BTreeSet;
use tokio_rustls::rustls::pki_types::CertificateRevocationListDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::{CertificateRevocationList, FromDer};

/// Serial numbers of a list, in decimal.
fn serials(list: &str) -> Option<BTreeSet<String>> {
    let der = CertificateRevocationListDer::from_pem_slice(list.as_bytes());
    let der = der.map_or_else(|_| list.as_bytes().to_vec(), |der| der.to_vec());
    let (_, list) = CertificateRevocationList::from_der(&der).ok()?;
    let revoked = list.iter_revoked_certificates();
    Some(revoked.map(|revoked| revoked.serial().to_string()).collect())
}

fn missing(name: &str) -> Error {
    Error::response(format!("no such CRL {name}"))
}

impl Cert {
    pub(super) fn list_revoked(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        Response::list(tree::page(self.revoked.keys().cloned(), call)).reply()
    }

    pub(super) fn read_revoked(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.string("name");
        let serials = self.revoked.get(&name).ok_or_else(|| missing(&name))?;
        let shown: Object = serials
            .iter()
            .map(|serial| (serial.clone(), Value::Object(object! {})))
            .collect();
        let mut data = Object::new();
        if !shown.is_empty() {
            data.insert("serials".to_owned(), Value::Object(shown));
        }
        Response::data(data).reply()
    }

    pub(super) fn write_revoked(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        if call.has("crl") {
            let serials = serials(&call.string("crl"));
            let serials = serials.ok_or_else(|| Error::response("failed to parse CRL: it is none"))?;
            self.revoked.insert(call.string("name"), serials);
            return Ok(None);
        }
        let why = match call.maybe_string("url") {
            None => "one of 'crl' or 'url' must be provided",
            Some(url) if url.is_empty() => "empty CRL url",
            Some(_) => "url is not supported by this development server; send the list itself as crl",
        };
        Err(Error::response(why))
    }

    pub(super) fn delete_revoked(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.string("name");
        match self.revoked.remove(&name) {
            Some(_) => Ok(None),
            None => Err(missing(&name)),
        }
    }

    /// Whether one of the lists names one of these certificates.
    pub(super) fn is_revoked(&self, chain: &[X509Certificate<'_>]) -> bool {
        let serials = chain
            .iter()
            .map(|certificate| certificate.tbs_certificate.serial.to_string());
        let lists: Vec<&BTreeSet<String>> = self.revoked.values().collect();
        serials
            .into_iter()
            .any(|serial| lists.iter().any(|list| list.contains(&serial)))
    }
}
