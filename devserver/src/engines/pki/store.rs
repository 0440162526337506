//! Issued certificates: reading, listing, revoking, and the lists of the revoked.

use super::certificate::revocation_list;
use super::{Pki, issuer_reference};
use crate::engine::{Call, Context, Handler, Route, integer, route, text};
use crate::engines::asymmetric::{decode_pem, pem};
use crate::engines::tree;
use crate::json::Value;
use crate::logical::{Error, Operation, Raw, Reply, Response};
use crate::object;
use jiff::Timestamp;

/// A certificate that was issued.
pub(super) struct Stored {
    pub(super) certificate: Vec<u8>,
    pub(super) issuer_id: String,
    /// When the certificate ends, in seconds since 1970.
    pub(super) not_after: i64,
    pub(super) revoked: Option<Timestamp>,
}

const DER: &str = "application/pkix-cert";
const PEM: &str = "application/pem-certificate-chain";
const CRL_DER: &str = "application/pkix-crl";
const CRL_PEM: &str = "application/x-pem-file";

pub(super) fn routes() -> Vec<Route<Pki>> {
    let mut routes = documents();
    routes.extend([
        route("cert/{serial}/raw(?P<form>/pem)?")
            .fields(vec![text("serial"), text("form")])
            .on(Operation::Read, Pki::read_raw)
            .help("Fetch a certificate's bytes", "DER, or PEM with /pem."),
        route("cert/(?P<serial>[0-9A-Fa-f:-]+)/raw(?P<form>/pem)?")
            .fields(vec![text("serial"), text("form")])
            .on(Operation::Read, Pki::read_raw),
        route("cert/(?P<serial>[0-9A-Za-z:_-]+)")
            .fields(vec![text("serial")])
            .on(Operation::Read, Pki::read_certificate)
            .help("Fetch a certificate", "By serial number, or ca, ca_chain, crl."),
        route("certs/?")
            .fields(vec![text("after"), integer("limit")])
            .on(Operation::List, Pki::list_certificates)
            .help("List certificates", "Serial numbers."),
        route("certs/revoked/?")
            .fields(vec![text("after"), integer("limit")])
            .on(Operation::List, Pki::list_revoked)
            .help("List revoked certificates", "Serial numbers."),
        route("revoke")
            .fields(vec![text("serial_number"), text("certificate")])
            .on(Operation::Update, Pki::revoke_certificate)
            .help(
                "Puts a certificate on the revocation list",
                "By serial number or by itself.",
            ),
        rotation("crl/rotate", |_, _, _| {
            Response::data(object! { "success" => true }).reply()
        }),
        rotation("crl/rotate-delta", |engine, _, _| {
            let response = Response::data(object! { "success" => true });
            match engine.crl.has_delta() {
                true => response.reply(),
                false => response
                    .warn("requested rebuild of delta CRL when delta CRL is not enabled; this is a no-op")
                    .reply(),
            }
        }),
    ]);
    routes
}

/// The wish for a new list, which is built at each reading anyway.
fn rotation(pattern: &str, answer: Handler<Pki>) -> Route<Pki> {
    route(pattern)
        .on(Operation::Read, answer)
        .on(Operation::Update, answer)
        .help("Rebuild the list", "It is built at each reading anyway.")
}

/// Documents that are served as they are.
fn documents() -> Vec<Route<Pki>> {
    vec![
        route("ca(?P<form>/pem)?")
            .fields(vec![text("form")])
            .on(Operation::Read, Pki::raw_ca)
            .help("Fetch the CA", "DER, or PEM with /pem."),
        route("ca_chain")
            .on(Operation::Read, Pki::raw_chain)
            .help("Fetch the chain of the CA", "PEM."),
        route("crl(/delta)?(?P<form>/pem)?")
            .fields(vec![text("form")])
            .on(Operation::Read, Pki::raw_crl)
            .help("Fetch the CRL", "DER, or PEM with /pem."),
        route("issuer/{issuer_ref}/(?P<form>pem|der)")
            .fields(vec![text("issuer_ref"), text("form")])
            .on(Operation::Read, Pki::raw_ca)
            .help("Fetch an issuer", "PEM or DER."),
        route("issuer/{issuer_ref}/crl/(?P<form>pem|der)")
            .fields(vec![text("issuer_ref"), text("form")])
            .on(Operation::Read, Pki::raw_crl)
            .help("Fetch an issuer's CRL", "PEM or DER."),
        route("issuer/{issuer_ref}/crl")
            .fields(vec![text("issuer_ref")])
            .on(Operation::Read, Pki::crl_entry)
            .help("Fetch an issuer's CRL", "As a JSON member."),
    ]
}

impl Stored {
    fn view(&self) -> crate::json::Object {
        let (time, text) = match self.revoked {
            Some(moment) => (moment.as_second(), moment.to_string()),
            None => (0, String::new()),
        };
        let mut view = object! {
            "certificate" => pem("CERTIFICATE", &self.certificate),
            "revocation_time" => time,
            "revocation_time_rfc3339" => text,
        };
        if self.revoked.is_some() {
            view.insert("issuer_id".to_owned(), Value::from(&self.issuer_id));
        }
        view
    }
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

impl Pki {
    fn raw_ca(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let is_pem = call.text("form").ends_with("pem");
        let content_type = if is_pem { PEM } else { DER };
        match self.authorities.issuer(issuer_reference(call)) {
            Ok(issuer) if is_pem => raw(content_type, issuer.pem()),
            Ok(issuer) => raw(content_type, issuer.certificate.clone()),
            Err(_) if call.text("issuer_ref").is_empty() => raw(content_type, Vec::new()),
            Err(error) => Err(error),
        }
    }

    fn raw_chain(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        match self.authorities.issuer("default") {
            Ok(issuer) => raw(DER, self.authorities.chain(issuer).concat()),
            Err(_) => raw(DER, Vec::new()),
        }
    }

    fn raw_crl(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let is_pem = call.text("form").ends_with("pem");
        let content_type = if is_pem { CRL_PEM } else { CRL_DER };
        let list = match self.revocation_list(context, issuer_reference(call)) {
            Ok(list) => list,
            Err(_) if call.text("issuer_ref").is_empty() => Vec::new(),
            Err(error) => return Err(error),
        };
        if is_pem && !list.is_empty() {
            return raw(content_type, pem("X509 CRL", &list));
        }
        raw(content_type, list)
    }

    fn crl_entry(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let list = self.revocation_list(context, issuer_reference(call))?;
        Response::data(object! { "crl" => pem("X509 CRL", &list) }).reply()
    }

    /// A fresh list of what the issuer revoked.
    fn revocation_list(&mut self, context: &Context<'_>, reference: &str) -> Result<Vec<u8>, Error> {
        let (issuer, signer) = self.authorities.signer(reference)?;
        let revoked = self
            .certificates
            .iter()
            .filter(|(_, stored)| stored.issuer_id == issuer.id);
        let revoked: Vec<(Vec<u8>, i64)> = revoked
            .filter_map(|(serial, stored)| Some((serial_bytes(serial)?, stored.revoked?.as_second())))
            .collect();
        self.crl_number += 1;
        let now = context.now.as_second();
        let next = now.saturating_add(i64::try_from(self.crl.expiry().as_secs()).unwrap_or(i64::MAX));
        revocation_list(issuer, signer, self.crl_number, (now, next), &revoked)
    }

    fn read_certificate(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let bare = |error: Error| Error::response(error.text);
        let shown = |certificate: String| {
            object! { "certificate" => certificate, "revocation_time" => 0, "revocation_time_rfc3339" => "" }
        };
        match call.text("serial") {
            "ca" => Response::data(shown(self.authorities.issuer("default").map_err(bare)?.pem())).reply(),
            "ca_chain" => {
                let issuer = self.authorities.issuer("default").map_err(bare)?;
                let chain = self.authorities.chain(issuer).join("\n");
                let mut data = shown(chain.clone());
                data.insert("ca_chain".to_owned(), chain.into());
                Response::data(data).reply()
            }
            "crl" => {
                let list = self.revocation_list(context, "default").map_err(bare)?;
                Response::data(shown(pem("X509 CRL", &list))).reply()
            }
            serial => match self.certificates.get(&normal(serial)) {
                Some(stored) => Response::data(stored.view()).reply(),
                None => Ok(None),
            },
        }
    }

    fn read_raw(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let is_pem = !call.text("form").is_empty();
        let content_type = if is_pem { PEM } else { DER };
        let certificate = match call.text("serial") {
            "ca" => self
                .authorities
                .issuer("default")
                .map(|issuer| issuer.certificate.clone())
                .unwrap_or_default(),
            serial => self
                .certificates
                .get(&normal(serial))
                .map(|stored| stored.certificate.clone())
                .unwrap_or_default(),
        };
        if is_pem && !certificate.is_empty() {
            return raw(content_type, pem("CERTIFICATE", &certificate));
        }
        raw(content_type, certificate)
    }

    fn list_certificates(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        Response::list(tree::page(self.certificates.keys().cloned(), call)).reply()
    }

    fn list_revoked(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        let revoked = self.certificates.iter().filter(|(_, stored)| stored.revoked.is_some());
        Response::list(revoked.map(|(serial, _)| serial.clone())).reply()
    }

    fn revoke_certificate(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let (serial, certificate) = (call.string("serial_number"), call.string("certificate"));
        let serial = match (serial.is_empty(), certificate.is_empty()) {
            (true, true) => {
                return Err(Error::response(
                    "The serial number or certificate to revoke must be provided.",
                ));
            }
            (false, false) => {
                return Err(Error::response(
                    "Must provide either the certificate or the serial to revoke; not both.",
                ));
            }
            (false, true) => normal(&serial),
            (true, false) => serial_of(&certificate)?,
        };
        let not_found = || Error::response(format!("certificate with serial {serial} not found."));
        let stored = self.certificates.get_mut(&serial).ok_or_else(not_found)?;
        let moment = *stored.revoked.get_or_insert(context.now);
        Response::data(object! {
            "revocation_time" => moment.as_second(),
            "revocation_time_rfc3339" => moment.to_string(),
            "state" => "revoked",
        })
        .reply()
    }
}

/// A serial number as the store writes it: lower case, colons.
fn normal(serial: &str) -> String {
    serial.to_ascii_lowercase().replace('-', ":")
}

fn serial_bytes(serial: &str) -> Option<Vec<u8>> {
    serial
        .split(':')
        .map(|pair| u8::from_str_radix(pair, 16).ok())
        .collect()
}

fn serial_of(certificate: &str) -> Result<String, Error> {
    use x509_parser::prelude::FromDer as _;
    let wrong = || Error::response("certificate contains no data");
    let (_, der) = decode_pem(certificate).ok_or_else(wrong)?;
    let (_, parsed) = x509_parser::certificate::X509Certificate::from_der(&der)
        .map_err(|_| Error::response("unable to parse certificate"))?;
    Ok(super::issuer::serial_text(parsed.raw_serial()))
}
