//! `sys/tools/…`: random bytes and digests.

use crate::core::Core;
use crate::engine::{Route, integer, route, text};
use crate::engines::tools;
use crate::logical::Operation;

pub(super) fn routes() -> Vec<Route<Core>> {
    vec![
        route("tools/random(/{source})?(/{urlbytes})?")
            .fields(vec![
                text("source"),
                text("urlbytes"),
                integer("bytes").or(32),
                text("format").or("base64"),
            ])
            .on(Operation::Update, |_: &mut Core, _, call| tools::random(call))
            .help("Gives random bytes", "In base64 or hex."),
        route("tools/hash(/{urlalgorithm})?")
            .fields(vec![
                text("urlalgorithm"),
                text("algorithm").or("sha2-256"),
                text("input"),
                text("format").or("hex"),
            ])
            .on(Operation::Update, |_: &mut Core, _, call| tools::hash(call))
            .help("Hashes base64 input", "In hex or base64."),
    ]
}
