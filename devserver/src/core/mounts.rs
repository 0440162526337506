//! The mount table.

use crate::engine::{Engine, MountInfo};
use std::collections::BTreeMap;
use std::sync::Arc;

/// All mounts, by namespace and path.
#[derive(Default)]
pub struct Mounts(BTreeMap<String, Mounted>);

pub(crate) struct Mounted {
    pub(crate) info: Arc<MountInfo>,
    pub(crate) engine: Box<dyn Engine>,
}

impl Mounts {
    /// The mount with the longest path that begins the given one (namespace included).
    pub(crate) fn find(&mut self, full: &str) -> Option<&mut Mounted> {
        let key = self
            .0
            .keys()
            .filter(|path| full.starts_with(path.as_str()))
            .max_by_key(|path| path.len())?
            .clone();
        self.0.get_mut(&key)
    }
}
