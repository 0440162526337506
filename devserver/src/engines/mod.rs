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
pub(crate) mod tree;
mod x509;

use crate::engine::{Engine, MountInfo};

/// A type's name, and what makes an engine of it.
type Maker = (&'static str, fn() -> Box<dyn Engine>);

/// All types, each with what makes an engine of it.
const KINDS: [Maker; 7] = [
    ("aws", || Box::new(aws::Aws::default())),
    ("cubbyhole", || Box::new(cubbyhole::Cubbyhole::default())),
    ("database", || Box::new(database::Database::default())),
    ("kv", || Box::new(kv::Kv::default())),
    ("pki", || Box::new(pki::Pki::default())),
    ("ssh", || Box::new(ssh::Ssh)),
    ("transit", || Box::new(transit::Transit::default())),
];

/// Makes a secrets engine for a mount; `None` where its type is unknown.
pub(crate) fn create(mount: &MountInfo) -> Option<Box<dyn Engine>> {
    let (_, make) = KINDS.iter().find(|(kind, _)| *kind == mount.kind)?;
    Some(make())
}

/// The names of all types, sorted.
pub(crate) fn kinds() -> Vec<&'static str> {
    KINDS.iter().map(|(kind, _)| *kind).collect()
}
