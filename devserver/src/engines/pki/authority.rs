//! Making authorities: roots, intermediates and their requests, imports.

use super::certificate::{Contents, subject};
use super::given_out::{given_out, private_key};
use super::issue;
use super::issuers::kind_name;
use super::lifetime::capped;
use super::request::{Names, SigningRequest};
use super::role::{self, Role};
use super::store::Stored;
use super::{Pki, issuer_reference};
use crate::engine::{Call, Context, Route, boolean, comma_list, integer, route, seconds, text};
use crate::engines::asymmetric::{PrivateKey, decode_all_pem, pem};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;
use rcgen::KeyUsagePurpose;

const NO_ADDRESSES: &str = "This mount hasn't configured any authority information access (AIA) fields; this may make it \
                            harder for systems to find missing certificates in the chain or to validate revocation status \
                            of certificates. Consider updating /config/urls or the newly generated issuer with this \
                            information.";
const NO_ADDRESSES_INTERMEDIATE: &str = " Since this certificate is an intermediate, it might be useful to regenerate this \
                                         certificate after fixing this problem for the root mount.";
/// Shorter texts are no PEM at all.
const SHORTEST_PEM: usize = 75;

pub(super) fn routes() -> Vec<Route<Pki>> {
    let with = |more: Vec<crate::engine::Field>| {
        let mut fields = issue::fields(more);
        fields.extend(role::SUBJECT.map(comma_list));
        fields.extend([
            text("exported"),
            text("key_type").or("rsa"),
            integer("key_bits"),
            integer("signature_bits"),
            integer("max_path_length").or(-1),
            text("issuer_name"),
            text("key_name"),
            text("key_ref").or("default"),
            seconds("not_before_duration").or(30),
            boolean("use_pss"),
        ]);
        fields
    };
    let import = || {
        vec![
            text("pem_bundle"),
            text("certificate"),
            text("issuer_name"),
            text("key_name"),
        ]
    };
    vec![
        route("(root/generate|root/rotate|issuers/generate/root)/{exported}")
            .fields(with(vec![comma_list("permitted_dns_domains")]))
            .on(Operation::Update, Pki::generate_root)
            .help(
                "Makes a self-signed CA",
                "With a new key, kept here, and also given out if exported.",
            ),
        route("root")
            .on(Operation::Delete, Pki::delete_all)
            .help("Delete all authorities", "Keys and certificates."),
        route("(intermediate/generate|issuers/generate/intermediate)/{exported}")
            .fields(with(vec![boolean("add_basic_constraints")]))
            .on(Operation::Update, Pki::generate_intermediate)
            .help("Generate a request for an intermediate", "With a new key."),
        route("(issuer/{issuer_ref}/sign-intermediate|root/sign-intermediate)")
            .fields(with(vec![
                text("csr"),
                boolean("use_csr_values"),
                comma_list("permitted_dns_domains"),
            ]))
            .on(Operation::Update, Pki::sign_intermediate)
            .help("Sign an intermediate's request", "By an authority kept here."),
        route("(intermediate/set-signed|issuers/import/(cert|bundle)|config/ca)")
            .fields(import())
            .on(Operation::Update, Pki::import)
            .help("Import certificates and keys", "In PEM."),
    ]
}

impl Pki {
    fn generate_root(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let exported = self.exported(call)?;
        let key = self.authority_key(call)?;
        let role = authority_role(call)?;
        let names = Names::gather(call, &role, None)?;
        let mut warnings = Vec::new();
        let contents = self.authority_contents(context, call, &role, &names, &mut warnings)?;
        let made = contents.self_signed(&key)?;
        self.unused_issuer_name(&call.string("issuer_name"))?;
        let (key_id, _) = self.authorities.add_key(key.clone(), &call.string("key_name"));
        let (issuer_id, _) = self.authorities.add(&made.der, &call.string("issuer_name"))?;
        let certificate = pem("CERTIFICATE", &made.der);
        let mut data = given_out(&made, &contents, &[certificate], call, exported.then_some(&key))?;
        data.remove("ca_chain");
        data.extend(object! {
            "issuer_id" => &issuer_id,
            "issuer_name" => call.string("issuer_name"),
            "key_id" => key_id,
            "key_name" => call.string("key_name"),
        });
        let mut response = Response::data(data);
        response.warnings = warnings;
        if names.common_name.is_empty() {
            response = response.warn(
                "This issuer certificate was generated without a Subject; this makes it likely that issuing leaf certs \
                 with this certificate will cause TLS validation libraries to reject this certificate.",
            );
        }
        if self.urls.is_empty() {
            response = response.warn(NO_ADDRESSES);
        }
        self.keep(made.serial, made.der, &issuer_id, contents.not_after);
        response.reply()
    }

    fn keep(&mut self, serial: String, certificate: Vec<u8>, issuer_id: &str, not_after: i64) {
        let stored = Stored {
            certificate,
            issuer_id: issuer_id.to_owned(),
            not_after,
            revoked: None,
        };
        self.certificates.insert(serial, stored);
    }

    fn unused_issuer_name(&self, name: &str) -> Result<(), Error> {
        if !name.is_empty() && self.authorities.issuers.values().any(|issuer| issuer.name == name) {
            return Err(Error::response("issuer name already in use"));
        }
        Ok(())
    }

    /// Whether the private key is given out too.
    fn exported(&self, call: &Call<'_>) -> Result<bool, Error> {
        match call.text("exported") {
            "internal" | "existing" => Ok(false),
            "exported" => Ok(true),
            "kms" => Err(Error::response(
                "this development server has no key management service to ask",
            )),
            _ => Err(Error::response(
                "the \"exported\" path parameter must be \"internal\", \"existing\", exported\" or \"kms\"",
            )),
        }
    }

    fn authority_key(&self, call: &Call<'_>) -> Result<PrivateKey, Error> {
        if call.text("exported") == "existing" {
            return Ok(self.authorities.key(&call.string("key_ref"))?.key.clone());
        }
        let kind = issue::kind(&call.string("key_type"), call.int("key_bits"))?;
        PrivateKey::generate(kind).map_err(|error| Error::internal(error.to_string()))
    }

    fn authority_contents(
        &self,
        context: &Context<'_>,
        call: &Call<'_>,
        role: &Role,
        names: &Names,
        warnings: &mut Vec<String>,
    ) -> Result<Contents, Error> {
        let now = context.now.as_second();
        let ttl = match call.duration("ttl") {
            ttl if ttl.is_zero() => context.default_ttl(),
            ttl => capped(ttl, context.max_ttl(), warnings),
        };
        Ok(Contents {
            subject: subject(role, &names.common_name, &call.string("serial_number")),
            names: names.sans()?,
            not_before: now - call.seconds("not_before_duration"),
            not_after: now.saturating_add(i64::try_from(ttl.as_secs()).unwrap_or(i64::MAX)),
            is_ca: true,
            max_path_length: u8::try_from(call.int("max_path_length")).ok(),
            key_usages: vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign],
            extended_key_usages: Vec::new(),
            basic_constraints_for_leaf: false,
            urls: self.urls.clone(),
        })
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

    fn generate_intermediate(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let exported = self.exported(call)?;
        let key = self.authority_key(call)?;
        let role = authority_role(call)?;
        let names = Names::gather(call, &role, None)?;
        // A request says nothing of how long its certificate lives.
        let contents = self.authority_contents(context, call, &role, &names, &mut Vec::new())?;
        let request = contents.request(&key)?;
        let mut data = object! { "csr" => request.trim_end() };
        if exported {
            data.insert("private_key".to_owned(), Value::from(private_key(&key, call)?));
            data.insert("private_key_type".to_owned(), Value::from(kind_name(key.kind())));
        }
        let (key_id, _) = self.authorities.add_key(key, &call.string("key_name"));
        data.insert("key_id".to_owned(), Value::from(key_id));
        let mut response = Response::data(data);
        if self.urls.is_empty() {
            response = response.warn(format!("{NO_ADDRESSES}{NO_ADDRESSES_INTERMEDIATE}"));
        }
        response.reply()
    }

    fn sign_intermediate(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let request = SigningRequest::from_call(call)?;
        let role = authority_role(call)?;
        let from_request = call.flag("use_csr_values").then_some(&request);
        let names = Names::gather(call, &role, from_request)?;
        let mut warnings = Vec::new();
        let contents = self.authority_contents(context, call, &role, &names, &mut warnings)?;
        let (issuer, signer) = self.authorities.signer(issuer_reference(call))?;
        issuer.settings.check_issuing(issuer)?;
        let made = contents.signed(&request.subject, issuer, signer)?;
        let mut chain = self.authorities.chain(issuer);
        let mut data = given_out(&made, &contents, &chain, call, None)?;
        if call.string("format") == "pem" {
            chain.insert(0, pem("CERTIFICATE", &made.der));
            let chain: Vec<&str> = chain.iter().map(|text| text.trim_end()).collect();
            data.insert("ca_chain".to_owned(), Value::from(chain));
        }
        let mut response = Response::data(data);
        response.warnings = warnings;
        if contents.not_after > issuer.not_after {
            response = response.warn(
                "The expiration time for the signed certificate is after the CA's expiration time. If the new certificate \
                 is not treated as a root, validation paths with the certificate past the issuing CA's expiration time \
                 will fail.",
            );
        }
        let issuer_id = issuer.id.clone();
        self.keep(made.serial, made.der, &issuer_id, contents.not_after);
        response.reply()
    }

    fn import(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let (bundle, certificate) = (call.string("pem_bundle"), call.string("certificate"));
        let text = match (bundle.is_empty(), certificate.is_empty()) {
            (true, true) => return Err(Error::response("'pem_bundle' and 'certificate' parameters were empty")),
            (false, false) => {
                return Err(Error::response(
                    "'pem_bundle' and 'certificate' parameters were both provided",
                ));
            }
            (false, true) => bundle,
            (true, false) => certificate,
        };
        if text.len() < SHORTEST_PEM {
            return Err(Error::response(
                "provided data for import was too short; perhaps a path was passed to the API rather than the contents \
                 of a PEM file",
            ));
        }
        let mut imported = Imported::default();
        let blocks = decode_all_pem(&text);
        let (keys, certificates): (Vec<_>, Vec<_>) =
            blocks.iter().partition(|(label, _)| label.ends_with("PRIVATE KEY"));
        if !keys.is_empty() && !call.request.path.ends_with("bundle") && call.request.path != "config/ca" {
            return Err(Error::response(
                "private keys found in the PEM bundle but not allowed by the path; use /issuers/import/bundle",
            ));
        }
        for (index, (label, der)) in keys.into_iter().enumerate() {
            let key = PrivateKey::from_pem(&pem(label, der))
                .map_err(|error| Error::response(format!("Error parsing key {index}: {error}")))?;
            let (id, new) = self.authorities.add_key(key, "");
            imported.keys.push((id, new));
        }
        for (_, der) in certificates {
            let (id, new) = self.authorities.add(der, "")?;
            let key_id = self.authorities.issuer(&id)?.key_id.clone();
            imported.issuers.push((id, new, key_id));
        }
        let mut response = Response::data(imported.view());
        if self.urls.is_empty() {
            response = response.warn(NO_ADDRESSES);
        }
        response.reply()
    }
}

/// What an import brought: ids, whether they are new, and the keys of issuers.
#[derive(Default)]
struct Imported {
    keys: Vec<(String, bool)>,
    issuers: Vec<(String, bool, String)>,
}

impl Imported {
    fn view(&self) -> Object {
        let some = |ids: Vec<&String>| {
            if ids.is_empty() {
                Value::Null
            } else {
                Value::Array(ids.into_iter().map(Value::from).collect())
            }
        };
        let issuers = |new: bool| some(self.issuers.iter().filter(|it| it.1 == new).map(|it| &it.0).collect());
        let keys = |new: bool| some(self.keys.iter().filter(|it| it.1 == new).map(|it| &it.0).collect());
        let mapping: Object = self
            .issuers
            .iter()
            .map(|it| (it.0.clone(), Value::from(&it.2)))
            .collect();
        object! {
            "existing_issuers" => issuers(false),
            "existing_keys" => keys(false),
            "imported_issuers" => issuers(true),
            "imported_keys" => keys(true),
            "mapping" => mapping,
        }
    }
}

/// Authorities are named as their maker likes: the role that allows it, with the call's subject.
fn authority_role(call: &Call<'_>) -> Result<Role, Error> {
    role::settle(
        &call.string("key_type"),
        call.int("key_bits"),
        call.int("signature_bits"),
    )?;
    Ok(Role::authority(call))
}
