//! `certs/`: roles.

use super::Cert;
use crate::auth::token_parameters::TokenParameters;
use crate::engine::{Call, Context};
use crate::engines::tree;
use crate::json::Value;
use crate::logical::{Error, Reply, Response};
use crate::object;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use x509_parser::prelude::{FromDer, X509Certificate};

/// Lists of a role: first the [`LIMITS`] that limit names in the certificate; the last one is kept and shown without effect.
pub(super) const LISTS: [&str; 9] = [
    "allowed_names",
    "allowed_common_names",
    "allowed_dns_sans",
    "allowed_email_sans",
    "allowed_uri_sans",
    "allowed_organizational_units",
    "required_extensions",
    "allowed_metadata_extensions",
    "ocsp_servers_override",
];

/// So many of [`LISTS`] limit names in the certificate.
pub(super) const LIMITS: usize = 6;

/// Switches of a role, kept and shown.
pub(super) const SWITCHES: [&str; 3] = ["ocsp_enabled", "ocsp_fail_open", "ocsp_query_all_servers"];

/// Which certificates may log in, and on which terms.
#[derive(Clone, Debug, Default)]
pub(super) struct Role {
    pem: String,
    /// DER.
    pub(super) certificates: Vec<Vec<u8>>,
    pub(super) display_name: String,
    /// Those of [`LISTS`] that were given, by name.
    lists: BTreeMap<&'static str, Vec<String>>,
    switches: BTreeMap<&'static str, bool>,
    ocsp_authorities: String,
    pub(super) parameters: TokenParameters,
}

impl Role {
    /// One of [`LISTS`]; empty where it was not given.
    pub(super) fn list(&self, name: &str) -> &[String] {
        self.lists.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    fn merge(&mut self, call: &Call<'_>) -> Result<(), Error> {
        for name in LISTS {
            if let Some(sent) = call.maybe_list(name) {
                self.lists.insert(name, sent);
            }
        }
        for name in SWITCHES {
            if call.has(name) {
                self.switches.insert(name, call.flag(name));
            }
        }
        let texts = [
            ("certificate", &mut self.pem),
            ("display_name", &mut self.display_name),
            ("ocsp_ca_certificates", &mut self.ocsp_authorities),
        ];
        for (name, text) in texts {
            if let Some(sent) = call.maybe_string(name) {
                *text = sent;
            }
        }
        self.parameters.merge(call)?;
        self.parameters.merge_deprecated(call)?;
        if call.has("lease") && !call.has("token_ttl") && !call.has("ttl") {
            self.parameters.set_old_ttl(call.duration("lease"));
        }
        Ok(())
    }

    /// Reads the certificates; at least one must be there.
    fn parse(&mut self) -> Result<(), Error> {
        let certificates = CertificateDer::pem_slice_iter(self.pem.as_bytes()).filter_map(Result::ok);
        self.certificates = certificates
            .map(|der| der.to_vec())
            .filter(|der| X509Certificate::from_der(der).is_ok())
            .collect();
        let first = self.certificates.first();
        let first = first.and_then(|der| X509Certificate::from_der(der).ok());
        let (_, first) = first.ok_or_else(|| Error::response("failed to parse certificate"))?;
        let usages = first.extended_key_usage().ok().flatten();
        let for_clients = usages.is_none_or(|usages| usages.value.client_auth || usages.value.any);
        match first.is_ca() || for_clients {
            true => Ok(()),
            false => Err(Error::response(
                "nonCA certificates should have TLS client authentication set as an extended key usage",
            )),
        }
    }

    /// Warnings about lifetimes that the mount does not allow.
    fn remarks(&self, context: &Context<'_>) -> Vec<String> {
        let (parameters, max) = (&self.parameters, context.max_ttl());
        let longer = |what: &str, span: Duration, than: &str, limit: Duration| {
            let (span, seconds) = (span.as_secs(), limit.as_secs());
            (span > seconds)
                .then(|| format!("Given {what} of {span} seconds is greater than {than} of {seconds} seconds"))
        };
        let default = "current mount/system default";
        [
            longer("ttl", parameters.ttl, default, context.default_ttl()),
            longer("max_ttl", parameters.max_ttl, default, max),
            longer("period", parameters.period, "the backend's maximum TTL", max),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

impl Cert {
    pub(super) fn list_roles(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        Response::list(tree::page(self.roles.keys().cloned(), call)).reply()
    }

    pub(super) fn delete_role(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.roles.remove(&call.string("name"));
        Ok(None)
    }

    pub(super) fn read_role(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let Some(role) = self.roles.get(&call.string("name")) else {
            return Ok(None);
        };
        let mut data = object! {
            "certificate" => &role.pem,
            "display_name" => &role.display_name,
            "ocsp_ca_certificates" => &role.ocsp_authorities,
        };
        for name in SWITCHES {
            let on = role.switches.get(name).copied().unwrap_or_default();
            data.insert(name.to_owned(), Value::from(on));
        }
        for name in LISTS {
            data.insert(name.to_owned(), Value::from(role.lists.get(name).cloned()));
        }
        role.parameters.show(&mut data);
        Response::data(data).reply()
    }

    pub(super) fn write_role(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.string("name");
        if call.flag("ocsp_enabled") {
            return Err(Error::response(
                "ocsp_enabled is not supported by this development server",
            ));
        }
        let mut role = self.roles.get(&name).cloned().unwrap_or_default();
        role.merge(call)?;
        if role.display_name.is_empty() {
            role.display_name.clone_from(&name);
        }
        role.parse()?;
        let warnings = role.remarks(context);
        self.roles.insert(name, role);
        Ok((!warnings.is_empty()).then(|| Response {
            warnings,
            ..Response::default()
        }))
    }
}
