//! Issuing certificates by a role: with a new key, or for a signing request.

use super::creation::{Draft, algorithm, draft, generate, kind, read_request, requested_key};
use super::given_out::{Format, add_key, format, is_no_root, members};
use super::issuer::Issuer;
use super::request::Asked;
use super::role::Role;
use super::{NO_REFERENCE, Pki, fields, named_issuer};
use crate::engine::{Call, Context, Route, boolean, integer, route, text};
use crate::engines::asymmetric::{Kind, PrivateKey};
use crate::engines::x509::{AlternativeNames, Certificate, SignatureAlgorithm};
use crate::json::Value;
use crate::logical::{Error, Operation, Reply, Response, Secret};
use crate::object;
use std::time::Duration;

pub(super) fn routes() -> Vec<Route<Pki>> {
    ["", "issuer/{issuer_ref}/"]
        .into_iter()
        .flat_map(issuing_routes)
        .collect()
}

/// The routes that give certificates out, of the default issuer or of one that the path names.
fn issuing_routes(prefix: &str) -> [Route<Pki>; 3] {
    let with = |more: Vec<_>| {
        let mut fields = fields::leaf();
        fields.extend(more);
        fields
    };
    let mut verbatim = with(vec![
        text("csr"),
        integer("signature_bits"),
        boolean("use_pss"),
        boolean("basic_constraints_valid_for_non_ca"),
    ]);
    verbatim.extend(fields::usages());
    [
        route(&format!("{prefix}issue/{{role}}"))
            .fields(with(vec![text("key_type"), integer("key_bits")]))
            .on(Operation::Update, Pki::issue)
            .help("Issues a certificate as the role allows", "With a new key."),
        route(&format!("{prefix}sign/{{role}}"))
            .fields(with(vec![text("csr")]))
            .on(Operation::Update, Pki::sign)
            .help("Issues a certificate as the role allows", "For a signing request."),
        route(&format!("{prefix}sign-verbatim(/{{role}})?"))
            .fields(verbatim)
            .on(Operation::Update, Pki::sign_verbatim)
            .help("Sign a request as it is", "Without a role's rules."),
    ]
}

impl Pki {
    fn issue(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let mut role = self.role(call)?;
        let fixed = role.text("key_type") != "any";
        if !fixed {
            choose_key(&mut role, call)?;
        }
        let (issuer, signer) = self.authorities.signer(&reference(call, &role)?)?;
        format(call)?;
        let asked = Asked {
            call,
            role: &role,
            request: None,
            takes_user_ids: true,
        };
        let mut draft = draft(context, asked, Some((issuer, issuer.leaf_not_after)))?;
        draft.start_of_made(context, &role)?;
        draft.template.algorithm = algorithm(&role, signer.kind());
        draft.template.urls = self.urls_of(issuer.settings.addresses.as_ref(), &issuer.id)?;
        let key = generate(kind(role.text("key_type"), role.int("key_bits"))?)?;
        let warnings = std::mem::take(&mut draft.warnings);
        let made = draft.signed(&key.public(), issuer, signer)?;
        let mut response = self.give_out(context, call, &role, (issuer, &made), Some(&key))?;
        self.store_leaf(&role, made);
        response.warnings.extend(warnings);
        if fixed && (call.has("key_type") || call.has("key_bits")) {
            response = response.warn("parameters key_type and key_bits ignored as role had specific values");
        }
        response.reply()
    }

    fn sign(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let role = self.role(call)?;
        self.sign_by(context, call, role, false)
    }

    fn sign_verbatim(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let base = match call.text("role") {
            "" => None,
            _ => Some(self.role(call)?),
        };
        self.sign_by(context, call, Role::verbatim(base.as_ref(), call), true)
    }

    /// Signs a request by a role; `verbatim` takes subject and extensions over as they are.
    fn sign_by(&mut self, context: &mut Context<'_>, call: &Call<'_>, mut role: Role, verbatim: bool) -> Reply {
        let (issuer, signer) = self.authorities.signer(&reference(call, &role)?)?;
        format(call)?;
        let request = read_request(call)?;
        let public = requested_key(&mut role, &request)?;
        let asked = Asked {
            call,
            role: &role,
            request: Some(&request),
            takes_user_ids: true,
        };
        let mut draft = draft(context, asked, Some((issuer, issuer.leaf_not_after)))?;
        if !request.is_signed() {
            return Err(Error::response("request signature invalid"));
        }
        draft.start_of_requested(context, &role);
        draft.template.algorithm = request_algorithm(&role, signer.kind());
        draft.template.urls = self.urls_of(issuer.settings.addresses.as_ref(), &issuer.id)?;
        if verbatim {
            take_over(&mut draft, &request);
        }
        let warnings = std::mem::take(&mut draft.warnings);
        let made = draft.signed(public, issuer, signer)?;
        let mut response = self.give_out(context, call, &role, (issuer, &made), None)?;
        self.store_leaf(&role, made);
        let ignored = |field: &str, flag: &str| {
            format!("the {field} field was provided but the role is set with \"{flag}\" set to true")
        };
        for (field, flag) in [("common_name", "use_csr_common_name"), ("alt_names", "use_csr_sans")] {
            if role.flag(flag) && !call.string(field).is_empty() {
                response = response.warn(ignored(field, flag));
            }
        }
        response.warnings.extend(warnings);
        if request.has_constraints() && !role.flag("basic_constraints_valid_for_non_ca") {
            response =
                response.warn("specified CSR contained a Basic Constraints extension that was ignored during issuance");
        }
        response.reply()
    }

    /// The answer that gives a leaf's certificate out.
    fn give_out(
        &self,
        context: &Context<'_>,
        call: &Call<'_>,
        role: &Role,
        (issuer, made): (&Issuer, &Certificate),
        key: Option<&PrivateKey>,
    ) -> Result<Response, Error> {
        let format = format(call)?;
        let chain = self.authorities.chain(issuer);
        let chain: Vec<&Certificate> = chain.into_iter().map(|one| &one.certificate).collect();
        let mut data = members(format, made, &issuer.certificate);
        data.insert("not_before".to_owned(), Value::from(made.not_before()));
        let shown = match call.flag("remove_roots_from_chain") {
            true => chain.iter().copied().filter(|one| is_no_root(one)).collect(),
            false => chain.clone(),
        };
        if !shown.is_empty() {
            data.insert("ca_chain".to_owned(), format.listed(&shown));
        }
        let key = key.map(|key| add_key(&mut data, key, call)).transpose()?;
        if format == Format::PemBundle {
            let bundle = format.bundled(made, key.as_deref(), &chain);
            data.insert("certificate".to_owned(), Value::from(bundle));
        }
        let mut response = Response::data(data);
        if role.flag("generate_lease") {
            let ttl = Duration::from_secs((made.not_after() - context.now.as_second()).max(0).unsigned_abs());
            response.secret = Some(Secret {
                ttl: Some(ttl),
                max_ttl: Some(ttl),
                renewable: false,
                internal: Some(object! { "serial_number" => made.serial() }),
            });
        }
        Ok(response)
    }

    fn store_leaf(&mut self, role: &Role, made: Certificate) {
        if !role.flag("no_store") {
            self.keep(made);
        }
    }
}

/// Takes subject, names and extensions of a request over as they are.
pub(super) fn take_over(draft: &mut Draft, request: &crate::engines::x509::Request) {
    let template = &mut draft.template;
    template.subject = request.subject().clone();
    let others = std::mem::take(&mut template.names.others);
    template.more = request.extensions_to_copy(others.is_empty());
    template.names = AlternativeNames {
        others,
        ..request.names.clone()
    };
}

/// The issuer that the path names, else the role's.
fn reference(call: &Call<'_>, role: &Role) -> Result<String, Error> {
    let path = call.request.path.as_str();
    let by_role = path.starts_with("sign-verbatim/") || path.starts_with("sign/") || path.starts_with("issue/");
    match (by_role, role.text("issuer_ref")) {
        (true, "") => Ok("default".to_owned()),
        (true, by_role) => Ok(by_role.to_owned()),
        (false, _) => named_issuer(call).ok_or_else(|| Error::internal(NO_REFERENCE)),
    }
}

/// Settles the key of a role that leaves its type to the call.
fn choose_key(role: &mut Role, call: &Call<'_>) -> Result<(), Error> {
    if !call.has("key_type") {
        return Err(Error::response(
            "role key type \"any\" not allowed for issuing certificates without providing key_type and/or key_bits \
             request parameters",
        ));
    }
    let bits = match call.has("key_bits") {
        true => call.int("key_bits"),
        false => role.int("key_bits"),
    };
    let key_type = call.string("key_type");
    let settled = super::role::settle(&key_type, bits, role.int("signature_bits"))
        .map_err(|error| Error::internal(format!("failed to validate role: {}", error.text)))?;
    role.set("key_type", key_type);
    role.set("key_bits", settled.0);
    role.set("signature_bits", settled.1);
    Ok(())
}

/// By what a request is signed: the role's digest, whatever the curve of the authority.
pub(super) fn request_algorithm(role: &Role, signer: Kind) -> Option<&'static SignatureAlgorithm> {
    match signer {
        Kind::Rsa(_) => algorithm(role, signer),
        Kind::Ed25519 => None,
        _ => SignatureAlgorithm::ecdsa(role.int("signature_bits")),
    }
}
