//! Secrets engines, and the table by which they are mounted.

mod asymmetric;
mod aws;
mod cubbyhole;
mod database;
mod digest;
mod encoding;
mod kv;
mod pki;
mod signature;
mod ssh;
pub(crate) mod tools;
mod transit;
mod tree;

use crate::engine::{Engine, MountInfo};

/// Makes a secrets engine for a mount; `None` where its type is unknown.
pub(crate) fn create(mount: &MountInfo) -> Option<Box<dyn Engine>> {
    match mount.kind.as_str() {
        "database" => Some(Box::new(database::Database::default())),
        "kv" => Some(Box::new(kv::Kv::default())),
        "aws" => Some(Box::new(aws::Aws::default())),
        "cubbyhole" => Some(Box::new(cubbyhole::Cubbyhole::default())),
        "pki" => Some(Box::new(pki::Pki::default())),
        "ssh" => Some(Box::new(ssh::Ssh)),
        "transit" => Some(Box::new(transit::Transit::default())),
        _ => None,
    }
}
