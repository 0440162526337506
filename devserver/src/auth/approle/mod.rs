//! AppRole auth: role ids and secret ids.

mod login;
mod role;
mod secret_id;
mod setting;

use super::token_parameters;
use crate::engine::{
    Backend, Context, Field, Router, SpecialPaths, boolean, comma_list, integer, lower_text, route, seconds, text,
};
use crate::json::Value;
use crate::logical::{Auth, Error, Operation};
use role::Role;
use secret_id::SecretId;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// An approle mount.
#[derive(Default)]
pub(crate) struct Approle {
    roles: BTreeMap<String, Role>,
    /// By role and secret id.
    secret_ids: BTreeMap<(String, String), SecretId>,
}

fn role_name() -> Field {
    lower_text("role_name").help("Name of the role.")
}

fn role_fields() -> Vec<Field> {
    let mut fields = vec![
        role_name(),
        boolean("bind_secret_id").or(true),
        comma_list("bound_cidr_list"),
        comma_list("secret_id_bound_cidrs"),
        integer("secret_id_num_uses"),
        seconds("secret_id_ttl"),
        text("role_id"),
        boolean("local_secret_ids"),
    ];
    fields.extend(token_parameters::fields());
    let old = ["policies", "period"];
    fields.extend(
        token_parameters::deprecated_fields()
            .into_iter()
            .filter(|field| old.contains(&field.name)),
    );
    fields
}

fn new_secret_fields() -> Vec<Field> {
    vec![
        role_name(),
        text("metadata"),
        comma_list("cidr_list"),
        comma_list("token_bound_cidrs"),
        integer("num_uses"),
        seconds("ttl"),
    ]
}

fn listed_secret_fields() -> Vec<Field> {
    let mut fields = new_secret_fields();
    fields.extend([text("after"), integer("limit")]);
    fields
}

fn custom_secret_fields() -> Vec<Field> {
    let mut fields = new_secret_fields();
    fields.push(text("secret_id"));
    fields
}

static ROUTER: LazyLock<Router<Approle>> = LazyLock::new(|| {
    use Operation::{Delete, List, Read, Update};
    let name = || vec![role_name(), text("role_id")];
    let mut routes = vec![
        route("login")
            .fields(vec![text("role_id"), text("secret_id")])
            .on(Update, Approle::login)
            .on(Read, Approle::login)
            .help("Gives a token for a role id and a secret id", ""),
        route("role/?")
            .help("Names of the roles.", "")
            .fields(vec![text("after"), integer("limit")])
            .on(List, Approle::list_roles),
        route("role/{role_name}/role-id")
            .help("The id of a role.", "")
            .fields(name())
            .on(Read, Approle::read_role_id)
            .on(Update, Approle::write_role_id),
        route("role/{role_name}/secret-id/?")
            .help("Make a secret id, or list the accessors of those there are.", "")
            .fields(listed_secret_fields())
            .on(Update, Approle::new_secret_id)
            .on(List, Approle::list_accessors),
        route("role/{role_name}/custom-secret-id")
            .help("Make a secret id of your choice.", "")
            .fields(custom_secret_fields())
            .on(Update, Approle::chosen_secret_id),
        route("role/{role_name}/secret-id/lookup/?")
            .help("What is known of a secret id.", "")
            .fields(vec![role_name(), text("secret_id")])
            .on(Update, Approle::lookup_secret_id),
        route("role/{role_name}/secret-id/destroy/?")
            .help("End a secret id.", "")
            .fields(vec![role_name(), text("secret_id")])
            .on(Update, Approle::destroy_secret_id)
            .on(Delete, Approle::destroy_secret_id),
        route("role/{role_name}/secret-id-accessor/lookup/?")
            .help("What is known of a secret id, by its accessor.", "")
            .fields(vec![role_name(), text("secret_id_accessor")])
            .on(Update, Approle::lookup_accessor),
        route("role/{role_name}/secret-id-accessor/destroy/?")
            .help("End a secret id, by its accessor.", "")
            .fields(vec![role_name(), text("secret_id_accessor")])
            .on(Update, Approle::destroy_accessor)
            .on(Delete, Approle::destroy_accessor),
        route("tidy/secret-id")
            .help("Forget secret ids that have ended.", "")
            .on(Update, Approle::tidy),
    ];
    routes.extend(setting::routes());
    routes.push(
        route("role/{role_name}")
            .help("A role: what its logins need, and what they get.", "")
            .fields(role_fields())
            .exists(|engine: &Approle, call| engine.roles.contains_key(&call.string("role_name")))
            .on(Read, Approle::read_role)
            .write(Approle::write_role)
            .on(Delete, Approle::delete_role),
    );
    Router::new("Any registered Role can authenticate itself with Vault.", routes)
});

impl Backend for Approle {
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
        let name = auth.internal.get("role").and_then(Value::as_str).unwrap_or_default();
        let role = self.roles.get(name);
        let gone = || Error::internal(format!("role {name:?} does not exist during renewal"));
        role.ok_or_else(gone)?.parameters.apply_lifetimes(auth);
        Ok(())
    }
}
