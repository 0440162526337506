//! Roots: authorities that sign their own certificates.

use super::creation::{algorithm, draft, generate, kind};
use super::given_out::{Format, add_key, format, members};
use super::request::Asked;
use super::role::{self, Role};
use super::{Pki, fields, unmade};
use crate::engine::{Call, Context, Route, route};
use crate::engines::asymmetric::PrivateKey;
use crate::engines::x509::{BasicConstraints, Certificate, KeyUsage, Template, extended_key_usage, key_identifier};
use crate::json::Value;
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;

pub(super) const NO_ADDRESSES: &str = "This mount hasn't configured any authority information access (AIA) fields; this \
                                       may make it harder for systems to find missing certificates in the chain or to \
                                       validate revocation status of certificates. Consider updating /config/urls or \
                                       the newly generated issuer with this information.";
const NO_SUBJECT: &str = "This issuer certificate was generated without a Subject; this makes it likely that issuing leaf \
                          certs with this certificate will cause TLS validation libraries to reject this certificate.";

pub(super) fn routes() -> Vec<Route<Pki>> {
    let mut all = fields::authority();
    for more in [fields::usages(), fields::key_generation(), fields::authority_issue()] {
        all.extend(more);
    }
    vec![
        route("(root/generate|root/rotate|issuers/generate/root)/{exported}")
            .fields(all)
            .on(Operation::Update, Pki::generate_root)
            .help(
                "Makes a self-signed CA",
                "With a new key, kept here, and also given out if exported.",
            ),
        route("root")
            .on(Operation::Delete, Pki::delete_all)
            .help("Delete all authorities", "Keys and certificates."),
    ]
}

impl Pki {
    fn generate_root(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let (exported, mut role) = self.generation(call)?;
        role.set("use_pss", call.flag("use_pss"));
        let mut name = self.new_issuer_name(call)?;
        if call.request.path.starts_with("root/rotate/")
            && name.is_empty()
            && self.authorities.issuer_id("next").is_err()
        {
            "next".clone_into(&mut name);
        }
        let key_name = self.new_key_name(call)?;
        let asked = Asked {
            call,
            role: &role,
            request: None,
            takes_user_ids: false,
        };
        let mut draft = draft(context, asked, None)?;
        draft.start_of_made(context, &role)?;
        let mut warnings = std::mem::take(&mut draft.warnings);
        let key = self.authority_key(call, &mut role)?;
        let mut template = draft.template;
        if call.int("max_path_length") < -1 {
            return Err(Error::internal(
                "unable to create certificate: x509: invalid MaxPathLen, must be greater or equal to -1",
            ));
        }
        as_authority(&mut template, call, path_length(call, None));
        template.subject_key = key_identifier(&key.public());
        template.authority_key.clone_from(&template.subject_key);
        template.algorithm = algorithm(&role, key.kind());
        template.urls = self.root_urls(&mut warnings)?;
        let subject = template.subject.clone();
        let made = template.signed(&key.public(), &subject, &key).map_err(unmade)?;
        let mut response = shown_root(call, &made, exported.then_some(&key))?;
        response.warnings = warnings;
        warn_of(&mut response, &made, &template);
        self.keep_root(context, (made, &name), (key, &key_name), &mut response)?;
        if template
            .constraints
            .is_some_and(|constraints| constraints.path_length == Some(0))
        {
            response = response.warn(
                "Max path length of the generated certificate is zero. This certificate cannot be used to issue \
                 intermediate CA certificates.",
            );
        }
        response.reply()
    }

    /// Keeps a new root and its key, and names both in the answer.
    fn keep_root(
        &mut self,
        context: &Context<'_>,
        (made, name): (Certificate, &str),
        (key, key_name): (PrivateKey, &str),
        response: &mut Response,
    ) -> Result<(), Error> {
        let (key_id, _) = self.authorities.add_key(key, key_name);
        let algorithm = made.algorithm().map(|algorithm| algorithm.name).unwrap_or_default();
        let (id, _) = self.authorities.add(made.clone(), name);
        if let Some(issuer) = self.authorities.issuers.get_mut(&id) {
            algorithm.clone_into(&mut issuer.settings.revocation_algorithm);
        }
        let key_name = self.authorities.keys.get(&key_id).map(|entry| entry.name.clone());
        response.data.get_or_insert_default().extend(object! {
            "issuer_id" => &id,
            "issuer_name" => name,
            "key_id" => &key_id,
            "key_name" => key_name.unwrap_or_default(),
        });
        self.keep(made);
        if self.authorities.follows_latest {
            self.authorities.default_issuer = id;
        }
        response.warnings.extend(self.rebuild_lists(context, true)?);
        Ok(())
    }

    /// Addresses for a root, which has no id to fill into templates yet.
    fn root_urls(&self, warnings: &mut Vec<String>) -> Result<crate::engines::x509::Urls, Error> {
        let error = match self.addresses.resolved(&self.cluster, "") {
            Ok(urls) => return Ok(urls),
            Err(error) => error,
        };
        if self.addresses.resolved(&self.cluster, "empty-issuer-id").is_err() {
            return Err(Error::internal(format!(
                "unable to parse AIA URL information: {}\nUsing templated AIA URL's {{{{issuer_id}}}} field when \
                 generating root certificates is not supported.",
                error.text
            )));
        }
        warnings.push(
            "When generating root CA, found global AIA configuration with issuer_id template unsuitable for root \
             generation. This AIA configuration has been ignored. To include AIA on this root CA, set the global AIA \
             configuration to not include issuer_id and instead to refer to a static issuer name."
                .to_owned(),
        );
        Ok(crate::engines::x509::Urls::default())
    }

    /// Whether the private key is given out too, and the role by which an authority is made.
    pub(super) fn generation(&self, call: &Call<'_>) -> Result<(bool, Role), Error> {
        let exported = match key_source(call) {
            "internal" | "existing" | "kms" => false,
            "exported" => true,
            _ => {
                return Err(Error::response(
                    "the \"exported\" path parameter must be \"internal\", \"existing\", exported\" or \"kms\"",
                ));
            }
        };
        format(call)?;
        let mut role = Role::authority(call);
        let (key_type, bits) = self.key_type_and_bits(call)?;
        let (bits, signature_bits) = role::settle(&key_type, bits, role.int("signature_bits"))?;
        role.set("key_type", key_type);
        role.set("key_bits", bits);
        role.set("signature_bits", signature_bits);
        Ok((exported, role))
    }

    fn key_type_and_bits(&self, call: &Call<'_>) -> Result<(String, i64), Error> {
        let source = key_source(call);
        if !["existing", "kms"].contains(&source) {
            return Ok((call.string("key_type"), call.int("key_bits")));
        }
        if call.has("key_type") || call.has("key_bits") {
            return Err(Error::response(
                "invalid parameter for the kms/existing path parameter, key_type nor key_bits arguments can be set in \
                 this mode",
            ));
        }
        if source == "kms" {
            // There is no key management service to ask, here as in a server without one.
            return Err(Error::response("unsupported public key: <nil>"));
        }
        let failed =
            |error: Error| Error::response(format!("failed to lookup public key from existing key: {}", error.text));
        let kind = self
            .authorities
            .key(call.string("key_ref").trim())
            .map_err(failed)?
            .key
            .kind();
        let bits = match kind.name() {
            "rsa" => i64::try_from(kind.bits()).unwrap_or_default(),
            _ => 0,
        };
        Ok((kind.name().to_owned(), bits))
    }

    /// The key of an authority: a new one, or one that is here.
    pub(super) fn authority_key(&self, call: &Call<'_>, role: &mut Role) -> Result<PrivateKey, Error> {
        if key_source(call) == "existing" {
            return Ok(self.authorities.key(call.string("key_ref").trim())?.key.clone());
        }
        generate(kind(role.text("key_type"), role.int("key_bits"))?)
    }

    fn delete_all(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        self.authorities = super::Authorities::default();
        Response::default()
            .warn(
                "DELETE /root deletes all keys and issuers; prefer the new DELETE /key/:key_ref and DELETE \
                 /issuer/:issuer_ref for finer granularity, unless removal of all keys and issuers is desired.",
            )
            .reply()
    }
}

/// Where the key of an authority comes from and goes to: `internal`, `exported`, `existing`, `kms`.
fn key_source<'c>(call: &'c Call<'_>) -> &'c str {
    match call.request.path.as_str() {
        "intermediate/cross-sign" => "existing",
        _ => call.text("exported"),
    }
}

/// The longest path below a new authority: as asked, else one less than its own authority's.
pub(super) fn path_length(call: &Call<'_>, issuer: Option<&Certificate>) -> Option<u8> {
    if call.has("max_path_length") || issuer.is_none() {
        return u8::try_from(call.int("max_path_length")).ok();
    }
    let above = issuer.and_then(Certificate::constraints)?.path_length?;
    Some(above.saturating_sub(1))
}

/// What the certificates of all authorities hold.
pub(super) fn as_authority(template: &mut Template, call: &Call<'_>, path_length: Option<u8>) {
    template.constraints = Some(BasicConstraints {
        authority: true,
        path_length,
    });
    let asked = call.list("key_usage");
    let signs = |usage: &&String| call.has("key_usage") && usage.trim().eq_ignore_ascii_case("digitalsignature");
    let own = asked.iter().find(signs).map(String::as_str);
    template.key_usage = KeyUsage::named(own.into_iter().chain(["certsign", "crlsign"]));
    // Identifiers are taken for names, as the original takes them, which leaves all of them out.
    for field in ["ext_key_usage", "ext_key_usage_oids"] {
        if call.has(field) {
            template.extended_key_usage = extended_key_usage(call.list(field).iter().map(String::as_str));
        }
    }
    template.permitted_domains = call.list("permitted_dns_domains");
}

/// Warns of an authority that clients will have trouble with.
pub(super) fn warn_of(response: &mut Response, made: &Certificate, template: &Template) {
    if made.subject().0.is_empty() {
        response.warnings.push(NO_SUBJECT.to_owned());
    }
    let urls = &template.urls;
    if urls.issuing_certificates.is_empty() && urls.crl_distribution_points.is_empty() && urls.ocsp_servers.is_empty() {
        response.warnings.push(NO_ADDRESSES.to_owned());
    }
}

fn shown_root(call: &Call<'_>, made: &Certificate, key: Option<&PrivateKey>) -> Result<Response, Error> {
    let format = format(call)?;
    let mut data = members(format, made, made);
    let key = key.map(|key| add_key(&mut data, key, call)).transpose()?;
    if let (Format::PemBundle, Some(key)) = (format, key) {
        let bundle = format!("{key}\n{}", format.single(made));
        data.insert("certificate".to_owned(), Value::from(bundle));
    }
    Ok(Response::data(data))
}
