//! Issuing certificates by a role: with a new key, or for a signing request.

use super::certificate::{Contents, Subject, extended_key_usages, key_usages, subject};
use super::given_out::{format, given_out};
use super::lifetime::validity;
use super::request::{Names, SigningRequest};
use super::role::{self, Role};
use super::store::Stored;
use super::{Pki, issuer_reference};
use crate::engine::{Call, Context, Field, Route, boolean, comma_list, integer, route, seconds, text};
use crate::engines::asymmetric::{Kind, PrivateKey};
use crate::json::Value;
use crate::logical::{Error, Operation, Reply, Response, Secret};
use crate::object;
use std::time::Duration;

/// Fields of all calls that give out certificates.
pub(super) fn fields(more: Vec<Field>) -> Vec<Field> {
    let mut fields = vec![
        text("role"),
        text("issuer_ref").or("default"),
        text("common_name"),
        text("alt_names"),
        comma_list("ip_sans"),
        comma_list("uri_sans"),
        comma_list("other_sans"),
        comma_list("user_ids"),
        text("serial_number"),
        seconds("ttl"),
        text("not_after"),
        text("not_before"),
        text("format").or("pem"),
        text("private_key_format").or("der"),
        boolean("exclude_cn_from_sans"),
        boolean("remove_roots_from_chain"),
    ];
    fields.extend(more);
    fields
}

pub(super) fn routes() -> Vec<Route<Pki>> {
    ["", "issuer/{issuer_ref}/"]
        .into_iter()
        .flat_map(issuing_routes)
        .collect()
}

/// The routes that give certificates out, of the default issuer or of one that the path names.
fn issuing_routes(prefix: &str) -> [Route<Pki>; 3] {
    let sign = fields(vec![text("csr")]);
    let verbatim = fields(vec![
        text("csr"),
        comma_list("key_usage").or(vec!["DigitalSignature", "KeyAgreement", "KeyEncipherment"]),
        comma_list("ext_key_usage"),
        comma_list("ext_key_usage_oids"),
        integer("signature_bits"),
        boolean("use_pss"),
        boolean("basic_constraints_valid_for_non_ca"),
    ]);
    [
        route(&format!("{prefix}issue/{{role}}"))
            .fields(fields(vec![text("key_type"), integer("key_bits")]))
            .on(Operation::Update, Pki::issue)
            .help("Issues a certificate as the role allows", "With a new key."),
        route(&format!("{prefix}sign/{{role}}"))
            .fields(sign)
            .on(Operation::Update, Pki::sign)
            .help("Issues a certificate as the role allows", "For a signing request."),
        route(&format!("{prefix}sign-verbatim(/{{role}})?"))
            .fields(verbatim)
            .on(Operation::Update, Pki::sign_verbatim)
            .help("Sign a request as it is", "Without a role's rules."),
    ]
}

impl Pki {
    fn role(&self, call: &Call<'_>) -> Result<Role, Error> {
        let name = call.text("role");
        self.roles
            .get(name)
            .cloned()
            .ok_or_else(|| Error::response(format!("unknown role: {name}")))
    }

    fn issue(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let role = self.role(call)?;
        format(call)?;
        let kind = key_kind(&role, call)?;
        let issuer = self.authorities.signer(reference(call, &role))?.0.id.clone();
        let names = Names::gather(call, &role, None)?;
        let (contents, warnings) = self.leaf(context, call, &role, &names, &issuer)?;
        let key = PrivateKey::generate(kind).map_err(|error| Error::internal(error.to_string()))?;
        let subject = Subject::of(&key)?;
        let mut response = self.finish(call, &role, &issuer, (&contents, &subject), Some(&key))?;
        response.warnings.extend(warnings);
        if role.text("key_type") != "any" && (call.has("key_type") || call.has("key_bits")) {
            response = response.warn("parameters key_type and key_bits ignored as role had specific values");
        }
        response.reply()
    }

    fn sign(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let role = self.role(call)?;
        self.sign_by(context, call, &role)
    }

    fn sign_verbatim(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let base = match call.text("role") {
            "" => None,
            _ => Some(self.role(call)?),
        };
        let role = Role::verbatim(base.as_ref()).with_usages(call);
        self.sign_by(context, call, &role)
    }

    fn sign_by(&mut self, context: &mut Context<'_>, call: &Call<'_>, role: &Role) -> Reply {
        format(call)?;
        let request = SigningRequest::from_call(call)?;
        if !matches!(role.text("key_type"), "any") && role.text("key_type") != request.key_type {
            return Err(Error::response(format!(
                "role requires keys of type {}",
                role.text("key_type")
            )));
        }
        let issuer = self.authorities.signer(reference(call, role))?.0.id.clone();
        let names = Names::gather(call, role, Some(&request))?;
        let (contents, warnings) = self.leaf(context, call, role, &names, &issuer)?;
        let mut response = self.finish(call, role, &issuer, (&contents, &request.subject), None)?;
        response.warnings.extend(warnings);
        if call.has("common_name") && role.flag("use_csr_common_name") && call.has("role") {
            response = response.warn(
                "the common_name field was provided but the role is set with \"use_csr_common_name\" set to true",
            );
        }
        response.reply()
    }

    /// What a leaf certificate by this role holds.
    fn leaf(
        &self,
        context: &Context<'_>,
        call: &Call<'_>,
        role: &Role,
        names: &Names,
        issuer: &str,
    ) -> Result<(Contents, Vec<String>), Error> {
        let display = call
            .request
            .token
            .as_ref()
            .map(|token| token.display_name.clone())
            .unwrap_or_default();
        names.judge(role, &display)?;
        let issuer = self.authorities.issuer(issuer)?;
        issuer.settings.check_issuing(issuer)?;
        let mut warnings = Vec::new();
        let validity = validity(context, call, role, issuer, &mut warnings)?;
        let contents = Contents {
            subject: subject(role, &names.common_name, &call.string("serial_number")),
            names: names.sans()?,
            not_before: validity.0,
            not_after: validity.1,
            is_ca: false,
            max_path_length: None,
            key_usages: key_usages(&role.list("key_usage")),
            extended_key_usages: extended_key_usages(role),
            basic_constraints_for_leaf: role.flag("basic_constraints_valid_for_non_ca"),
            urls: issuer.settings.urls.clone().unwrap_or_else(|| self.urls.clone()),
        };
        Ok((contents, warnings))
    }

    /// Signs, stores and shows.
    fn finish(
        &mut self,
        call: &Call<'_>,
        role: &Role,
        issuer: &str,
        (contents, subject): (&Contents, &Subject),
        key: Option<&PrivateKey>,
    ) -> Result<Response, Error> {
        let (issuer, signer) = self.authorities.signer(issuer)?;
        let made = contents.signed(subject, issuer, signer)?;
        let chain = self.authorities.chain(issuer);
        let mut data = given_out(&made, contents, &chain, call, key)?;
        data.insert("not_before".to_owned(), Value::from(contents.not_before));
        let mut response = Response::data(data);
        if role.flag("generate_lease") {
            let ttl = contents.not_after - contents.not_before - role.int("not_before_duration");
            let ttl = Duration::from_secs(ttl.max(0).unsigned_abs());
            response.secret = Some(Secret {
                ttl: Some(ttl),
                max_ttl: Some(ttl),
                renewable: false,
                internal: Some(object! { "serial_number" => &made.serial }),
            });
        }
        if !role.flag("no_store") {
            let stored = Stored {
                certificate: made.der,
                issuer_id: issuer.id.clone(),
                not_after: contents.not_after,
                revoked: None,
            };
            self.certificates.insert(made.serial, stored);
        }
        Ok(response)
    }
}

fn reference<'c>(call: &'c Call<'_>, role: &'c Role) -> &'c str {
    match (call.request.path.starts_with("issuer/"), role.text("issuer_ref")) {
        (true, _) => issuer_reference(call),
        (false, "") => "default",
        (false, by_role) => by_role,
    }
}

/// The kind of key to make.
pub(super) fn kind(key_type: &str, bits: i64) -> Result<Kind, Error> {
    let (bits, _) = role::settle(key_type, bits, 0)?;
    match (key_type, bits) {
        ("rsa", bits) => Ok(Kind::Rsa(usize::try_from(bits).unwrap_or(2048))),
        ("ec", 256) => Ok(Kind::P256),
        ("ec", 384) => Ok(Kind::P384),
        ("ec", bits) => Err(Error::response(format!(
            "this development server makes EC keys of 256 and 384 bits only, not of {bits}"
        ))),
        _ => Ok(Kind::Ed25519),
    }
}

fn key_kind(role: &Role, call: &Call<'_>) -> Result<Kind, Error> {
    let own = role.text("key_type");
    if own != "any" {
        return kind(own, role.int("key_bits"));
    }
    match call.string("key_type").as_str() {
        "" => Err(Error::response(
            "role key type \"any\" not allowed for issuing certificates without providing key_type and/or key_bits \
             request parameters",
        )),
        asked => kind(asked, call.int("key_bits")),
    }
}
