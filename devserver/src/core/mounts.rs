//! The mount table.

use crate::engine::{Engine, MountInfo};
use std::collections::BTreeMap;
use std::sync::Arc;

/// All mounts, by namespace and path.
#[derive(Default)]
pub struct Mounts(BTreeMap<String, Mounted>);

pub(crate) struct Mounted {
    pub(crate) info: Arc<MountInfo>,
    pub(crate) backend: MountBackend,
}

/// What answers a mount.
pub(crate) enum MountBackend {
    /// `sys/`.
    System,
    /// `auth/token/`.
    Token,
    /// `identity/`.
    Identity,
    /// Anything else.
    Engine(Box<dyn Engine>),
}

impl Mounts {
    /// The mount with the longest path that begins the given one (namespace included).
    pub(crate) fn find(&self, full: &str) -> Option<&Mounted> {
        self.0.get(self.key(full)?)
    }

    pub(crate) fn find_mut(&mut self, full: &str) -> Option<&mut Mounted> {
        let key = self.key(full)?.to_owned();
        self.0.get_mut(&key)
    }

    /// Tries all paths that end in `/`, the longest first.
    fn key<'p>(&self, full: &'p str) -> Option<&'p str> {
        let ends = full
            .char_indices()
            .rev()
            .filter(|(_, character)| *character == '/')
            .map(|(at, _)| &full[..=at]);
        ends.into_iter().find(|path| self.0.contains_key(*path))
    }

    pub(crate) fn insert(&mut self, mounted: Mounted) {
        let key = format!("{}{}", mounted.info.namespace, mounted.info.path);
        self.0.insert(key, mounted);
    }

    pub(crate) fn remove(&mut self, full: &str) -> Option<Mounted> {
        self.0.remove(full)
    }

    pub(crate) fn get(&self, full: &str) -> Option<&Mounted> {
        self.0.get(full)
    }

    pub(crate) fn get_mut(&mut self, full: &str) -> Option<&mut Mounted> {
        self.0.get_mut(full)
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &Mounted> {
        self.0.values()
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut Mounted> {
        self.0.values_mut()
    }

    /// A mount whose path begins the given path, or begins with it: nothing new can be mounted there.
    pub(crate) fn conflict(&self, full: &str) -> Option<&str> {
        self.0
            .keys()
            .map(String::as_str)
            .find(|path| full.starts_with(path) || path.starts_with(full))
    }

    /// All mounts of a namespace: secrets engines, or auth engines.
    pub fn of_namespace<'m>(&'m self, namespace: &'m str, auth: bool) -> impl Iterator<Item = &'m Arc<MountInfo>> {
        let infos = self.0.values().map(|mounted| &mounted.info);
        infos.filter(move |info| info.namespace == namespace && info.path.starts_with("auth/") == auth)
    }
}
