//! Which engine is mounted where: KV version 2 has other paths than it shows.

use serde::Deserialize;
use serde_json::Value;

use crate::{Call, Client, Error, Token};

/// One mounted engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Where it is mounted, with a slash at its end, such as `secret/`.
    pub path: String,
    /// The type of the engine, such as `kv` or `database`.
    pub kind: String,
    /// It is a KV store of version 2: values below `data/`, lists below `metadata/`.
    pub versioned: bool,
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
    version: Value,
}

impl Client {
    /// Asks which engine a path lies in; the namespace may be part of the mount's path and is taken off.
    ///
    /// # Errors
    /// Those of [`Client::send`]. 403 means that the token has no rights there or that nothing is mounted.
    pub async fn mount(&self, token: &Token, path: &str) -> Result<Mount, Error> {
        let call = Call::read(format!("sys/internal/ui/mounts/{}", path.trim_matches('/'))).token(token);
        let found: Found = self.send(&call).await?.data()?;
        let second = |options: Options| options.version == "2" || options.version == 2;
        let namespace = self.settings().namespace.as_deref().unwrap_or_default();
        Ok(Mount {
            path: below_namespace(&found.path, namespace.trim_matches('/'), path),
            versioned: found.kind == "kv" && found.options.is_some_and(second),
            kind: found.kind,
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
    use super::below_namespace;

    #[test]
    fn the_namespace_is_taken_off_a_mount() {
        assert_eq!(below_namespace("ns1/secret/", "ns1", "secret/app"), "secret/");
        assert_eq!(below_namespace("secret/", "ns1", "secret/app"), "secret/");
        assert_eq!(below_namespace("ns1/secret/", "", "ns1/secret/app"), "ns1/secret/");
        assert_eq!(below_namespace("ns1/secret/", "ns1", "ns1/secret/app"), "ns1/secret/");
    }
}
