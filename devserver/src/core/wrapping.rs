//! Response wrapping, and what ends with a token in its cubbyhole.

use super::mounts::MountBackend;
use super::{Core, TokenEntry};
use crate::logical::{Reply, Request, Response};

impl Core {
    /// Puts an answer behind a wrapping token where the request asks for it; `path` is the path as it was asked for.
    pub(crate) fn wrap_if_asked(&mut self, _request: &Request, _path: &str, response: Option<Response>) -> Reply {
        Ok(response)
    }

    /// Tells all engines that a token has ended.
    pub(crate) fn forget_cubbyhole(&mut self, token: &TokenEntry) {
        for mounted in self.mounts.values_mut() {
            if let MountBackend::Engine(engine) = &mut mounted.backend {
                engine.token_ended(token);
            }
        }
    }
}
