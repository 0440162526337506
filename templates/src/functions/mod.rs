//! The function library: consul-template's functions and sprig's, one static table per topic.
//!
//! See [`crate::function`] for how an entry is written. `secret`, `secrets`, `pkiCert`, `scratch` and `executeTemplate`
//! are in `crate::engine_functions`, the built-ins of Go's `text/template` in `crate::builtins`; `crate::fmt` prints
//! values as Go does, and [`crate::json::read`] reads JSON.

mod cased;
mod cast;
mod certificates;
mod choice;
mod collections;
mod constraint;
mod crypto;
mod decimal;
mod deep;
mod dicts;
mod emitting;
pub(crate) mod encoding;
mod hashing;
mod json_text;
mod lists;
pub(crate) mod matching;
mod math;
mod merge;
mod numbers;
mod parsing;
mod paths;
mod print;
mod re2;
mod regexes;
mod runes;
mod search;
mod semver;
mod sockaddr;
mod spew;
mod sprig_math;
mod sprig_strings;
mod strings;
pub(crate) mod time;
mod title;
mod toml;
mod urls;
mod world;
mod wrapping;
mod yaml;

use crate::function::Function;

/// The tables, in order of precedence.
pub(crate) static TABLES: &[&[Function]] = &[
    certificates::TABLE,
    choice::TABLE,
    collections::TABLE,
    crypto::TABLE,
    dicts::TABLE,
    emitting::TABLE,
    encoding::TABLE,
    hashing::TABLE,
    lists::TABLE,
    math::TABLE,
    parsing::TABLE,
    paths::TABLE,
    regexes::TABLE,
    semver::TABLE,
    sockaddr::TABLE,
    spew::TABLE,
    sprig_math::TABLE,
    sprig_strings::TABLE,
    strings::TABLE,
    time::TABLE,
    toml::TABLE,
    urls::TABLE,
    world::TABLE,
    yaml::TABLE,
];

/// Functions that need something which is not there, with its name. Using one is a parse error.
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
