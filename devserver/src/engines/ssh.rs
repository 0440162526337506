//! The ssh engine, which is refused: it can be mounted, so that scripts get as far as saying what they want, and every call
//! to it answers why nothing is signed.

use crate::engine::{Backend, Router, route, text};
use crate::logical::{Error, Operation, Reply};
use std::sync::LazyLock;

/// A mount of the ssh engine.
pub(crate) struct Ssh;

const REASON: &str = "this development server signs no SSH keys and hands out no one-time passwords: what it would sign \
                      could open real machines that trust its key. Use a real server for the ssh engine.";

static ROUTER: LazyLock<Router<Ssh>> = LazyLock::new(|| {
    let refuse = |_: &mut Ssh, _: &mut crate::engine::Context<'_>, _: &crate::engine::Call<'_>| -> Reply {
        Err(Error::response(REASON))
    };
    Router::new(
        REASON,
        vec![
            route("{path*}")
                .fields(vec![text("path")])
                .arbitrary()
                .on(Operation::Read, refuse)
                .on(Operation::List, refuse)
                .on(Operation::Update, refuse)
                .on(Operation::Patch, refuse)
                .on(Operation::Delete, refuse)
                .help("Refused", REASON),
        ],
    )
});

impl Backend for Ssh {
    fn router() -> &'static Router<Self> {
        &ROUTER
    }
}
