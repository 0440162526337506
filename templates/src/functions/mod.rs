//! The function library: consul-template's functions and sprig's, one static table per topic.
//!
//! See [`crate::function`] for how an entry is written. `secret`, `secrets`, `pkiCert`, `scratch` and `executeTemplate`
//! are in `crate::engine_functions`, the built-ins of Go's `text/template` in `crate::builtins`; `crate::fmt` prints
//! values as Go does, and [`crate::json::read`] reads JSON.

use crate::function::Function;

/// The tables, in order of precedence.
pub(crate) static TABLES: &[&[Function]] = &[];

/// Functions of consul-template that need another server, with its name. Using one is a parse error.
pub(crate) static UNAVAILABLE: &[(&str, &str)] = &[
    ("byKey", "Consul"),
    ("byMeta", "Consul"),
    ("byPort", "Consul"),
    ("byTag", "Consul"),
    ("caLeaf", "Consul"),
    ("caRoots", "Consul"),
    ("connect", "Consul"),
    ("datacenters", "Consul"),
    ("explode", "Consul"),
    ("exportedServices", "Consul"),
    ("importedServices", "Consul"),
    ("key", "Consul"),
    ("keyExists", "Consul"),
    ("keyOrDefault", "Consul"),
    ("ls", "Consul"),
    ("node", "Consul"),
    ("nodes", "Consul"),
    ("nomadService", "Nomad"),
    ("nomadServices", "Nomad"),
    ("nomadVar", "Nomad"),
    ("nomadVarExists", "Nomad"),
    ("nomadVarList", "Nomad"),
    ("nomadVarListSafe", "Nomad"),
    ("partitions", "Consul"),
    ("peerings", "Consul"),
    ("safeLs", "Consul"),
    ("safeTree", "Consul"),
    ("service", "Consul"),
    ("services", "Consul"),
    ("tree", "Consul"),
];
