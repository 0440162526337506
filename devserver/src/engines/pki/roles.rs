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
        self.keep_role(call.text("name"), role)
    }

    fn patch_role(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.text("name");
        let known = self.roles.get(name);
        let known = known.ok_or_else(|| Error::response("Unable to fetch role entry to patch"))?;
        let role = known.patched(call)?;
        self.keep_role(name, role)
    }

    fn keep_role(&mut self, name: &str, mut role: Role) -> Reply {
        let leases = role.flag("generate_lease");
        if role.flag("no_store") {
            role.set("generate_lease", false);
        }
        let mut response = Response::data(role.view());
        if self.authorities.issuer_id(role.text("issuer_ref")).is_err() {
            response = response.warn(match role.text("issuer_ref") {
                "default" => {
                    "Issuing Certificate was set to default, but no default issuing certificate (configurable at \
                              /config/issuers) is currently set"
                        .to_owned()
                }
                other => {
                    format!("Issuing Certificate was set to {other} but no issuing certificate currently has that name")
                }
            });
        }
        match (leases, role.flag("no_store")) {
            (true, true) => {
                response = response.warn(
                    "mutually exclusive values no_store=true and generate_lease=true were both specified; no_store=true \
                     takes priority",
                );
            }
            (true, false) => {
                response = response.warn(
                    "it is encouraged to disable generate_lease and rely on PKI's native capabilities when possible; this \
                     option can cause instance-wide issues with large numbers of issued certificates",
                );
            }
            (false, _) => {}
        }
        self.roles.insert(name.to_owned(), role);
        response.reply()
    }

    fn delete_role(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.roles.remove(call.text("name"));
        Ok(None)
    }
}
