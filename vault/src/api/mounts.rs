//! Which engine is mounted where: KV version 2 has other paths than it shows.

use serde::Deserialize;

use crate::{Call, Client, Error, Token};

/// One mounted engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Where it is mounted, with a slash at its end, such as `secret/`.
    pub path: String,
    /// What it is.
    pub kind: MountKind,
}

/// What matters about an engine for reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MountKind {
    /// KV version 2: values below `data/`, lists below `metadata/`.
    KvV2,
    /// Everything else: paths are what they seem.
    Plain,
}

impl Mount {
    /// The path to read for what the user wrote.
    #[must_use]
    pub fn read_path(&self, written: &str) -> String {
        self.shifted(written, "data", &["data", "metadata", "subkeys"])
    }

    /// The path to list for what the user wrote.
    #[must_use]
    pub fn list_path(&self, written: &str) -> String {
        self.shifted(written, "metadata", &["metadata"])
    }

    /// Puts `prefix` after the mount unless one of `present` is there already.
    fn shifted(&self, written: &str, prefix: &str, present: &[&str]) -> String {
        let written = written.trim_matches('/');
        if self.kind == MountKind::Plain {
            return written.to_owned();
        }
        let mount = self.path.trim_matches('/');
        let rest = written.strip_prefix(mount).unwrap_or(written).trim_start_matches('/');
        let first = rest.split('/').next().unwrap_or_default();
        if rest.is_empty() {
            format!("{mount}/{prefix}")
        } else if present.contains(&first) && rest.len() > first.len() {
            written.to_owned()
        } else {
            format!("{mount}/{prefix}/{rest}")
        }
    }
}

/// The mounts that are known. A lookup that failed is never kept, so the next one asks again.
#[derive(Clone, Debug, Default)]
pub struct Mounts {
    known: Vec<Mount>,
}

impl Mounts {
    /// The mount a path lies in, if it is known.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&Mount> {
        let path = format!("{}/", path.trim_matches('/'));
        self.known
            .iter()
            .filter(|mount| path.starts_with(&mount.path))
            .max_by_key(|mount| mount.path.len())
    }

    /// Keeps what a lookup found.
    pub fn remember(&mut self, mount: Mount) {
        self.known.retain(|known| known.path != mount.path);
        self.known.push(mount);
    }

    /// Forgets the mount a path lies in, such as after its engine was replaced.
    pub fn forget(&mut self, path: &str) {
        if let Some(found) = self.find(path).map(|mount| mount.path.clone()) {
            self.known.retain(|known| known.path != found);
        }
    }
}

#[derive(Deserialize)]
struct Found {
    path: String,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    options: Option<Options>,
}

#[derive(Deserialize)]
struct Options {
    #[serde(default)]
    version: Option<String>,
}

impl Client {
    /// Asks which engine a path lies in; the namespace may be part of the mount's path and is taken off.
    ///
    /// # Errors
    /// Those of [`Client::send`]. 403 means that the token has no rights there or that nothing is mounted.
    pub async fn mount(&self, token: &Token, path: &str) -> Result<Mount, Error> {
        let call = Call::read(format!("sys/internal/ui/mounts/{}", path.trim_matches('/'))).token(token);
        let found: Found = self.send(&call).await?.data()?;
        let version = found.options.and_then(|options| options.version);
        let kind = if found.kind == "kv" && version.as_deref() == Some("2") {
            MountKind::KvV2
        } else {
            MountKind::Plain
        };
        let namespace = self.settings().namespace.as_deref().unwrap_or_default();
        Ok(Mount {
            path: below_namespace(&found.path, namespace, path),
            kind,
        })
    }
}

/// A mount's path without the client's namespace, which newer servers put before it.
fn below_namespace(mount: &str, namespace: &str, written: &str) -> String {
    let mount = mount.trim_matches('/');
    let inside = mount.strip_prefix(namespace).and_then(|rest| rest.strip_prefix('/'));
    let written = format!("{}/", written.trim_matches('/'));
    let shown = match inside {
        Some(inside) if !namespace.is_empty() && !written.starts_with(&format!("{mount}/")) => inside,
        _ => mount,
    };
    format!("{shown}/")
}

#[cfg(test)]
mod tests {
    use super::{Mount, MountKind, Mounts, below_namespace};

    fn kv2(path: &str) -> Mount {
        Mount {
            path: path.to_owned(),
            kind: MountKind::KvV2,
        }
    }

    #[test]
    fn kv2_reads_below_data_and_lists_below_metadata() {
        let mount = kv2("secret/");
        for (written, read, list) in [
            ("secret/app", "secret/data/app", "secret/metadata/app"),
            ("/secret/app/", "secret/data/app", "secret/metadata/app"),
            ("secret/data/app", "secret/data/app", "secret/metadata/data/app"),
            ("secret/metadata/app", "secret/metadata/app", "secret/metadata/app"),
            (
                "secret/subkeys/app",
                "secret/subkeys/app",
                "secret/metadata/subkeys/app",
            ),
            ("secret/data", "secret/data/data", "secret/metadata/data"),
            (
                "secret/database/app",
                "secret/data/database/app",
                "secret/metadata/database/app",
            ),
            ("secret", "secret/data", "secret/metadata"),
        ] {
            assert_eq!(mount.read_path(written), read);
            assert_eq!(mount.list_path(written), list);
        }
        let plain = Mount {
            path: "database/".to_owned(),
            kind: MountKind::Plain,
        };
        assert_eq!(plain.read_path("database/creds/app"), "database/creds/app");
    }

    #[test]
    fn the_longest_known_mount_wins() {
        let mut mounts = Mounts::default();
        mounts.remember(kv2("team/"));
        mounts.remember(Mount {
            path: "team/db/".to_owned(),
            kind: MountKind::Plain,
        });
        assert_eq!(
            mounts.find("team/db/creds/x").map(|mount| mount.kind),
            Some(MountKind::Plain)
        );
        assert_eq!(mounts.find("team/dbx").map(|mount| mount.path.as_str()), Some("team/"));
        assert_eq!(mounts.find("team"), Some(&kv2("team/")));
        assert_eq!(mounts.find("teams/x"), None);
        mounts.forget("team/db/creds/x");
        assert_eq!(mounts.find("team/db/creds/x"), Some(&kv2("team/")));
    }

    #[test]
    fn the_namespace_is_taken_off_a_mount() {
        assert_eq!(below_namespace("ns1/secret/", "ns1", "secret/app"), "secret/");
        assert_eq!(below_namespace("secret/", "ns1", "secret/app"), "secret/");
        assert_eq!(below_namespace("ns1/secret/", "", "ns1/secret/app"), "ns1/secret/");
        assert_eq!(below_namespace("ns1/secret/", "ns1", "ns1/secret/app"), "ns1/secret/");
    }
}
