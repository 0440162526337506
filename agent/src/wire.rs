//! What a template's request becomes on the wire, once the mount it belongs to is known.

use std::collections::BTreeMap;

use coffret_templates::Request;
use serde::{Deserialize, Serialize};

/// One request to the server. Equal ones are sent once and shared by all templates.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Wire {
    /// How it is sent.
    pub verb: Verb,
    /// Path below `/v1/`.
    pub path: String,
    /// Query parameters.
    pub query: Vec<(String, String)>,
    /// Fields of the body.
    pub data: BTreeMap<String, String>,
    /// The fields go below `data`, as KV version 2 wants them.
    pub nested: bool,
}

/// How a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Verb {
    /// `GET`.
    Read,
    /// `GET` with `list=true`.
    List,
    /// `PUT`.
    Write,
}

/// A mount of the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// Its path with the final slash.
    pub path: String,
    /// It is a KV store of version 2.
    pub versioned: bool,
    /// Reading there makes nothing, such as a credential with a lease.
    #[serde(default)]
    pub inert: bool,
}

/// Engines whose values are only read; reading from any other may make something each time.
const INERT: [&str; 6] = ["cubbyhole", "generic", "identity", "kv", "pki", "transit"];

/// Whether reading from an engine of this type makes nothing.
#[must_use]
pub fn is_inert(kind: &str) -> bool {
    INERT.contains(&kind)
}

impl Mount {
    /// Whether `path` lies in this mount.
    #[must_use]
    pub fn holds(&self, path: &str) -> bool {
        path.starts_with(&self.path) || path == self.path.trim_end_matches('/')
    }
}

/// These are never KV stores, so nobody has to be asked.
const NEVER_VERSIONED: [&str; 4] = ["auth/", "cubbyhole/", "identity/", "sys/"];

/// Whether the path of a request depends on the mount it lies in.
#[must_use]
pub fn needs_mount(request: &Request) -> bool {
    let plain = matches!(request, Request::PkiCert { .. });
    !plain && !is_built_in(request.path())
}

/// Whether a path is the server's own, below no mount that an operator chose.
#[must_use]
pub fn is_built_in(path: &str) -> bool {
    NEVER_VERSIONED.iter().any(|prefix| path.starts_with(prefix))
}

/// The request on the wire; `mount` is the one it lies in, if known. A certificate is asked for once, however many files
/// print parts of it: certificate and key of two files belong together.
#[must_use]
pub fn resolve(request: &Request, mount: Option<&Mount>) -> Wire {
    let versioned = mount.filter(|mount| mount.versioned);
    let plain = |verb, path: &str, query: &[(String, String)]| Wire {
        verb,
        path: path.to_owned(),
        query: query.to_vec(),
        data: BTreeMap::new(),
        nested: false,
    };
    match request {
        Request::Read { path, query } => plain(Verb::Read, &below(versioned, path, "data"), query),
        Request::List { path, query } => plain(Verb::List, &below(versioned, path, "metadata"), query),
        Request::Write { path, data } => Wire {
            data: data.clone(),
            nested: versioned.is_some(),
            ..plain(Verb::Write, &below(versioned, path, "data"), &[])
        },
        Request::PkiCert { path, data } => Wire {
            data: data.clone(),
            ..plain(Verb::Write, path, &[])
        },
    }
}

/// Inserts `kind` after a version 2 mount unless the path already says what it wants.
fn below(mount: Option<&Mount>, path: &str, kind: &str) -> String {
    let Some(mount) = mount else {
        return path.to_owned();
    };
    let rest = path.strip_prefix(&mount.path).unwrap_or_default();
    // As consul-template has it: a secret may be called `data`, but a list of `metadata` means all of them.
    let said: &[&str] = if kind == "metadata" {
        &["metadata"]
    } else {
        &["data/", "metadata/", "subkeys/"]
    };
    if said.iter().any(|start| rest.starts_with(start)) {
        return path.to_owned();
    }
    format!("{}{kind}/{rest}", mount.path).trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str) -> Request {
        Request::Read {
            path: path.into(),
            query: vec![("version".into(), "2".into())],
        }
    }

    fn kv2() -> Mount {
        Mount {
            path: "secret/".into(),
            versioned: true,
            inert: true,
        }
    }

    #[test]
    fn both_spellings_of_a_versioned_path_are_one_request() {
        let short = resolve(&read("secret/app"), Some(&kv2()));
        assert_eq!(short, resolve(&read("secret/data/app"), Some(&kv2())));
        assert_eq!(short.path, "secret/data/app");
        assert_eq!(short.query.len(), 1);
    }

    #[test]
    fn metadata_and_subkeys_pass_and_lookalikes_do_not() {
        for (path, on_wire) in [
            ("secret/metadata/app", "secret/metadata/app"),
            ("secret/subkeys/app", "secret/subkeys/app"),
            ("secret/database", "secret/data/database"),
            ("secret", "secret/data"),
        ] {
            assert_eq!(resolve(&read(path), Some(&kv2())).path, on_wire);
        }
    }

    #[test]
    fn lists_go_to_the_metadata() {
        let list = |path: &str| Request::List {
            path: path.into(),
            query: vec![],
        };
        assert_eq!(resolve(&list("secret/app"), Some(&kv2())).path, "secret/metadata/app");
        assert_eq!(resolve(&list("secret/metadata"), Some(&kv2())).path, "secret/metadata");
    }

    #[test]
    fn other_mounts_are_left_alone() {
        let mount = Mount {
            path: "kv/".into(),
            versioned: false,
            inert: false,
        };
        assert_eq!(resolve(&read("kv/app"), Some(&mount)).path, "kv/app");
        assert!(mount.holds("kv") && mount.holds("kv/a") && !mount.holds("kv2/a"));
    }

    #[test]
    fn only_paths_that_may_be_versioned_need_a_mount() {
        assert!(needs_mount(&read("secret/app")));
        assert!(!needs_mount(&read("sys/health")));
        assert!(!needs_mount(&Request::PkiCert {
            path: "pki/issue/a".into(),
            data: BTreeMap::new()
        }));
    }
}
