//! JWT auth: by configured keys, or by those that a key set or an issuer publishes. Logins by a browser are not offered.

mod claims;
mod config;
mod keys;
mod login;
mod role;
mod role_write;

use super::token_parameters;
use crate::engine::{
    Backend, Context, Router, SpecialPaths, boolean, comma_list, integer, lower_text, map, pairs, route, seconds,
    signed_seconds, text,
};
use crate::logical::{Auth, Error, Operation};
use config::Config;
use keys::Learned;
use role::Role;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A jwt mount.
#[derive(Default)]
pub(crate) struct Jwt {
    config: Option<Config>,
    learned: Learned,
    roles: BTreeMap<String, Role>,
}

static ROUTER: LazyLock<Router<Jwt>> = LazyLock::new(|| {
    let config = vec![
        text("oidc_discovery_url"),
        text("oidc_discovery_ca_pem"),
        text("oidc_client_id"),
        text("oidc_client_secret"),
        text("oidc_response_mode"),
        comma_list("oidc_response_types"),
        text("jwks_url"),
        text("jwks_ca_pem"),
        lower_text("default_role"),
        comma_list("jwt_validation_pubkeys"),
        comma_list("jwt_supported_algs"),
        text("bound_issuer"),
        map("provider_config"),
        boolean("namespace_in_state").or(true),
        boolean("skip_jwks_validation"),
        comma_list("override_allowed_server_names"),
    ];
    let mut role = vec![
        lower_text("name").help("Name of the role."),
        text("role_type"),
        signed_seconds("expiration_leeway"),
        signed_seconds("not_before_leeway"),
        signed_seconds("clock_skew_leeway"),
        text("bound_subject"),
        comma_list("bound_audiences"),
        text("bound_claims_type").or("string"),
        map("bound_claims"),
        pairs("claim_mappings"),
        text("user_claim"),
        boolean("user_claim_json_pointer"),
        text("groups_claim"),
        comma_list("oidc_scopes"),
        comma_list("allowed_redirect_uris"),
        boolean("verbose_oidc_logging"),
        seconds("max_age"),
        text("callback_mode").or("client"),
        boolean("token_policies_template_claims"),
        comma_list("oauth2_metadata"),
        boolean("oidc_disable_confirmation"),
        integer("poll_interval"),
    ];
    role.extend(token_parameters::fields());
    role.extend(token_parameters::deprecated_fields());
    Router::new(
        "Logs in whoever brings a JWT that the configured keys verify and a role accepts.",
        vec![
            route("login")
                .help("Log in with a JWT.", "")
                .fields(vec![lower_text("role"), text("jwt")])
                .on(Operation::Update, Jwt::login),
            route("role/?")
                .help("Names of the roles.", "")
                .fields(vec![text("after"), integer("limit")])
                .on(Operation::List, Jwt::list_roles),
            route("role/{name}")
                .help("A role: which JWTs may log in, and what they get.", "")
                .fields(role)
                .exists(|engine: &Jwt, call| engine.roles.contains_key(&call.string("name")))
                .on(Operation::Read, Jwt::read_role)
                .write(Jwt::write_role)
                .on(Operation::Delete, Jwt::delete_role),
            route("config")
                .help("Keys by which JWTs are verified.", "")
                .fields(config)
                .on(Operation::Read, Jwt::read_config)
                .on(Operation::Update, Jwt::write_config),
        ],
    )
});

impl Backend for Jwt {
    fn router() -> &'static Router<Self> {
        &ROUTER
    }

    fn special_paths() -> SpecialPaths {
        SpecialPaths {
            unauthenticated: &["login"],
            root: &["config"],
        }
    }

    fn renew_login(&mut self, _: &mut Context<'_>, auth: &mut Auth) -> Result<(), Error> {
        super::renew_by_role(auth, |name| self.roles.get(name).map(|role| &role.parameters))
    }
}
