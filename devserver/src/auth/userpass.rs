//! Userpass auth: names and passwords.

use super::password::Password;
use super::token_parameters::{self, TokenParameters};
use crate::engine::{Backend, Call, Context, Router, SpecialPaths, integer, lower_text, route, text};
use crate::engines::tree;
use crate::logical::{Auth, Error, Operation, Reply, Response};
use crate::object;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// A userpass mount.
#[derive(Default)]
pub(crate) struct Userpass {
    users: BTreeMap<String, User>,
}

#[derive(Clone, Debug, Default)]
struct User {
    password: Option<Password>,
    parameters: TokenParameters,
}

static ROUTER: LazyLock<Router<Userpass>> = LazyLock::new(|| {
    let name = || lower_text("username").help("Who logs in.");
    let mut user = vec![
        name(),
        text("password").help("What the user proves the name with."),
        text("password_hash").help("The same, hashed by bcrypt already."),
    ];
    user.extend(token_parameters::fields());
    user.extend(
        token_parameters::deprecated_fields()
            .into_iter()
            .filter(|field| field.name != "num_uses"),
    );
    let mut policies = vec![name()];
    policies.extend(
        token_parameters::fields()
            .into_iter()
            .filter(|field| field.name == "token_policies"),
    );
    policies.extend(
        token_parameters::deprecated_fields()
            .into_iter()
            .filter(|field| field.name == "policies"),
    );
    Router::new(
        "Logs in users by a name and a password that are kept here.",
        vec![
            route("users/?")
                .help("Names of the users.", "")
                .fields(vec![text("after"), integer("limit")])
                .on(Operation::List, Userpass::list),
            route("users/{username}/policies")
                .help("Policies of a user.", "")
                .fields(policies)
                .on(Operation::Update, Userpass::set_policies),
            route("users/{username}/password")
                .help("Password of a user.", "")
                .fields(vec![name(), text("password"), text("password_hash")])
                .on(Operation::Update, Userpass::set_password),
            route("users/{username}")
                .help("A user: password, and what its logins get.", "")
                .fields(user)
                .exists(|engine: &Userpass, call| engine.users.contains_key(&call.string("username")))
                .on(Operation::Read, Userpass::read)
                .write(Userpass::store)
                .on(Operation::Delete, Userpass::delete),
            route("login/{username}")
                .fields(vec![name(), text("password")])
                .on(Operation::Update, Userpass::login)
                .help("Gives a token for a name and its password.", ""),
        ],
    )
});

impl Backend for Userpass {
    fn router() -> &'static Router<Self> {
        &ROUTER
    }

    fn special_paths() -> SpecialPaths {
        SpecialPaths {
            unauthenticated: &["login/*"],
            root: &[],
        }
    }

    fn renew_login(&mut self, _: &mut Context<'_>, auth: &mut Auth) -> Result<(), Error> {
        let user = auth.metadata.get("username").and_then(|name| self.users.get(name));
        let user = user.ok_or_else(|| Error::internal("username does not exist"))?;
        let (old, new): (BTreeSet<&String>, BTreeSet<&String>) = (
            auth.policies.iter().collect(),
            user.parameters.policies.iter().collect(),
        );
        if old != new {
            return Err(Error::internal("policies have changed, not renewing"));
        }
        user.parameters.apply_lifetimes(auth);
        Ok(())
    }
}

/// The password sent; `None` where it is missing or empty.
fn sent_password(call: &Call<'_>) -> Result<Option<Password>, Error> {
    let (password, hash) = (call.string("password"), call.string("password_hash"));
    match (password.is_empty(), hash.is_empty()) {
        (true, true) => Ok(None),
        (false, true) => Password::new(&password).map(Some),
        (true, false) => Password::from_bcrypt(&hash).map(Some),
        (false, false) => Err(Error::response("only one of password or password_hash may be provided")),
    }
}

impl Userpass {
    fn list(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        Response::list(tree::page(self.users.keys().cloned(), call)).reply()
    }

    fn delete(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.users.remove(&call.string("username"));
        Ok(None)
    }

    fn read(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let Some(user) = self.users.get(&call.string("username")) else {
            return Ok(None);
        };
        let mut data = object! {};
        user.parameters.show(&mut data);
        Response::data(data).reply()
    }

    fn store(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.string("username");
        let password = sent_password(call)?;
        if call.request.operation == Operation::Create && password.is_none() {
            return Err(Error::response("must provide either password or password_hash"));
        }
        let mut user = self.users.get(&name).cloned().unwrap_or_default();
        user.parameters.merge(call)?;
        if password.is_some() {
            user.password = password;
        }
        user.parameters.merge_deprecated(call)?;
        self.users.insert(name, user);
        Ok(None)
    }

    fn user(&mut self, call: &Call<'_>) -> Result<&mut User, Error> {
        self.users
            .get_mut(&call.string("username"))
            .ok_or_else(|| Error::internal("username does not exist"))
    }

    fn set_password(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let user = self.user(call)?;
        let password = sent_password(call)?;
        user.password = Some(password.ok_or_else(|| Error::response("must provide either password or password_hash"))?);
        Ok(None)
    }

    fn set_policies(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let user = self.user(call)?;
        user.parameters.merge_policies(call);
        Ok(None)
    }

    fn login(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let (name, password) = (call.string("username"), call.string("password"));
        if password.is_empty() {
            return Err(Error::internal("missing password"));
        }
        let user = self.users.get(&name);
        let fits = user
            .and_then(|user| user.password.as_ref())
            .is_some_and(|known| known.fits(&password));
        let user = user
            .filter(|_| fits)
            .ok_or_else(|| Error::response("invalid username or password"))?;
        user.parameters.check_address(call)?;
        let mut auth = user.parameters.auth(call);
        auth.metadata = BTreeMap::from([("username".to_owned(), name.clone())]);
        auth.display_name.clone_from(&name);
        auth.alias = name;
        Response {
            auth: Some(auth),
            ..Response::default()
        }
        .reply()
    }
}
