//! `roles/`: which certificates may be issued.

use super::Pki;
use super::role::{self, Role};
use crate::engine::{Call, Context, Route, integer, route, text};
use crate::engines::tree;
use crate::logical::{Error, Operation, Reply, Response};

pub(super) fn routes() -> Vec<Route<Pki>> {
    let mut fields = role::fields();
    fields.extend([text("name"), text("backend")]);
    vec![
        route("roles/?")
            .fields(vec![text("after"), integer("limit")])
            .on(Operation::List, Pki::list_roles)
            .help("List the roles", "Names only."),
        route("roles/{name}")
            .fields(fields)
            .on(Operation::Read, Pki::read_role)
            .on(Operation::Update, Pki::write_role)
            .on(Operation::Patch, Pki::patch_role)
            .on(Operation::Delete, Pki::delete_role)
            .help("Manage the roles", "Which certificates may be issued."),
    ]
}

impl Pki {
    fn list_roles(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        Response::list(tree::page(self.roles.keys().cloned(), call)).reply()
    }

    fn read_role(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        match self.roles.get(call.text("name")) {
            Some(role) => Response::data(role.view()).reply(),
            None => Ok(None),
        }
    }

    fn write_role(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let role = Role::from_call(call)?;
        let mut response = Response::data(role.view());
        if role.flag("generate_lease") {
            response = response.warn(
                "it is encouraged to disable generate_lease and rely on PKI's native capabilities when possible; this \
                 option can cause instance-wide issues with large numbers of issued certificates",
            );
        }
        self.roles.insert(call.text("name").to_owned(), role);
        response.reply()
    }

    fn patch_role(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.text("name");
        let known = self
            .roles
            .get(name)
            .ok_or_else(|| Error::response(format!("unknown role: {name}")))?;
        let role = known.patched(call)?;
        let response = Response::data(role.view());
        self.roles.insert(name.to_owned(), role);
        response.reply()
    }

    fn delete_role(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.roles.remove(call.text("name"));
        Ok(None)
    }
}
