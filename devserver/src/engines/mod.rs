//! Secrets engines, and the table by which they are mounted.

mod asymmetric;
mod digest;
mod encoding;
mod kv;
pub(crate) mod tools;
mod transit;

use crate::engine::{Engine, MountInfo};

/// Makes a secrets engine for a mount; `None` where its type is unknown.
pub(crate) fn create(mount: &MountInfo) -> Option<Box<dyn Engine>> {
    match mount.kind.as_str() {
        "kv" => Some(Box::new(kv::Kv::default())),
        "transit" => Some(Box::new(transit::Transit::default())),
        _ => None,
    }
}
