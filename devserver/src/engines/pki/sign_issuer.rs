//! Signing other authorities: intermediates by their requests, and certificates that signed themselves.

use super::creation::{draft, read_request, requested_key};
use super::given_out::{Format, format, members, trimmed};
use super::issue::{request_algorithm, take_over};
use super::issuer::{Issuer, LeafNotAfter};
use super::request::Asked;
use super::role::Role;
use super::root::{as_authority, path_length, warn_of};
use super::{NO_REFERENCE, Pki, fields, named_issuer, unmade};
use crate::engine::{Call, Context, Route, boolean, integer, route, text};
use crate::engines::asymmetric::decode_pem;
use crate::engines::x509::{Certificate, SignatureAlgorithm};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;

const OUTLIVES: &str = "The expiration time for the signed certificate is after the CA's expiration time. If the new \
                        certificate is not treated as a root, validation paths with the certificate past the issuing \
                        CA's expiration time will fail.";

const LAST_OF_ITS_LINE: &str = "Max path length of the signed certificate is zero. This certificate cannot be used to \
                                issue intermediate CA certificates.";

pub(super) fn routes() -> Vec<Route<Pki>> {
    ["issuer/{issuer_ref}/", "root/"]
        .into_iter()
        .flat_map(signing_routes)
        .collect()
}

/// The routes of the issuer that the path names, or of one that the body does.
fn signing_routes(prefix: &str) -> [Route<Pki>; 2] {
    let mut all = fields::authority();
    for more in [fields::usages(), fields::authority_issue()] {
        all.extend(more);
    }
    all.extend([
        fields::issuer_ref(),
        text("csr"),
        boolean("use_csr_values"),
        integer("signature_bits"),
        text("skid"),
    ]);
    [
        route(&format!("{prefix}sign-intermediate"))
            .fields(all)
            .on(Operation::Update, Pki::sign_intermediate)
            .help("Sign an intermediate's request", "By an authority kept here."),
        route(&format!("{prefix}sign-self-issued"))
            .fields(vec![
                fields::issuer_ref(),
                text("certificate"),
                boolean("require_matching_certificate_algorithms"),
            ])
            .on(Operation::Update, Pki::sign_self_issued)
            .help(
                "Sign another root",
                "So that its certificates chain to an authority kept here.",
            ),
    ]
}

/// The role by which requests of intermediates are signed.
fn intermediate_role(call: &Call<'_>) -> Role {
    let mut role = Role::authority(call);
    for name in ["not_before", "not_after"] {
        role.set(name, call.string(name));
    }
    role.set("use_pss", call.flag("use_pss"));
    role.set("use_csr_common_name", call.string("common_name").is_empty());
    role
}

/// The identifier asked for, in pairs of hexadecimal digits with or without separators.
fn asked_identifier(call: &Call<'_>) -> Result<Vec<u8>, Error> {
    let text: Vec<u8> = call
        .string("skid")
        .bytes()
        .filter(|byte| !b":- ".contains(byte))
        .collect();
    let wrong = |why: String| Error::response(format!("cannot parse requested SKID value as hex: encoding/hex: {why}"));
    if let Some(byte) = text.iter().find(|byte| !byte.is_ascii_hexdigit()) {
        return Err(wrong(
            format!("invalid byte: U+{byte:04X} {:?}", char::from(*byte)).replace('"', "'"),
        ));
    }
    let pair = |pair: &[u8]| u8::from_str_radix(&String::from_utf8_lossy(pair), 16).ok();
    match text.len() % 2 {
        0 => Ok(text.chunks(2).filter_map(pair).collect()),
        _ => Err(wrong("odd length hex string".to_owned())),
    }
}

impl Pki {
    fn sign_intermediate(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let reference = named_issuer(call).ok_or_else(|| Error::response(NO_REFERENCE))?;
        let format =
            format(call).map_err(|_| Error::response("The \"format\" path parameter must be \"pem\" or \"der\""))?;
        let mut role = intermediate_role(call);
        let (issuer, signer) = self.authorities.signer(&reference)?;
        let request = read_request(call)?;
        let public = requested_key(&mut role, &request)?;
        let asked = Asked {
            call,
            role: &role,
            request: Some(&request),
            takes_user_ids: false,
        };
        let mut draft = draft(context, asked, Some((issuer, LeafNotAfter::Permit)))?;
        draft.template.subject_key = asked_identifier(call)?;
        if !request.is_signed() {
            return Err(Error::response("request signature invalid"));
        }
        draft.start_of_requested(context, &role);
        check_may_sign(issuer)?;
        if call.flag("use_csr_values") {
            take_over(&mut draft, &request);
        }
        let length = path_length(call, Some(&issuer.certificate));
        as_authority(&mut draft.template, call, length);
        draft.template.algorithm = request_algorithm(&role, signer.kind());
        draft.template.urls = self.urls_of(issuer.settings.addresses.as_ref(), &issuer.id)?;
        let (warnings, template) = (std::mem::take(&mut draft.warnings), draft.template.clone());
        let made = draft.signed(public, issuer, signer)?;
        let mut response = Response::data(self.shown_intermediate(format, issuer, &made));
        warn_of(&mut response, &made, &template);
        if length == Some(0) {
            response = response.warn(LAST_OF_ITS_LINE);
        }
        if made.not_after() > issuer.certificate.not_after() {
            response.warnings.insert(0, OUTLIVES.to_owned());
        }
        response.warnings.extend(warnings);
        self.keep(made);
        response.reply()
    }

    /// An intermediate's certificate with its whole chain.
    fn shown_intermediate(&self, format: Format, issuer: &Issuer, made: &Certificate) -> Object {
        let chain = self.authorities.chain(issuer);
        let chain: Vec<&Certificate> = chain.into_iter().map(|one| &one.certificate).collect();
        let mut data = members(format, made, &issuer.certificate);
        if format == Format::PemBundle {
            data.insert(
                "certificate".to_owned(),
                Value::from(format.bundled(made, None, &chain)),
            );
        }
        let with_itself: Vec<&Certificate> = std::iter::once(made).chain(chain).collect();
        data.insert("ca_chain".to_owned(), format.listed(&with_itself));
        data
    }

    fn sign_self_issued(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let block = decode_pem(&call.string("certificate"));
        let (_, der) = block.ok_or_else(|| Error::response("certificate could not be PEM-decoded"))?;
        let unreadable = |error| Error::response(format!("error parsing certificate: {error}"));
        let given = Certificate::read(&der).map_err(unreadable)?;
        if !given.is_authority() {
            return Err(Error::response("given certificate is not a CA certificate"));
        }
        if given.issuer() != given.subject() {
            return Err(Error::response("given certificate is not self-issued"));
        }
        let reference = named_issuer(call).ok_or_else(|| Error::response(NO_REFERENCE))?;
        let (issuer, signer) = self.authorities.signer(&reference)?;
        let public = given
            .public()
            .ok_or_else(|| Error::internal("error determining template algorithm type"))?;
        let (own, other) = (signer.kind(), public.kind());
        let same = own.name() == other.name();
        if !same && call.flag("require_matching_certificate_algorithms") {
            let shown = |name: &str| match name {
                "rsa" => "RSA",
                "ec" => "ECDSA",
                _ => "Ed25519",
            };
            return Err(Error::internal(format!(
                "signing certificate's public key algorithm ({}) does not match submitted certificate's ({}), and \
                 require_matching_certificate_algorithms is true",
                shown(own.name()),
                shown(other.name())
            )));
        }
        let algorithm = given.algorithm().filter(|algorithm| same && algorithm.suits(own));
        let urls = self.urls_of(issuer.settings.addresses.as_ref(), &issuer.id)?;
        let algorithm = algorithm.unwrap_or(SignatureAlgorithm::default_for(own));
        let made = given
            .cross_signed(&issuer.certificate, signer, &urls, algorithm)
            .map_err(unmade)?;
        Response::data(object! {
            "certificate" => trimmed("CERTIFICATE", &made.der),
            "issuing_ca" => trimmed("CERTIFICATE", &issuer.certificate.der),
        })
        .reply()
    }
}

/// Refuses issuers below which there can be no further authorities.
fn check_may_sign(issuer: &Issuer) -> Result<(), Error> {
    let constraints = issuer.certificate.constraints();
    match constraints.and_then(|constraints| constraints.path_length) {
        Some(0) => Err(Error::response(
            "signing certificate has a max path length of zero, and cannot issue further CA certificates",
        )),
        _ => Ok(()),
    }
}
