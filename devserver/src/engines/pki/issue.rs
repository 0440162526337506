//! Issuing certificates by a role: with a new key, or for a signing request.

use super::certificate::{Contents, Made, Subject, extended_key_usages, key_usages, subject};
use super::issuer::{Issuer, LeafNotAfter};
use super::issuers::kind_name;
use super::request::{Names, SigningRequest};
use super::role::{self, Role};
use super::store::Stored;
use super::{Pki, issuer_reference};
use crate::duration;
use crate::engine::{Call, Context, Field, Route, boolean, comma_list, integer, route, seconds, text};
use crate::engines::asymmetric::{Kind, PrivateKey, pem};
use crate::engines::{encoding, tree};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response, Secret};
use crate::object;
use jiff::Timestamp;
use std::time::Duration;

/// Forms in which certificates and keys are given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Pem,
    Der,
    PemBundle,
}

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
    let roles = || {
        let mut fields = role::fields();
        fields.extend([text("name"), text("backend")]);
        fields
    };
    let mut routes = vec![
        route("roles/?")
            .fields(vec![text("after"), integer("limit")])
            .on(Operation::List, Pki::list_roles)
            .help("List the roles", "Names only."),
        route("roles/{name}")
            .fields(roles())
            .on(Operation::Read, Pki::read_role)
            .on(Operation::Update, Pki::write_role)
            .on(Operation::Patch, Pki::patch_role)
            .on(Operation::Delete, Pki::delete_role)
            .help("Manage the roles", "Which certificates may be issued."),
    ];
    for prefix in ["", "issuer/{issuer_ref}/"] {
        routes.extend(issuing_routes(prefix));
    }
    routes
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
    fn list_roles(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        Response::list(tree::page(self.roles.keys().cloned(), call)).reply()
    }

    fn read_role(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        match self.roles.get(call.text("name")) {
            Some(role) => Response::data(role.view()).reply(),
            None => Ok(None),
        }
    }

    fn write_role(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let role = Role::from_call(call)?;
        let mut response = Response::data(role.view());
        if role.flag("generate_lease") {
            response = response.warn(
                "it is encouraged to disable generate_lease and rely on PKI's native capabilities when possible; this \
                 option can cause instance-wide issues with large numbers of issued certificates",
            );
        }
        self.roles.insert(call.text("name").to_owned(), role);
        response.reply()
    }

    fn patch_role(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.text("name");
        let known = self
            .roles
            .get(name)
            .ok_or_else(|| Error::response(format!("unknown role: {name}")))?;
        let role = known.patched(call)?;
        let response = Response::data(role.view());
        self.roles.insert(name.to_owned(), role);
        response.reply()
    }

    fn delete_role(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.roles.remove(call.text("name"));
        Ok(None)
    }

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

/// The form asked for.
pub(super) fn format(call: &Call<'_>) -> Result<Format, Error> {
    match call.string("format").as_str() {
        "pem" => Ok(Format::Pem),
        "der" => Ok(Format::Der),
        "pem_bundle" => Ok(Format::PemBundle),
        _ => Err(Error::response(
            "the \"format\" path parameter must be \"pem\", \"der\", or \"pem_bundle\"",
        )),
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

/// Start and end in seconds since 1970.
fn validity(
    context: &Context<'_>,
    call: &Call<'_>,
    role: &Role,
    issuer: &Issuer,
    warnings: &mut Vec<String>,
) -> Result<(i64, i64), Error> {
    let now = context.now.as_second();
    let start = now - role.int("not_before_duration");
    let asked = call.maybe_string("not_after");
    let by_role = Some(role.text("not_after").to_owned()).filter(|text| !text.is_empty());
    let fixed = asked.clone().or(by_role).as_deref().map(moment).transpose()?;
    if call.has("ttl") && asked.is_some() {
        return Err(Error::response(
            "Either ttl or not_after should be provided. Both should not be provided in the same request.",
        ));
    }
    let end = match fixed {
        Some(moment) => moment.as_second(),
        None => now.saturating_add(seconds_of(lifetime(context, call, role, warnings))),
    };
    if end <= issuer.not_after || issuer.leaf_not_after == LeafNotAfter::Permit {
        return Ok((start, end));
    }
    if issuer.leaf_not_after == LeafNotAfter::Truncate {
        return Ok((start, issuer.not_after));
    }
    let shown = |seconds: i64| {
        Timestamp::from_second(seconds)
            .map(|time| time.to_string())
            .unwrap_or_default()
    };
    Err(Error::response(format!(
        "cannot satisfy request, as TTL would result in notAfter of {} that is beyond the expiration of the CA \
         certificate at {}",
        shown(end),
        shown(issuer.not_after)
    )))
}

/// A moment in RFC 3339; what is none is refused as Go's reader does.
fn moment(text: &str) -> Result<Timestamp, Error> {
    text.parse::<Timestamp>().map_err(|_| {
        let digits = text.bytes().take(4).take_while(u8::is_ascii_digit).count();
        let (rest, element) = match digits {
            4 => (&text[4..], "-"),
            _ => (text, "2006"),
        };
        Error::response(format!(
            "parsing time {text:?} as \"2006-01-02T15:04:05Z07:00\": cannot parse {rest:?} as {element:?}"
        ))
    })
}

fn seconds_of(span: Duration) -> i64 {
    i64::try_from(span.as_secs()).unwrap_or(i64::MAX)
}

fn lifetime(context: &Context<'_>, call: &Call<'_>, role: &Role, warnings: &mut Vec<String>) -> Duration {
    let most = match role.seconds("max_ttl") {
        max if max.is_zero() => context.max_ttl(),
        max => max,
    };
    let asked = call.duration("ttl");
    let by_role = role.seconds("ttl");
    let wanted = match (asked.is_zero(), by_role.is_zero()) {
        (false, _) => asked,
        (true, false) => by_role,
        (true, true) => context.default_ttl(),
    };
    capped(wanted, most, warnings)
}

/// A lifetime that is not longer than another; a longer one is warned of.
pub(super) fn capped(wanted: Duration, most: Duration, warnings: &mut Vec<String>) -> Duration {
    if wanted > most {
        let shown = duration::format_go;
        warnings.push(format!(
            "TTL {:?} is longer than permitted maxTTL {:?}, so maxTTL is being used",
            shown(wanted),
            shown(most)
        ));
    }
    wanted.min(most)
}

/// The members that every given-out certificate has, with its key where there is a new one.
pub(super) fn given_out(
    made: &Made,
    contents: &Contents,
    chain: &[String],
    call: &Call<'_>,
    key: Option<&PrivateKey>,
) -> Result<Object, Error> {
    let format = format(call)?;
    let trim = |text: &str| text.trim_end().to_owned();
    let in_form = |text: &str| match format {
        Format::Der => crate::engines::asymmetric::decode_pem(text)
            .map(|(_, der)| encoding::encode(der))
            .unwrap_or_default(),
        _ => trim(text),
    };
    let certificate = pem("CERTIFICATE", &made.der);
    let without_roots =
        call.request.data.contains_key("remove_roots_from_chain") && call.flag("remove_roots_from_chain");
    let shown: Vec<String> = match (without_roots, chain) {
        (true, [rest @ .., _root]) => rest.iter().map(|text| in_form(text)).collect(),
        _ => chain.iter().map(|text| in_form(text)).collect(),
    };
    let mut data = object! {
        "certificate" => in_form(&certificate),
        "expiration" => contents.not_after,
        "issuing_ca" => chain.first().map(|text| in_form(text)).unwrap_or_default(),
        "serial_number" => &made.serial,
    };
    if !shown.is_empty() {
        data.insert("ca_chain".to_owned(), Value::from(shown));
    }
    let mut bundle = Vec::new();
    if let Some(key) = key {
        let shown = private_key(key, call)?;
        data.insert("private_key".to_owned(), Value::from(shown.as_str()));
        data.insert("private_key_type".to_owned(), Value::from(kind_name(key.kind())));
        bundle.push(shown);
    }
    if format == Format::PemBundle {
        bundle.push(trim(&certificate));
        bundle.extend(chain.iter().map(|text| trim(text)));
        data.insert("certificate".to_owned(), Value::from(bundle.join("\n")));
    }
    Ok(data)
}

/// A private key in the forms asked for: PEM or DER, PKCS#8 or the older form.
pub(super) fn private_key(key: &PrivateKey, call: &Call<'_>) -> Result<String, Error> {
    let failed = |error: crate::engines::asymmetric::KeyError| Error::internal(error.to_string());
    let pkcs8 = call.string("private_key_format") == "pkcs8";
    if format(call)? == Format::Der {
        let der = if pkcs8 { key.pkcs8_der() } else { key.traditional_der() };
        return der.map(encoding::encode).map_err(failed);
    }
    let text = if pkcs8 { key.pkcs8_pem() } else { key.traditional_pem() };
    text.map(|text| text.trim_end().to_owned()).map_err(failed)
}
