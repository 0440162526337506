//! `sys/policies/password`.

use crate::core::Core;
use crate::core::password_policies::PasswordPolicy;
use crate::engine::{Call, Context, Route, route, text};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

pub(super) fn routes() -> Vec<Route<Core>> {
    let fields = || {
        vec![
            text("name").help("What the rules for passwords are called."),
            text("policy"),
        ]
    };
    vec![
        route("policies/password/?")
            .help("Names of the password policies.", "")
            .on(Operation::List, Core::list_password_policies),
        route("policies/password/{name+}/generate")
            .help("A password by a policy.", "")
            .fields(vec![text("name").help("What the rules for passwords are called.")])
            .on(Operation::Read, Core::generate_password),
        route("policies/password/{name+}")
            .help("A password policy.", "")
            .fields(fields())
            .on(Operation::Read, Core::read_password_policy)
            .on(Operation::Update, Core::write_password_policy)
            .on(Operation::Delete, Core::delete_password_policy),
    ]
}

fn key(call: &Call<'_>) -> (String, String) {
    (call.request.namespace.clone(), call.text("name").to_owned())
}

impl Core {
    fn list_password_policies(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let here = self
            .password_policies
            .keys()
            .filter(|(namespace, _)| *namespace == call.request.namespace);
        Response::list(here.map(|(_, name)| name.clone())).reply()
    }

    fn write_password_policy(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let text = call.string("policy");
        if text.is_empty() {
            return Err(Error::invalid("missing policy"));
        }
        let decoded = BASE64_STANDARD
            .decode(&text)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok());
        let text = decoded.unwrap_or(text);
        let policy = PasswordPolicy::parse(&text)
            .map_err(|error| Error::invalid(format!("invalid password policy: {error}")))?;
        self.password_policies.insert(key(call), policy);
        Ok(None)
    }

    fn password_policy(&self, call: &Call<'_>) -> Result<&PasswordPolicy, Error> {
        let missing = || Error {
            kind: crate::logical::ErrorKind::Coded {
                status: 404,
                list: true,
            },
            ..Error::invalid("policy does not exist")
        };
        self.password_policies.get(&key(call)).ok_or_else(missing)
    }

    fn read_password_policy(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        Response::data(object! { "policy" => &self.password_policy(call)?.text }).reply()
    }

    fn generate_password(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        Response::data(object! { "password" => self.password_policy(call)?.generate() }).reply()
    }

    fn delete_password_policy(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.password_policies.remove(&key(call));
        Ok(None)
    }
}
