//! Certificates that were issued, and their lists.

use super::Pki;
use super::given_out::trimmed;
use crate::engine::{Call, Context, Route, integer, route, text};
use crate::engines::asymmetric::Kind;
use crate::engines::tree;
use crate::engines::x509::Certificate;
use crate::json::{Object, Value};
use crate::logical::{Operation, Reply, Response};
use crate::object;
use jiff::Timestamp;

/// A certificate that was issued, or given to be revoked.
pub(super) struct Stored {
    pub(super) certificate: Certificate,
    /// Empty where no issuer of the mount signed it.
    pub(super) issuer_id: String,
    pub(super) revoked: Option<Timestamp>,
}

/// So many names of a certificate are shown in lists.
const MOST_NAMES: usize = 5;

pub(super) fn routes() -> Vec<Route<Pki>> {
    let page = || vec![text("after"), integer("limit")];
    vec![
        route("certs/?")
            .fields(page())
            .on(Operation::List, Pki::list_certificates)
            .help("List certificates", "Serial numbers."),
        route("certs/detailed/?")
            .fields(page())
            .on(Operation::List, Pki::list_detailed)
            .help("List certificates", "Serial numbers, names, keys and spans of life."),
        route("certs/revoked/?")
            .fields(page())
            .on(Operation::List, Pki::list_revoked_certificates)
            .help("List revoked certificates", "Serial numbers."),
    ]
}

impl Stored {
    pub(super) fn view(&self) -> Object {
        let (time, text) = match self.revoked {
            Some(moment) => (moment.as_second(), moment.to_string()),
            None => (0, String::new()),
        };
        let mut view = object! {
            "certificate" => trimmed("CERTIFICATE", &self.certificate.der),
            "revocation_time" => time,
            "revocation_time_rfc3339" => text,
        };
        if self.revoked.is_some() && !self.issuer_id.is_empty() {
            view.insert("issuer_id".to_owned(), Value::from(&self.issuer_id));
        }
        view
    }

    fn details(&self) -> Object {
        let certificate = &self.certificate;
        let kind = certificate.public().map(|public| public.kind());
        let mut names = certificate.names().dns;
        names.truncate(MOST_NAMES);
        let moment = |seconds: i64| {
            let moment = Timestamp::from_second(seconds).unwrap_or_default();
            moment.to_string()
        };
        object! {
            "common_name" => certificate.common_name(),
            "dns_names" => (!names.is_empty()).then_some(names),
            "issuer" => certificate.issuer_text(),
            "key_bits" => kind.map_or(0, Kind::bits),
            "key_type" => kind.map_or("unknown", Kind::name),
            "not_after" => moment(certificate.not_after()),
            "not_before" => moment(certificate.not_before()),
        }
    }
}

impl Pki {
    /// Keeps a certificate under its number.
    pub(super) fn keep(&mut self, certificate: Certificate) {
        let issuers = self.authorities.issuers.values();
        let mut signers = issuers.filter(|issuer| certificate.is_signed_by(&issuer.certificate));
        let issuer_id = signers.next().map(|issuer| issuer.id.clone()).unwrap_or_default();
        let stored = Stored {
            issuer_id,
            revoked: None,
            certificate,
        };
        self.certificates.insert(stored.certificate.serial(), stored);
    }

    fn list_certificates(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        Response::list(page(self.certificates.keys().cloned(), call)).reply()
    }

    fn list_detailed(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let serials = page(self.certificates.keys().cloned(), call);
        if serials.is_empty() {
            return Response::list(serials).reply();
        }
        let stored = serials
            .iter()
            .filter_map(|serial| Some((serial, self.certificates.get(serial)?)));
        let details: Object = stored
            .map(|(serial, stored)| (serial.clone(), Value::Object(stored.details())))
            .collect();
        Response::data(object! { "keys" => serials, "key_info" => details }).reply()
    }

    fn list_revoked_certificates(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let revoked = self.certificates.iter().filter(|(_, stored)| stored.revoked.is_some());
        Response::list(page(revoked.map(|(serial, _)| serial.clone()), call)).reply()
    }
}

/// A page of serial numbers; `after` may have them with hyphens, as the original stores them.
fn page(serials: impl Iterator<Item = String>, call: &Call<'_>) -> Vec<String> {
    let hyphens = serials.map(|serial| serial.replace(':', "-"));
    let page = tree::page(hyphens, call);
    page.into_iter().map(|serial| serial.replace('-', ":")).collect()
}

/// A serial number as the store writes it: lower case, colons.
pub(super) fn normal(serial: &str) -> String {
    serial.to_ascii_lowercase().replace('-', ":")
}
