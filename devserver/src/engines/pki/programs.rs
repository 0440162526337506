//! Roles whose rules are programs in CEL: refused, since a rule that is not run must not be taken.

use super::Pki;
use crate::engine::{Handler, Route, integer, map, route, text};
use crate::logical::{Error, Operation, Response};

pub(super) fn routes() -> Vec<Route<Pki>> {
    let refuse: Handler<Pki> = |_, _, _| {
        Err(Error::response(
            "this development server does not run programs (CEL): use a role instead",
        ))
    };
    vec![
        route("cel/roles/?")
            .fields(vec![text("after"), integer("limit")])
            .on(Operation::List, |_, _, _| Response::list(Vec::<String>::new()).reply())
            .help("List the roles with programs", "There are none here."),
        route("cel/roles/{name}")
            .fields(vec![text("name"), map("cel_program")])
            .on(Operation::Read, |_, _, _| Ok(None))
            .on(Operation::Delete, |_, _, _| Response::default().reply())
            .on(Operation::Update, refuse)
            .on(Operation::Patch, refuse)
            .help("Manage roles with programs", "Refused: programs are not run here."),
        route("cel/(issue|sign)/(?P<role>[^/]+)")
            .fields(vec![text("role")])
            .on(Operation::Update, |_, _, _| Err(Error::internal("CEL role not found")))
            .arbitrary()
            .help("Issue by a program", "Refused: programs are not run here."),
    ]
}
