//! Revoking certificates: by number, by themselves, with their keys, and those of issuers.

use super::store::normal;
use super::{Pki, fields, issuer_reference};
use crate::engine::{Call, Context, Route, route, text};
use crate::engines::asymmetric::{PrivateKey, decode_pem};
use crate::engines::x509::Certificate;
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;

/// Shorter texts are no certificate in PEM.
const SHORTEST_CERTIFICATE: usize = 75;
/// Shorter texts are no key in PEM.
const SHORTEST_KEY: usize = 64;
/// Leases count whole seconds, so a certificate counts as ended a little earlier.
const LEEWAY: i64 = 2;

const SELF_SIGNED: &str = "This issuer is a self-signed (potentially root) certificate. This means it may not be considered \
                           revoked if there is not an external, cross-signed variant of this certificate. This issuer's \
                           serial number will not appear on its own CRL.";
const NO_PARENT: &str = "This issuer lacks another parent issuer within the mount. This means it will not appear on any \
                         other CRLs and may not be considered revoked by clients. Consider adding this issuer to its \
                         issuer's CRL as well if it is not self-signed.";
const IS_DEFAULT: &str = "This issuer is currently configured as the default issuer for this mount; operations such as \
                          certificate issuance may not work until a new default issuer is selected.";

pub(super) fn routes() -> Vec<Route<Pki>> {
    vec![
        route("revoke")
            .fields(vec![text("serial_number"), text("certificate")])
            .on(Operation::Update, Pki::revoke_certificate)
            .help(
                "Puts a certificate on the revocation list",
                "By serial number or by itself.",
            ),
        route("revoke-with-key")
            .fields(vec![text("serial_number"), text("certificate"), text("private_key")])
            .on(Operation::Update, Pki::revoke_certificate)
            .help(
                "Puts a certificate on the revocation list",
                "For those who can show its private key.",
            ),
        route("issuer/{issuer_ref}/revoke")
            .fields(vec![fields::issuer_ref()])
            .on(Operation::Update, Pki::revoke_issuer)
            .help("Revoke an issuer", "It signs nothing but lists from then on."),
    ]
}

impl Pki {
    fn revoke_certificate(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        match (call.has("serial_number"), call.has("certificate")) {
            (false, false) => {
                return Err(Error::response(
                    "The serial number or certificate to revoke must be provided.",
                ));
            }
            (true, true) => {
                return Err(Error::response(
                    "Must provide either the certificate or the serial to revoke; not both.",
                ));
            }
            _ => {}
        }
        let key = shown_key(call)?;
        let (certificate, is_new) = match call.has("certificate") {
            true => self.given_certificate(&call.string("certificate"))?,
            false => (self.stored_certificate(&call.string("serial_number"))?, false),
        };
        if let Some(key) = key {
            check_key(&key, &certificate)?;
        }
        let serial = certificate.serial();
        if is_new {
            self.keep(certificate);
        }
        self.revoke_stored(context, &serial)
    }

    fn stored_certificate(&self, serial: &str) -> Result<Certificate, Error> {
        if serial.is_empty() {
            return Err(Error::response("The serial number must be provided"));
        }
        let stored = self.certificates.get(&normal(serial));
        let not_found = || Error::response(format!("certificate with serial {serial} not found."));
        stored.map(|stored| stored.certificate.clone()).ok_or_else(not_found)
    }

    /// A certificate that somebody brings, and whether it is new: then an issuer of the mount must have signed it.
    fn given_certificate(&self, text: &str) -> Result<(Certificate, bool), Error> {
        if text.len() < SHORTEST_CERTIFICATE {
            return Err(Error::internal(
                "provided certificate data was too short; perhaps a path was passed to the API rather than the contents \
                 of a PEM file",
            ));
        }
        let (_, der) = decode_pem(text).ok_or_else(|| Error::internal("certificate contains no PEM data"))?;
        let unreadable = |error| Error::internal(format!("certificate could not be parsed: {error}"));
        let given = Certificate::read(&der).map_err(unreadable)?;
        if let Some(stored) = self.certificates.get(&given.serial()) {
            return match stored.certificate.der == given.der {
                true => Ok((given, false)),
                false => Err(Error::internal(
                    "certificate with same serial but unequal value already present in this cluster's storage; refusing \
                     to revoke",
                )),
            };
        }
        let mut issuers = self.authorities.issuers.values();
        match issuers.any(|issuer| given.is_signed_by(&issuer.certificate)) {
            true => Ok((given, true)),
            false => Err(Error::internal(
                "unable to verify signature on presented cert from any present issuer in this mount; certificates from \
                 previous CAs will need to have their issuing CA and key re-imported if revocation is necessary",
            )),
        }
    }

    /// Revokes a certificate that is kept here.
    pub(super) fn revoke_stored(&mut self, context: &Context<'_>, serial: &str) -> Reply {
        let issuers = self.authorities.issuers.values();
        let mut same = issuers.filter(|issuer| issuer.certificate.serial() == serial);
        if let Some(issuer) = same.next() {
            return Err(Error::response(format!(
                "adding issuer (id: {}) to its own CRL is not allowed",
                issuer.id
            )));
        }
        let allows_ended = self.list_settings.flag("allow_expired_cert_revocation");
        let Some(stored) = self.certificates.get_mut(serial) else {
            return Ok(None);
        };
        let is_new = stored.revoked.is_none();
        let ended = stored.certificate.not_after() < context.now.as_second() + LEEWAY;
        if is_new && ended && !allows_ended {
            return Response::default()
                .warn(format!(
                    "certificate with serial {serial} already expired; refusing to add to CRL. Enable \
                     'AllowExpiredCertRevocation' to allow revoking expired certificates."
                ))
                .reply();
        }
        let moment = *stored.revoked.get_or_insert(context.now);
        let mut response = Response::data(object! {
            "revocation_time" => moment.as_second(),
            "revocation_time_rfc3339" => moment.to_string(),
            "state" => "revoked",
        });
        if is_new {
            response.warnings = self.list_revoked(context, serial)?;
        }
        response.reply()
    }

    fn revoke_issuer(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let id = self.authorities.issuer_id(issuer_reference(call))?.to_owned();
        let issuer = self.authorities.issuer(&id)?;
        if issuer.revoked.is_some() {
            return self.shown_issuer(issuer).reply();
        }
        let (serial, der) = (issuer.certificate.serial(), issuer.certificate.der.clone());
        if let Some(issuer) = self.authorities.issuers.get_mut(&id) {
            issuer.revoked = Some(context.now);
            issuer.settings.forbid("issuing-certificates");
        }
        if let Some(stored) = self
            .certificates
            .get_mut(&serial)
            .filter(|stored| stored.certificate.der == der)
        {
            stored.revoked = Some(context.now);
        }
        let warnings = self.rebuild_lists(context, false)?;
        let mut response = self.shown_issuer(self.authorities.issuer(&id)?);
        response.warnings.extend(warnings);
        response.warnings.extend(self.doubts_of_revocation(&id)?);
        response.reply()
    }

    /// Why the revocation of an issuer may not be seen, or disturb others.
    fn doubts_of_revocation(&self, id: &str) -> Result<Vec<String>, Error> {
        let own = &self.authorities.issuer(id)?.certificate;
        let others = self.authorities.issuers.values().filter(|one| one.id != id);
        let has_parent = others.into_iter().any(|other| own.is_signed_by(&other.certificate));
        let doubts = [
            (own.is_signed_by(own), SELF_SIGNED),
            (!has_parent, NO_PARENT),
            (self.authorities.default_issuer == id, IS_DEFAULT),
        ];
        let meant = doubts.into_iter().filter(|(applies, _)| *applies);
        Ok(meant.map(|(_, text)| text.to_owned()).collect())
    }
}

/// The key by which the caller shows that the certificate is theirs, where the path asks for it.
fn shown_key(call: &Call<'_>) -> Result<Option<PrivateKey>, Error> {
    if call.request.path != "revoke-with-key" {
        return Ok(None);
    }
    let Some(text) = call.maybe_string("private_key") else {
        return Err(Error::response(
            "Must have private key to revoke via the /revoke-with-key path.",
        ));
    };
    if text.len() < SHORTEST_KEY {
        return Err(Error::response(
            "Provided data for private_key was too short; perhaps a path was passed to the API rather than the contents \
             of a PEM file?",
        ));
    }
    let (_, der) = decode_pem(&text)
        .ok_or_else(|| Error::internal("provided key PEM block contained no data or failed to parse"))?;
    let wrong = || Error::internal("failed to parse provided private key: failed to parse key");
    PrivateKey::from_any_der(&der).map(Some).ok_or_else(wrong)
}

fn check_key(key: &PrivateKey, certificate: &Certificate) -> Result<(), Error> {
    let Some(public) = certificate.public() else {
        return Err(Error::internal(
            "certificate has an unknown public key algorithm; unable to validate provided private key; ask an admin to \
             revoke this certificate instead",
        ));
    };
    if public.kind().name() != key.kind().name() {
        return Err(Error::internal(
            "provided private key type does not match certificate's public key type",
        ));
    }
    match public == key.public() {
        true => Ok(()),
        false => Err(Error::internal(
            "provided private key does not match certificate's public key",
        )),
    }
}
