//! Kubernetes auth. Where `pem_keys` are configured they decide alone; without them the API server is asked by a
//! TokenReview. (The original always asks it, with keys too; a development server mostly has none to ask.)

mod config;
mod login;
mod role;
mod selector;

use super::token_parameters;
use crate::engine::{Backend, Context, Router, SpecialPaths, boolean, comma_list, integer, route, text};
use crate::logical::{Auth, Error, Operation};
use config::Config;
use role::Role;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A kubernetes auth mount.
#[derive(Default)]
pub(crate) struct Kubernetes {
    config: Option<Config>,
    /// By name in lower case.
    roles: BTreeMap<String, Role>,
}

static ROUTER: LazyLock<Router<Kubernetes>> = LazyLock::new(|| {
    let mut role_fields = vec![
        text("name").help("Name of the role."),
        comma_list("bound_service_account_names").help("Service account names able to access this role."),
        comma_list("bound_service_account_namespaces").help("Namespaces allowed to access this role."),
        text("bound_service_account_namespace_selector").help("A label selector for namespaces."),
        text("audience").help("The audience a token must be meant for, if any."),
        text("alias_name_source")
            .or("serviceaccount_uid")
            .help("What names the alias: the account's uid or its name."),
    ];
    role_fields.extend(token_parameters::fields());
    role_fields.extend(token_parameters::deprecated_fields());
    Router::new(
        "Logs in pods by the tokens of their service accounts.",
        vec![
            route("config")
                .fields(vec![
                    text("kubernetes_host"),
                    text("kubernetes_ca_cert"),
                    text("token_reviewer_jwt"),
                    comma_list("pem_keys"),
                    text("issuer"),
                    boolean("disable_iss_validation").or(true),
                    boolean("disable_local_ca_jwt"),
                ])
                .on(Operation::Read, Kubernetes::read_config)
                .on(Operation::Update, Kubernetes::write_config)
                .help("Which API server reviews tokens, or which keys verify them.", ""),
            route("login")
                .fields(vec![text("role"), text("jwt")])
                .on(Operation::Update, Kubernetes::login)
                .help("Gives a token for a service account's token.", ""),
            route("role/?")
                .help("Names of the roles.", "")
                .fields(vec![text("after"), integer("limit")])
                .on(Operation::List, Kubernetes::list_roles),
            route("role/{name}")
                .fields(role_fields)
                .exists(|engine: &Kubernetes, call| engine.role(call.text("name")).is_some())
                .on(Operation::Read, Kubernetes::read_role)
                .write(Kubernetes::write_role)
                .on(Operation::Delete, Kubernetes::delete_role)
                .help("Binds service accounts to policies.", ""),
        ],
    )
});

impl Backend for Kubernetes {
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
        super::renew_by_role(auth, |name| self.role(name).map(|role| &role.parameters))
    }
}

impl Kubernetes {
    fn role(&self, name: &str) -> Option<&Role> {
        self.roles.get(&name.to_lowercase())
    }
}
