//! From what is asked to what a certificate holds.

use super::issuer::{Issuer, LeafNotAfter};
use super::lifetime::{self, earlier};
use super::request::Asked;
use super::role::{self, Role};
use super::{Pki, unmade};
use crate::engine::{Call, Context};
use crate::engines::asymmetric::{Kind, PrivateKey, PublicKey};
use crate::engines::x509::{
    AlternativeNames, BasicConstraints, Certificate, KeyUsage, ObjectIdentifier, Request, SignatureAlgorithm, Template,
    extended_key_usage, key_identifier, oid,
};
use crate::logical::Error;
use jiff::Timestamp;
use std::time::Duration;

/// The span before now at which certificates start that name none, for clocks that run behind.
const HEAD_START: Duration = Duration::from_secs(30);

/// What is known of a certificate before there is a key for it.
pub(super) struct Draft {
    pub(super) template: Template,
    pub(super) warnings: Vec<String>,
    /// The start, if it was asked for.
    start: Option<Timestamp>,
    end: Timestamp,
}

/// The draft of a certificate; `issuer` signs it, and it may outlive that as far as the behaviour says.
pub(super) fn draft(
    context: &Context<'_>,
    asked: Asked<'_>,
    issuer: Option<(&Issuer, LeafNotAfter)>,
) -> Result<Draft, Error> {
    let role = asked.role;
    let (mut parts, names) = asked.names()?;
    let start = lifetime::start(context, asked.call, role)?;
    let mut warnings = Vec::new();
    let end = lifetime::end(context, asked.call, role, issuer, &mut warnings)?;
    parts.user_ids = asked.user_ids()?;
    check_others(&names)?;
    let constraints = BasicConstraints {
        authority: false,
        path_length: None,
    };
    let template = Template {
        subject: parts.name().map_err(unmade)?,
        names,
        not_after: end.as_second(),
        key_usage: KeyUsage::named(role.list("key_usage").into_iter()),
        extended_key_usage: extended_usages(role),
        constraints: role.flag("basic_constraints_valid_for_non_ca").then_some(constraints),
        authority_key: issuer
            .map(|(issuer, _)| issuer.certificate.subject_key())
            .unwrap_or_default(),
        policies: role.policies(),
        ..Template::default()
    };
    Ok(Draft {
        template,
        warnings,
        start,
        end,
    })
}

/// Refuses other names under what is no object identifier.
fn check_others(names: &AlternativeNames) -> Result<(), Error> {
    let parts = names.others.iter().flat_map(|(id, _)| id.split('.'));
    match parts.into_iter().find(|part| part.parse::<u64>().is_err()) {
        Some(part) => Err(Error::internal(format!(
            "error marshaling other SANs: strconv.Atoi: parsing {part:?}: invalid syntax"
        ))),
        None => Ok(()),
    }
}

impl Draft {
    /// Sets the start of a certificate for a key that was made here: what was asked for counts, and must be before the end.
    pub(super) fn start_of_made(&mut self, context: &Context<'_>, role: &Role) -> Result<(), Error> {
        let start = self.start.unwrap_or_else(|| usual_start(context, role));
        if start >= self.end {
            let relation = if start == self.end { "equal to" } else { "later than" };
            return Err(Error::response(format!(
                "The certificate's Not Before ({start}) is {relation} the certificate's Not After ({})",
                self.end
            )));
        }
        self.template.not_before = start.as_second();
        Ok(())
    }

    /// Sets the start of a certificate for a request, which is always the usual one.
    pub(super) fn start_of_requested(&mut self, context: &Context<'_>, role: &Role) {
        self.template.not_before = usual_start(context, role).as_second();
    }

    /// Signs for a public key.
    pub(super) fn signed(
        mut self,
        public: &PublicKey,
        issuer: &Issuer,
        key: &PrivateKey,
    ) -> Result<Certificate, Error> {
        if self.template.subject_key.is_empty() {
            self.template.subject_key = key_identifier(public);
        }
        let subject = issuer.certificate.subject();
        self.template.signed(public, subject, key).map_err(unmade)
    }
}

fn usual_start(context: &Context<'_>, role: &Role) -> Timestamp {
    match role.seconds("not_before_duration") {
        span if span.is_zero() => earlier(context.now, HEAD_START),
        span => earlier(context.now, span),
    }
}

/// Extended usages of a role, by flags, names and identifiers.
fn extended_usages(role: &Role) -> Vec<ObjectIdentifier> {
    let flags = [
        ("server_flag", "serverauth"),
        ("client_flag", "clientauth"),
        ("code_signing_flag", "codesigning"),
        ("email_protection_flag", "emailprotection"),
    ];
    let flagged = flags
        .into_iter()
        .filter(|(flag, _)| role.flag(flag))
        .map(|(_, name)| name);
    let mut usages = extended_key_usage(flagged.chain(role.list("ext_key_usage")));
    usages.extend(role.list("ext_key_usage_oids").into_iter().filter_map(oid));
    usages
}

/// By what a key signs for a role: RSA as the role says, curves by the digest that suits them.
pub(super) fn algorithm(role: &Role, signer: Kind) -> Option<&'static SignatureAlgorithm> {
    match signer {
        Kind::Rsa(_) => SignatureAlgorithm::rsa(role.int("signature_bits"), role.flag("use_pss")),
        _ => None,
    }
}

/// The kind of key to make.
pub(super) fn kind(key_type: &str, bits: i64) -> Result<Kind, Error> {
    let (bits, _) = role::settle(key_type, bits, 0)?;
    Ok(match (key_type, bits) {
        ("rsa", bits) => Kind::Rsa(usize::try_from(bits).unwrap_or(2048)),
        ("ec", 224) => Kind::P224,
        ("ec", 384) => Kind::P384,
        ("ec", 521) => Kind::P521,
        ("ec", _) => Kind::P256,
        _ => Kind::Ed25519,
    })
}

/// A new key.
pub(super) fn generate(kind: Kind) -> Result<PrivateKey, Error> {
    PrivateKey::generate(kind).map_err(|error| Error::internal(error.to_string()))
}

/// Reads the call's `csr`.
pub(super) fn read_request(call: &Call<'_>) -> Result<Request, Error> {
    let text = call.string("csr");
    if text.is_empty() {
        return Err(Error::response("\"csr\" is empty"));
    }
    let (_, der) =
        crate::engines::asymmetric::decode_pem(&text).ok_or_else(|| Error::response("csr contains no data"))?;
    let unreadable = |error| Error::response(format!("certificate request could not be parsed: {error}"));
    let request = Request::read(&der).map_err(unreadable)?;
    match request.public {
        Some(_) => Ok(request),
        None => Err(Error::response(
            "Refusing to sign CSR with empty PublicKey. This usually means the SubjectPublicKeyInfo field has an OID not \
             recognized by Go, such as 1.2.840.113549.1.1.10 for rsaPSS.",
        )),
    }
}

/// The key of a request, if the role takes keys of its kind and size. A role for any kind gets the digest that suits it.
pub(super) fn requested_key<'r>(role: &mut Role, request: &'r Request) -> Result<&'r PublicKey, Error> {
    let Some(public) = &request.public else {
        return Err(Error::response("could not parse CSR's public key"));
    };
    let kind = public.kind();
    let wanted = role.text("key_type").to_owned();
    let bits = i64::try_from(kind.bits()).unwrap_or_default();
    if wanted != "any" && wanted != kind.name() {
        return Err(Error::response(format!("role requires keys of type {wanted}")));
    }
    if wanted == "any" && matches!(kind, Kind::Rsa(..2048)) {
        return Err(Error::response("RSA keys < 2048 bits are unsafe and not supported"));
    }
    let least = match wanted.as_str() {
        "any" => {
            let settled = role::settle(kind.name(), 0, role.int("signature_bits")).map_err(|error| {
                Error::internal(format!(
                    "unknown internal error updating default values: {}",
                    error.text
                ))
            })?;
            role.set_int("signature_bits", settled.1);
            if kind.name() == "ec" { 224 } else { settled.0 }
        }
        _ => role.int("key_bits"),
    };
    if kind != Kind::Ed25519 && bits < least {
        return Err(Error::response(format!(
            "role requires a minimum of a {least}-bit key, but CSR's key is {bits} bits"
        )));
    }
    Ok(public)
}

impl Pki {
    /// The role that a path names.
    pub(super) fn role(&self, call: &Call<'_>) -> Result<Role, Error> {
        let name = call.text("role");
        self.roles
            .get(name)
            .cloned()
            .ok_or_else(|| Error::response(format!("unknown role: {name}")))
    }
}
