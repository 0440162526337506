//! Cert auth: TLS client certificates.
//!
//! A role holds certificates. A client's certificate fits a role if it is one of them, or if one of them has signed it
//! directly; longer chains are followed through the certificates that the client sends along.

mod login;
mod names;
mod revoked;
mod role;

use super::token_parameters;
use crate::engine::{
    Backend, Call, Context, Field, Router, SpecialPaths, boolean, comma_list, integer, lower_text, route, seconds, text,
};
use crate::logical::{Auth, Error, Operation, Reply, Response};
use crate::object;
use role::Role;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// A cert mount.
#[derive(Default)]
pub(crate) struct Cert {
    roles: BTreeMap<String, Role>,
    /// Serial numbers in each list of revoked certificates, in decimal.
    revoked: BTreeMap<String, BTreeSet<String>>,
    disable_binding: bool,
    alias_metadata: bool,
    /// Kept and shown; nobody here asks by OCSP.
    ocsp_cache: i64,
}

/// So many answers of OCSP can be kept at most.
const MAX_OCSP_CACHE: i64 = 100_000;

fn role_fields() -> Vec<Field> {
    let mut fields = vec![
        lower_text("name").help("What the role is called"),
        text("certificate").help("A CA or client certificate in PEM that logins are checked against"),
        text("display_name").help("Shown of its logins; the role's name if empty"),
        seconds("lease").help("Use 'token_ttl' instead"),
        text("ocsp_ca_certificates").help("Kept and shown"),
    ];
    fields.extend(role::SWITCHES.iter().map(|name| boolean(name)));
    fields.extend(role::LISTS.iter().map(|name| comma_list(name)));
    fields.extend(token_parameters::fields());
    fields.extend(
        token_parameters::deprecated_fields()
            .into_iter()
            .filter(|field| field.name != "num_uses"),
    );
    fields
}

static ROUTER: LazyLock<Router<Cert>> = LazyLock::new(|| {
    use Operation::{Delete, List, Read, Update};
    let page = || vec![text("after"), integer("limit")];
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
                .on(Read, Cert::read_config)
                .on(Update, Cert::write_config),
            route("login")
                .help("Log in with the certificate of the connection.", "")
                .fields(vec![text("name")])
                .on(Update, Cert::login),
            route("certs/?")
                .help("Names of the trusted certificates.", "")
                .fields(page())
                .on(List, Cert::list_roles),
            route("certs/{name}")
                .help("A trusted certificate and what its logins get.", "")
                .fields(role_fields())
                .on(Read, Cert::read_role)
                .on(Update, Cert::write_role)
                .on(Delete, Cert::delete_role),
            route("crls/?")
                .help("Names of the lists of revoked certificates.", "")
                .fields(page())
                .on(List, Cert::list_revoked),
            route("crls/{name}")
                .help("A list of revoked certificates, which log in nobody.", "")
                .fields(vec![
                    lower_text("name").help("Name of the list"),
                    text("crl").help("The list itself, PEM or DER"),
                    text("url").help("Where a list can be had; not asked here"),
                ])
                .on(Read, Cert::read_revoked)
                .on(Update, Cert::write_revoked)
                .on(Delete, Cert::delete_revoked),
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
            "ocsp_cache_size" => self.ocsp_cache,
        })
        .reply()
    }

    fn write_config(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        if call.has("ocsp_cache_size") {
            let size = call.int("ocsp_cache_size");
            if !(2..=MAX_OCSP_CACHE).contains(&size) {
                return Err(Error::response(format!(
                    "invalid cache size, must be >= 2 and <= {MAX_OCSP_CACHE}"
                )));
            }
            self.ocsp_cache = size;
        }
        if call.has("disable_binding") {
            self.disable_binding = call.flag("disable_binding");
        }
        if call.has("enable_identity_alias_metadata") {
            self.alias_metadata = call.flag("enable_identity_alias_metadata");
        }
        Ok(None)
    }
}
