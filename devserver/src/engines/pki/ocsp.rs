//! The responder: tells by signed answers whether certificates are revoked (OCSP, RFC 6960).

use super::Pki;
use super::issuer::{Authorities, Issuer, colons};
use super::lifetime::later;
use crate::engine::{Call, Context, Route, route, text};
use crate::engines::asymmetric::Kind;
use crate::engines::digest::Algorithm as Digest;
use crate::engines::encoding;
use crate::engines::x509::SignatureAlgorithm;
use crate::logical::{Operation, Raw, Reply, Response};
use jiff::Timestamp;
use std::time::Duration;
use x509_cert::der::asn1::{GeneralizedTime, OctetString};
use x509_cert::der::{Decode as _, Encode as _};
use x509_ocsp::{
    BasicOcspResponse, CertId, CertStatus, OcspGeneralizedTime, OcspRequest, OcspResponse, ResponderId, ResponseData,
    RevokedInfo, SingleResponse, Version,
};

/// Longer requests are refused; a usual one has 87 bytes.
const MOST_BYTES: usize = 2048;

/// Digests by which requests name issuers, by their object identifiers.
const DIGESTS: [(&str, Digest); 4] = [
    ("1.3.14.3.2.26", Digest::Sha1),
    ("2.16.840.1.101.3.4.2.1", Digest::Sha2_256),
    ("2.16.840.1.101.3.4.2.2", Digest::Sha2_384),
    ("2.16.840.1.101.3.4.2.3", Digest::Sha2_512),
];

pub(super) fn routes() -> Vec<Route<Pki>> {
    vec![
        route("ocsp/{req*}")
            .fields(vec![text("req")])
            .on(Operation::Read, Pki::answer_get)
            .help("Ask whether a certificate is revoked", "The request in base64."),
        route("ocsp")
            .on(Operation::Update, Pki::answer_post)
            .help("Ask whether a certificate is revoked", "The request as the body."),
    ]
}

/// Why no certificate's state is told.
enum Refusal {
    Malformed,
    Unauthorized,
    Internal,
}

impl Refusal {
    fn answer(&self) -> (u16, OcspResponse) {
        match self {
            Self::Malformed => (400, OcspResponse::malformed_request()),
            Self::Unauthorized => (401, OcspResponse::unauthorized()),
            Self::Internal => (500, OcspResponse::internal_error()),
        }
    }
}

impl Pki {
    fn answer_get(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let asked = call.text("req");
        let asked = (!asked.is_empty() && asked.len() < MOST_BYTES).then(|| encoding::decode(asked).ok());
        self.answer(context, asked.flatten().as_deref())
    }

    fn answer_post(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let body = &call.request.body;
        self.answer(context, (body.len() < MOST_BYTES).then_some(body.as_ref()))
    }

    fn answer(&self, context: &Context<'_>, request: Option<&[u8]>) -> Reply {
        let answer = self.state(context, request);
        let (status, response) = match answer {
            Ok(response) => (200, response),
            Err(refusal) => refusal.answer(),
        };
        let raw = Raw {
            status,
            content_type: "application/ocsp-response".to_owned(),
            body: response.to_der().unwrap_or_default(),
        };
        Response {
            raw: Some(raw),
            ..Response::default()
        }
        .reply()
    }

    /// The signed state of the certificate that a request names.
    fn state(&self, context: &Context<'_>, request: Option<&[u8]>) -> Result<OcspResponse, Refusal> {
        if self.list_settings.flag("ocsp_disable") {
            return Err(Refusal::Unauthorized);
        }
        let request = request.and_then(|der| OcspRequest::from_der(der).ok());
        let request = request.ok_or(Refusal::Malformed)?;
        let asked = &request
            .tbs_request
            .request_list
            .first()
            .ok_or(Refusal::Malformed)?
            .req_cert;
        let oid = asked.hash_algorithm.oid.to_string();
        let digest = DIGESTS
            .iter()
            .find(|(known, _)| *known == oid)
            .ok_or(Refusal::Malformed)?
            .1;
        let serial = colons(unsigned(asked.serial_number.as_bytes()));
        let revoked = self
            .certificates
            .get(&serial)
            .and_then(|stored| Some((stored, stored.revoked?)));
        let candidates = self.authorities.issuers.values().filter(|issuer| {
            let chosen = revoked.is_none_or(|(stored, _)| stored.issuer_id.is_empty() || stored.issuer_id == issuer.id);
            chosen && !issuer.key_id.is_empty() && is_named(issuer, asked, digest)
        });
        let named: Vec<&Issuer> = candidates.collect();
        let able = |issuer: &&Issuer| issuer.settings.allows("ocsp-signing");
        let (issuer, status) = match (named.iter().copied().find(able), named.is_empty()) {
            (Some(issuer), _) => (issuer, known_status(revoked.map(|(_, at)| at))?),
            (None, false) => return Err(Refusal::Unauthorized),
            (None, true) => {
                let default = self.authorities.issuer("default").ok().filter(able);
                (default.ok_or(Refusal::Unauthorized)?, CertStatus::unknown())
            }
        };
        self.signed(context, issuer, (asked, digest), status)
    }

    fn signed(
        &self,
        context: &Context<'_>,
        issuer: &Issuer,
        (asked, digest): (&CertId, Digest),
        status: CertStatus,
    ) -> Result<OcspResponse, Refusal> {
        let key = &self
            .authorities
            .keys
            .get(&issuer.key_id)
            .ok_or(Refusal::Unauthorized)?
            .key;
        if key.kind() == Kind::Ed25519 {
            return Err(Refusal::Internal);
        }
        let algorithm = Authorities::list_algorithm(issuer).unwrap_or(SignatureAlgorithm::default_for(key.kind()));
        let algorithm = algorithm.without_pss();
        let next = match self.list_settings.span("ocsp_expiry") {
            Duration::ZERO => None,
            span => Some(time(later(context.now, span))?),
        };
        let single = SingleResponse {
            cert_id: named_by(issuer, asked, digest)?,
            cert_status: status,
            this_update: time(context.now)?,
            next_update: next,
            // The original writes an empty list of them.
            single_extensions: Some(Vec::new()),
        };
        let content = ResponseData {
            version: Version::V1,
            responder_id: ResponderId::ByName(issuer.certificate.subject().clone()),
            // Answers are dated to the minute.
            produced_at: time(minute(context.now))?,
            responses: vec![single],
            response_extensions: None,
        };
        let bytes = content.to_der().map_err(|_| Refusal::Internal)?;
        let response = BasicOcspResponse {
            tbs_response_data: content,
            signature_algorithm: algorithm.identifier().map_err(|_| Refusal::Internal)?,
            signature: algorithm.sign(key, &bytes).map_err(|_| Refusal::Internal)?,
            certs: None,
        };
        OcspResponse::successful(response).map_err(|_| Refusal::Internal)
    }
}

/// The state of a certificate whose issuer is known.
fn known_status(revoked: Option<Timestamp>) -> Result<CertStatus, Refusal> {
    Ok(match revoked {
        Some(at) => CertStatus::revoked(RevokedInfo {
            revocation_time: time(at)?,
            revocation_reason: None,
        }),
        None => CertStatus::good(),
    })
}

/// Name and key of an issuer, as requests name them.
fn digests(issuer: &Issuer, digest: Digest) -> (Vec<u8>, Vec<u8>) {
    let name = issuer.certificate.subject().to_der().unwrap_or_default();
    (digest.digest(&name), digest.digest(issuer.certificate.public_bits()))
}

fn is_named(issuer: &Issuer, asked: &CertId, digest: Digest) -> bool {
    let (name, key) = digests(issuer, digest);
    asked.issuer_name_hash.as_bytes() == name && asked.issuer_key_hash.as_bytes() == key
}

/// The certificate that was asked for, named by the issuer that answers.
fn named_by(issuer: &Issuer, asked: &CertId, digest: Digest) -> Result<CertId, Refusal> {
    let (name, key) = digests(issuer, digest);
    let octets = |bytes: Vec<u8>| OctetString::new(bytes).map_err(|_| Refusal::Internal);
    Ok(CertId {
        issuer_name_hash: octets(name)?,
        issuer_key_hash: octets(key)?,
        ..asked.clone()
    })
}

/// A number without the zero that DER puts before numbers whose first bit is set.
fn unsigned(bytes: &[u8]) -> &[u8] {
    match bytes {
        [0, rest @ ..] if !rest.is_empty() => rest,
        other => other,
    }
}

fn minute(moment: Timestamp) -> Timestamp {
    let seconds = moment.as_second();
    Timestamp::from_second(seconds - seconds.rem_euclid(60)).unwrap_or(moment)
}

fn time(moment: Timestamp) -> Result<OcspGeneralizedTime, Refusal> {
    let span = Duration::from_secs(moment.as_second().max(0).unsigned_abs());
    let time = GeneralizedTime::from_unix_duration(span).map_err(|_| Refusal::Internal)?;
    Ok(OcspGeneralizedTime(time))
}
