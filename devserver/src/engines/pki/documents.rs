//! Certificates and lists as they are, without the API's envelope, and under `cert/` within it.

use super::given_out::trimmed;
use super::lists::Extent;
use super::store::normal;
use super::{Pki, fields, issuer_reference};
use crate::engine::{Call, Context, Route, route, text};
use crate::engines::asymmetric::pem;
use crate::engines::x509::Certificate;
use crate::json::Object;
use crate::logical::{Error, Operation, Raw, Reply, Response};
use crate::object;

const DER: &str = "application/pkix-cert";
const PEM: &str = "application/pem-certificate-chain";
const LIST_DER: &str = "application/pkix-crl";
const LIST_PEM: &str = "application/x-pem-file";

pub(super) fn routes() -> Vec<Route<Pki>> {
    let mut routes = of_the_default();
    routes.extend(of_an_issuer());
    routes.extend([
        route("cert/(?P<serial>[0-9A-Fa-f:-]+)/raw(?P<form>/pem)?")
            .fields(vec![text("serial"), text("form")])
            .on(Operation::Read, Pki::read_raw)
            .help("Fetch a certificate's bytes", "DER, or PEM with /pem."),
        route("cert/(?P<serial>[0-9A-Fa-f:-]+)")
            .fields(vec![text("serial")])
            .on(Operation::Read, Pki::read_certificate)
            .help("Fetch a certificate", "By serial number."),
    ]);
    routes
}

fn of_the_default() -> Vec<Route<Pki>> {
    vec![
        route("(cert/ca/raw|ca)(?P<form>/pem)?")
            .fields(vec![text("form"), text("issuer_ref")])
            .on(Operation::Read, Pki::raw_ca)
            .help("Fetch the CA", "DER, or PEM with /pem."),
        route("ca_chain")
            .on(Operation::Read, Pki::raw_chain)
            .help("Fetch the chain of the CA", "PEM."),
        route("crl(/delta)?(?P<form>/pem)?")
            .fields(vec![text("form")])
            .on(Operation::Read, Pki::raw_list)
            .help("Fetch the CRL", "DER, or PEM with /pem."),
        route("cert/(?P<serial>ca|ca_chain|crl|delta-crl)")
            .fields(vec![text("serial")])
            .on(Operation::Read, Pki::read_default)
            .help("Fetch the CA, its chain, or its CRL", "Within the API's envelope."),
    ]
}

fn of_an_issuer() -> Vec<Route<Pki>> {
    vec![
        route("issuer/{issuer_ref}/(?P<form>pem|der)")
            .fields(vec![fields::issuer_ref(), text("form")])
            .on(Operation::Read, Pki::raw_ca)
            .help("Fetch an issuer", "PEM or DER."),
        route("issuer/{issuer_ref}/crl(/delta)?(/(?P<form>pem|der))?")
            .fields(vec![fields::issuer_ref(), text("form")])
            .on(Operation::Read, Pki::issuer_list)
            .help("Fetch an issuer's CRL", "PEM or DER, or as a JSON member."),
    ]
}

fn raw(content_type: &str, body: impl Into<Vec<u8>>) -> Reply {
    let body = body.into();
    let raw = Raw {
        status: if body.is_empty() { 204 } else { 200 },
        content_type: content_type.to_owned(),
        body,
    };
    let response = Response {
        raw: Some(raw),
        ..Response::default()
    };
    response.reply()
}

/// Which list a path means.
fn extent(call: &Call<'_>) -> Extent {
    match call.request.path.contains("delta") {
        true => Extent::Changes,
        false => Extent::Complete,
    }
}

fn shown(certificate: impl Into<String>) -> Object {
    object! {
        "certificate" => certificate.into(),
        "revocation_time" => 0,
        "revocation_time_rfc3339" => "",
    }
}

impl Pki {
    /// An issuer's certificate; the default's where the path names none.
    fn raw_ca(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let is_pem = call.text("form").ends_with("pem");
        let named = call.request.path.starts_with("issuer/");
        let content_type = if is_pem { PEM } else { DER };
        match self.authorities.issuer(issuer_reference(call)) {
            Ok(issuer) if is_pem && named => raw(content_type, issuer.pem()),
            Ok(issuer) if is_pem => raw(content_type, trimmed("CERTIFICATE", &issuer.certificate.der)),
            Ok(issuer) => raw(content_type, issuer.certificate.der.clone()),
            Err(_) if !named => raw(content_type, Vec::new()),
            Err(error) => Err(error),
        }
    }

    fn default_chain(&self) -> Result<String, Error> {
        let chain = self.authorities.chain(self.authorities.issuer("default")?);
        let chain = chain
            .into_iter()
            .map(|one| trimmed("CERTIFICATE", &one.certificate.der));
        Ok(chain.collect::<Vec<_>>().join("\n"))
    }

    fn raw_chain(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        raw(DER, self.default_chain().unwrap_or_default())
    }

    fn raw_list(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let is_pem = call.text("form").ends_with("pem");
        let content_type = if is_pem { LIST_PEM } else { LIST_DER };
        let list = self.list_of(context, "default", extent(call)).unwrap_or_default();
        match is_pem && !list.is_empty() {
            true => raw(content_type, trimmed("X509 CRL", &list)),
            false => raw(content_type, list),
        }
    }

    fn issuer_list(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let list = self.list_of(context, issuer_reference(call), extent(call))?;
        let in_pem = if list.is_empty() {
            String::new()
        } else {
            pem("X509 CRL", &list)
        };
        match call.text("form") {
            "der" => raw(LIST_DER, list),
            "pem" => raw(LIST_PEM, in_pem),
            _ => Response::data(object! { "crl" => in_pem }).reply(),
        }
    }

    fn read_default(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let bare = |error: Error| Error::response(error.text);
        match call.text("serial") {
            "ca" => {
                let issuer = self.authorities.issuer("default").map_err(bare)?;
                Response::data(shown(trimmed("CERTIFICATE", &issuer.certificate.der))).reply()
            }
            "ca_chain" => {
                let chain = self.default_chain().map_err(bare)?;
                let mut data = shown(chain.as_str());
                data.insert("ca_chain".to_owned(), chain.into());
                Response::data(data).reply()
            }
            _ => {
                let list = self.list_of(context, "default", extent(call))?;
                match list.is_empty() {
                    true => Ok(None),
                    false => Response::data(shown(trimmed("X509 CRL", &list))).reply(),
                }
            }
        }
    }

    fn read_certificate(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        match self.certificates.get(&normal(call.text("serial"))) {
            Some(stored) => Response::data(stored.view()).reply(),
            None => Ok(None),
        }
    }

    fn read_raw(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let stored = self.certificates.get(&normal(call.text("serial")));
        let certificate: Option<&Certificate> = stored.map(|stored| &stored.certificate);
        let der = certificate
            .map(|certificate| certificate.der.clone())
            .unwrap_or_default();
        match call.text("form") {
            "" => raw(DER, der),
            _ if der.is_empty() => raw(PEM, der),
            _ => raw(PEM, trimmed("CERTIFICATE", &der)),
        }
    }
}
