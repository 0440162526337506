//! `sys/wrapping/…`.

use crate::core::Core;
use crate::engine::{Route, route, text};
use crate::logical::{Error, Operation, Response};

pub(super) fn routes() -> Vec<Route<Core>> {
    vec![
        route("wrapping/wrap")
            .arbitrary()
            .on(Operation::Update, |_: &mut Core, _, call| {
                if call.request.wrap_ttl.is_none() {
                    return Err(Error::response("endpoint requires response wrapping to be used"));
                }
                Response::data(call.request.data.clone()).reply()
            })
            .help("Wraps any JSON object.", "Gives back the data it is sent, wrapped."),
        route("wrapping/unwrap")
            .fields(vec![
                text("token").help("The wrapping token; the caller's own where there is none."),
            ])
            .on(Operation::Update, |core: &mut Core, _, call| core.unwrap(call.request))
            .help("Gives what a wrapping token holds, once.", "Once."),
        route("wrapping/lookup")
            .fields(vec![text("token")])
            .on(Operation::Update, |core: &mut Core, _, call| {
                core.look_up_wrapping(call.request)
            })
            .on(Operation::Read, |core: &mut Core, _, call| {
                core.look_up_wrapping(call.request)
            })
            .help("Tells when and where a wrapping token was made.", "Without using it."),
        route("wrapping/rewrap")
            .fields(vec![text("token")])
            .on(Operation::Update, |core: &mut Core, _, call| core.rewrap(call.request))
            .help(
                "Moves the content to a new wrapping token.",
                "The same answer, a new token and a new lifetime.",
            ),
    ]
}
