//! Paths with special rules: those that need no token, and those that need `sudo`.

use super::Core;
use super::mounts::MountBackend;
use crate::engine::{MountInfo, SpecialPaths};
use crate::logical::Request;

impl Core {
    /// Whether a path below a mount needs no token.
    pub(super) fn is_unauthenticated(&self, request: &Request, mount: Option<&MountInfo>) -> bool {
        let Some(mount) = mount else { return false };
        let rest = request.path.get(mount.path.len()..).unwrap_or_default();
        self.special_paths(mount)
            .unauthenticated
            .iter()
            .any(|pattern| special_matches(pattern, rest))
    }

    /// Whether a path below a mount needs `sudo`.
    pub(super) fn needs_sudo(&self, request: &Request, mount: Option<&MountInfo>) -> bool {
        let Some(mount) = mount else { return false };
        let rest = request.path.get(mount.path.len()..).unwrap_or_default();
        self.special_paths(mount)
            .root
            .iter()
            .any(|pattern| special_matches(pattern, rest))
    }

    fn special_paths(&self, mount: &MountInfo) -> SpecialPaths {
        match self
            .mounts
            .get(&format!("{}{}", mount.namespace, mount.path))
            .map(|mounted| &mounted.backend)
        {
            Some(MountBackend::System) => super::system::SPECIAL,
            Some(MountBackend::Token) => super::token_store::SPECIAL,
            Some(MountBackend::Identity) => SpecialPaths::default(),
            Some(MountBackend::Engine(engine)) => engine.special_paths(),
            None => SpecialPaths::default(),
        }
    }
}

/// Whether a path is one of the special ones: `*` at the end is a prefix, `+` one segment.
fn special_matches(pattern: &str, path: &str) -> bool {
    let (text, prefix) = match pattern.strip_suffix('*') {
        Some(text) => (text, true),
        None => (pattern, false),
    };
    if !text.contains('+') {
        return if prefix { path.starts_with(text) } else { path == text };
    }
    let (wanted, given): (Vec<&str>, Vec<&str>) = (text.split('/').collect(), path.split('/').collect());
    let last = wanted.len() - 1;
    (if prefix {
        given.len() >= wanted.len()
    } else {
        given.len() == wanted.len()
    }) && wanted.iter().zip(&given).enumerate().all(|(index, (want, have))| {
        *want == "+" || want == have || (prefix && index == last && have.starts_with(want))
    })
}
