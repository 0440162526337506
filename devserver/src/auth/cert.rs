//! Cert auth: TLS client certificates.
//!
//! A role holds certificates. A client's certificate fits a role if it is one of them, or if one of them has signed it
//! directly; longer chains are followed through the certificates that the client sends along.

use super::token_parameters::{self, TokenParameters};
use crate::core::policies::glob;
use crate::engine::{
    Backend, Call, Context, Router, SpecialPaths, boolean, comma_list, integer, lower_text, route, text,
};
use crate::engines::tree;
use crate::json::Value;
use crate::logical::{Auth, Error, Operation, Reply, Response};
use crate::{object, random};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::{ASN1Time, FromDer, X509Certificate};

/// A cert mount.
#[derive(Default)]
pub(crate) struct Cert {
    roles: BTreeMap<String, Role>,
    disable_binding: bool,
    alias_metadata: bool,
}

#[derive(Clone, Debug, Default)]
struct Role {
    pem: String,
    certificates: Vec<Vec<u8>>,
    display_name: String,
    /// The `allowed_…` lists that were given, by name.
    allowed: BTreeMap<&'static str, Vec<String>>,
    parameters: TokenParameters,
}

/// Lists of a role that limit names in the certificate.
const ALLOWED: [&str; 6] = [
    "allowed_names",
    "allowed_common_names",
    "allowed_dns_sans",
    "allowed_email_sans",
    "allowed_uri_sans",
    "allowed_organizational_units",
];
/// Lists and switches of the original that would change who may log in and are not known here.
const UNKNOWN_HERE: [&str; 3] = [
    "required_extensions",
    "allowed_metadata_extensions",
    "ocsp_servers_override",
];

static ROUTER: LazyLock<Router<Cert>> = LazyLock::new(|| {
    let mut role = vec![
        lower_text("name").help("What the role is called"),
        text("certificate").help("A CA or client certificate in PEM that logins are checked against"),
        text("display_name"),
        integer("lease"),
        boolean("ocsp_enabled"),
        text("ocsp_ca_certificates"),
        boolean("ocsp_fail_open"),
        boolean("ocsp_query_all_servers"),
    ];
    role.extend(ALLOWED.iter().chain(&UNKNOWN_HERE).map(|name| comma_list(name)));
    role.extend(token_parameters::fields());
    role.extend(
        token_parameters::deprecated_fields()
            .into_iter()
            .filter(|field| field.name != "num_uses"),
    );
    Router::new(
        "Logs in whoever shows a TLS client certificate that a role here trusts.",
        vec![
            route("config")
                .help("Settings of the method.", "")
                .fields(vec![
                    boolean("disable_binding"),
                    boolean("enable_identity_alias_metadata"),
                    integer("ocsp_cache_size").or(100),
                ])
                .on(Operation::Read, Cert::read_config)
                .on(Operation::Update, Cert::write_config),
            route("login")
                .help("Log in with the certificate of the connection.", "")
                .fields(vec![text("name")])
                .on(Operation::Update, Cert::login),
            route("certs/?")
                .help("Names of the trusted certificates.", "")
                .fields(vec![text("after"), integer("limit")])
                .on(Operation::List, Cert::list),
            route("certs/{name}")
                .help("A trusted certificate and what its logins get.", "")
                .fields(role)
                .on(Operation::Read, Cert::read)
                .on(Operation::Update, Cert::store)
                .on(Operation::Delete, Cert::delete),
        ],
    )
});

impl Backend for Cert {
    fn router() -> &'static Router<Self> {
        &ROUTER
    }

    fn special_paths() -> SpecialPaths {
        SpecialPaths {
            unauthenticated: &["login"],
            root: &[],
        }
    }

    fn renew_login(&mut self, _: &mut Context<'_>, auth: &mut Auth) -> Result<(), Error> {
        super::renew_by_role(auth, |name| self.roles.get(name).map(|role| &role.parameters))
    }
}

impl Cert {
    fn read_config(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        Response::data(object! {
            "disable_binding" => self.disable_binding,
            "enable_identity_alias_metadata" => self.alias_metadata,
            "ocsp_cache_size" => 0,
        })
        .reply()
    }

    fn write_config(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        if call.has("disable_binding") {
            self.disable_binding = call.flag("disable_binding");
        }
        if call.has("enable_identity_alias_metadata") {
            self.alias_metadata = call.flag("enable_identity_alias_metadata");
        }
        Ok(None)
    }

    fn list(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        Response::list(tree::page(self.roles.keys().cloned(), call)).reply()
    }

    fn delete(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.roles.remove(&call.string("name"));
        Ok(None)
    }

    fn read(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let Some(role) = self.roles.get(&call.string("name")) else {
            return Ok(None);
        };
        let mut data = object! {
            "certificate" => &role.pem,
            "display_name" => &role.display_name,
            "ocsp_ca_certificates" => "",
            "ocsp_enabled" => false,
            "ocsp_fail_open" => false,
            "ocsp_query_all_servers" => false,
        };
        for name in ALLOWED {
            data.insert(name.to_owned(), Value::from(role.allowed.get(name).cloned()));
        }
        for name in UNKNOWN_HERE {
            data.insert(name.to_owned(), Value::Null);
        }
        role.parameters.show(&mut data);
        Response::data(data).reply()
    }

    fn store(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.string("name");
        let mut role = self.roles.get(&name).cloned().unwrap_or_default();
        if let Some(refused) = UNKNOWN_HERE.iter().find(|field| !call.list(field).is_empty()) {
            return Err(Error::response(format!(
                "{refused} is not supported by this development server"
            )));
        }
        if call.flag("ocsp_enabled") {
            return Err(Error::response(
                "ocsp_enabled is not supported by this development server",
            ));
        }
        for field in ALLOWED {
            if let Some(sent) = call.maybe_list(field) {
                role.allowed.insert(field, sent);
            }
        }
        if let Some(pem) = call.maybe_string("certificate") {
            role.pem = pem;
        }
        if let Some(display_name) = call.maybe_string("display_name") {
            role.display_name = display_name;
        }
        role.parameters.merge(call)?;
        role.parameters.merge_deprecated(call)?;
        if role.display_name.is_empty() {
            role.display_name.clone_from(&name);
        }
        let certificates = CertificateDer::pem_slice_iter(role.pem.as_bytes()).filter_map(Result::ok);
        role.certificates = certificates
            .map(|der| der.to_vec())
            .filter(|der| X509Certificate::from_der(der).is_ok())
            .collect();
        if role.certificates.is_empty() {
            return Err(Error::response("failed to parse certificate"));
        }
        self.roles.insert(name, role);
        Ok(None)
    }

    fn login(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let chain: Vec<X509Certificate<'_>> = call
            .request
            .client
            .certificates
            .iter()
            .filter_map(|der| Some(X509Certificate::from_der(der).ok()?.1))
            .collect();
        let leaf = chain
            .first()
            .ok_or_else(|| Error::response("no client certificate found"))?;
        let wanted = call.string("name");
        let candidates: Vec<(&String, &Role)> = self
            .roles
            .iter()
            .filter(|(name, _)| wanted.is_empty() || **name == wanted)
            .collect();
        let trusted: Vec<_> = candidates
            .iter()
            .filter(|(_, role)| role.trusts(&chain, context))
            .collect();
        if trusted.is_empty() {
            return Err(Error::response("invalid certificate or no client certificate supplied"));
        }
        let (name, role) = trusted
            .into_iter()
            .find(|(_, role)| role.takes_names(leaf))
            .ok_or_else(|| {
                Error::response("no chain matching all constraints could be found for this login certificate")
            })?;
        role.parameters.check_address(call)?;
        let common_name = common_name(leaf);
        let mut auth = role.parameters.auth(call);
        auth.metadata = BTreeMap::from([
            ("cert_name".to_owned(), (*name).clone()),
            ("common_name".to_owned(), common_name.clone()),
            ("serial_number".to_owned(), leaf.tbs_certificate.serial.to_string()),
            ("subject_key_id".to_owned(), key_id(leaf, true)),
            ("authority_key_id".to_owned(), key_id(leaf, false)),
        ]);
        if self.alias_metadata {
            auth.alias_metadata = auth.metadata.clone();
        }
        auth.display_name.clone_from(&role.display_name);
        auth.alias = common_name;
        auth.internal = object! { "role" => *name };
        Response {
            auth: Some(auth),
            ..Response::default()
        }
        .reply()
    }
}

impl Role {
    /// Whether the client's certificate is one of the role's, or is signed by one, possibly through others it sends.
    fn trusts(&self, chain: &[X509Certificate<'_>], context: &Context<'_>) -> bool {
        let Ok(now) = ASN1Time::from_timestamp(context.now.as_second()) else {
            return false;
        };
        let anchors: Vec<X509Certificate<'_>> = self
            .certificates
            .iter()
            .filter_map(|der| Some(X509Certificate::from_der(der).ok()?.1))
            .collect();
        let Some(leaf) = chain.first() else { return false };
        if !leaf.validity().is_valid_at(now) {
            return false;
        }
        if anchors
            .iter()
            .any(|anchor| anchor.tbs_certificate.as_ref() == leaf.tbs_certificate.as_ref())
        {
            return true;
        }
        let signs = |issuer: &X509Certificate<'_>, subject: &X509Certificate<'_>| {
            issuer.is_ca()
                && issuer.validity().is_valid_at(now)
                && issuer.subject() == subject.issuer()
                && subject.verify_signature(Some(issuer.public_key())).is_ok()
        };
        let mut subject = leaf;
        // Each certificate of the client's chain can be an issuer once.
        for _ in 0..chain.len() {
            if anchors.iter().any(|anchor| signs(anchor, subject)) {
                return true;
            }
            match chain.iter().find(|issuer| signs(issuer, subject)) {
                Some(issuer) => subject = issuer,
                None => return false,
            }
        }
        false
    }

    fn takes_names(&self, leaf: &X509Certificate<'_>) -> bool {
        let names = Names::of(leaf);
        ALLOWED.iter().all(|field| {
            let patterns = self.allowed.get(field).map(Vec::as_slice).unwrap_or_default();
            let found = names.of_field(field);
            patterns.is_empty()
                || patterns
                    .iter()
                    .any(|pattern| found.iter().any(|name| glob(pattern, name)))
        })
    }
}

/// The names in a certificate.
#[derive(Default)]
struct Names {
    common: Vec<String>,
    dns: Vec<String>,
    email: Vec<String>,
    uri: Vec<String>,
    units: Vec<String>,
}

impl Names {
    fn of(certificate: &X509Certificate<'_>) -> Self {
        let text =
            |attribute: &x509_parser::x509::AttributeTypeAndValue<'_>| attribute.as_str().ok().map(str::to_owned);
        let mut names = Self {
            common: vec![common_name(certificate)],
            units: certificate
                .subject()
                .iter_organizational_unit()
                .filter_map(text)
                .collect(),
            ..Self::default()
        };
        let alternative = certificate.subject_alternative_name().ok().flatten();
        for name in alternative.iter().flat_map(|extension| &extension.value.general_names) {
            match name {
                GeneralName::DNSName(name) => names.dns.push((*name).to_owned()),
                GeneralName::RFC822Name(name) => names.email.push((*name).to_owned()),
                GeneralName::URI(name) => names.uri.push((*name).to_owned()),
                _ => {}
            }
        }
        names
    }

    fn of_field(&self, field: &str) -> Vec<&String> {
        match field {
            "allowed_names" => self.common.iter().chain(&self.dns).chain(&self.email).collect(),
            "allowed_common_names" => self.common.iter().collect(),
            "allowed_dns_sans" => self.dns.iter().collect(),
            "allowed_email_sans" => self.email.iter().collect(),
            "allowed_uri_sans" => self.uri.iter().collect(),
            _ => self.units.iter().collect(),
        }
    }
}

fn common_name(certificate: &X509Certificate<'_>) -> String {
    let name = certificate.subject().iter_common_name().next();
    name.and_then(|name| name.as_str().ok()).unwrap_or_default().to_owned()
}

/// The subject's or the issuer's key id in hexadecimal with colons; empty where there is none.
fn key_id(certificate: &X509Certificate<'_>, of_subject: bool) -> String {
    let bytes = certificate
        .extensions()
        .iter()
        .find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(id) if of_subject => Some(id.0.to_vec()),
            ParsedExtension::AuthorityKeyIdentifier(id) if !of_subject => {
                id.key_identifier.as_ref().map(|id| id.0.to_vec())
            }
            _ => None,
        });
    let hex: Vec<String> = bytes
        .unwrap_or_default()
        .iter()
        .map(|byte| random::hex(&[*byte]))
        .collect();
    hex.join(":")
}
