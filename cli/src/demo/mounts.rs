//! The volumes of a pod as directories, and the paths of a container mapped into them.
//!
//! This stands in for what the kubelet and the container runtime do. Only path-valued strings are mapped (arguments,
//! environment values and the strings of the agent's configuration that begin with a mount path); text inside a
//! template is left as it is.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::items;

/// The environment variable in which the injector hands over the agent's configuration, base64 of JSON.
const CONFIG_VARIABLE: &str = "VAULT_CONFIG";

/// Where the contents of volumes come from, other than from the pod.
pub struct Sources<'a> {
    /// All documents of the example: ConfigMaps are looked up here.
    pub documents: &'a [Value],
    /// The service-account token, as the kubelet would have requested it.
    pub token: &'a str,
}

/// The mounts of one container: container path → directory on this machine, longest path first.
pub struct Mounts(Vec<(String, PathBuf)>);

impl Mounts {
    /// Lays out every volume that `container` mounts below `root`.
    ///
    /// # Errors
    /// Names the volume that is missing, of a kind that a directory cannot stand in for, or not writable.
    pub fn lay_out(pod: &Value, container: &Value, root: &Path, sources: &Sources<'_>) -> anyhow::Result<Self> {
        let mut mounts = Vec::new();
        for mount in items(container, "/volumeMounts") {
            let name = mount["name"].as_str().context("a volumeMount has no name")?;
            let path = mount["mountPath"].as_str().context("a volumeMount has no mountPath")?;
            let volume = items(pod, "/spec/volumes")
                .find(|volume| volume["name"] == name)
                .ok_or_else(|| anyhow!("container mounts volume {name:?}, which the pod does not have"))?;
            let directory = root.join(name);
            fs::create_dir_all(&directory).with_context(|| format!("creating {}", directory.display()))?;
            fill(volume, &directory, sources).with_context(|| format!("volume {name:?}"))?;
            mounts.push((path.trim_end_matches('/').to_owned(), directory));
        }
        mounts.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
        Ok(Self(mounts))
    }

    /// The place on this machine of a path in the container; `None` when no volume is mounted there.
    pub fn locate(&self, path: &str) -> Option<PathBuf> {
        self.0.iter().find_map(|(mount, directory)| {
            let rest = path.strip_prefix(mount.as_str())?;
            match rest.strip_prefix('/') {
                Some(below) => Some(directory.join(below)),
                None => rest.is_empty().then(|| directory.clone()),
            }
        })
    }

    /// One argument, `/path` or `-flag=/path`, with its path mapped.
    pub fn map_argument(&self, argument: &str) -> String {
        match argument.split_once('=') {
            Some((flag, value)) if flag.starts_with('-') => format!("{flag}={}", self.map(value)),
            _ => self.map(argument),
        }
    }

    /// The value of an environment variable; the agent's configuration is mapped string by string.
    ///
    /// # Errors
    /// When the configuration is not base64 of JSON.
    pub fn map_variable(&self, name: &str, value: &str) -> anyhow::Result<String> {
        if name != CONFIG_VARIABLE {
            return Ok(self.map(value));
        }
        let text = STANDARD.decode(value).context("VAULT_CONFIG is not base64")?;
        let mut config: Value = serde_json::from_slice(&text).context("VAULT_CONFIG is not base64 of JSON")?;
        self.map_strings(&mut config);
        Ok(STANDARD.encode(serde_json::to_vec(&config)?))
    }

    fn map(&self, text: &str) -> String {
        self.locate(text)
            .map_or_else(|| text.to_owned(), |path| path.display().to_string())
    }

    fn map_strings(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.map(text),
            Value::Array(values) => values.iter_mut().for_each(|value| self.map_strings(value)),
            Value::Object(fields) => fields.values_mut().for_each(|value| self.map_strings(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

fn fill(volume: &Value, directory: &Path, sources: &Sources<'_>) -> anyhow::Result<()> {
    if volume.get("emptyDir").is_some() {
        return Ok(());
    }
    if let Some(name) = volume.pointer("/configMap/name").and_then(Value::as_str) {
        return write_config_map(name, directory, sources.documents);
    }
    let projected: Vec<_> = items(volume, "/projected/sources").collect();
    if projected.is_empty() {
        bail!("only emptyDir, configMap and projected volumes can be laid out as a directory");
    }
    for source in projected {
        if let Some(path) = source.pointer("/serviceAccountToken/path").and_then(Value::as_str) {
            write(&directory.join(path), sources.token)?;
        }
    }
    Ok(())
}

fn write_config_map(name: &str, directory: &Path, documents: &[Value]) -> anyhow::Result<()> {
    let map = documents
        .iter()
        .find(|document| document["kind"] == "ConfigMap" && document["metadata"]["name"] == name)
        .ok_or_else(|| anyhow!("the example has no ConfigMap {name:?}"))?;
    for (key, value) in map["data"].as_object().into_iter().flatten() {
        write(&directory.join(key), value.as_str().unwrap_or_default())?;
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text).with_context(|| format!("writing {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mounts() -> Mounts {
        Mounts(vec![
            ("/vault/secrets".to_owned(), PathBuf::from("/tmp/x/secrets")),
            ("/vault".to_owned(), PathBuf::from("/tmp/x/vault")),
        ])
    }

    #[test]
    fn the_longest_mount_wins_and_whole_path_elements_count() {
        assert_eq!(mounts().map("/vault/secrets/a"), "/tmp/x/secrets/a");
        assert_eq!(mounts().map("/vault/other"), "/tmp/x/vault/other");
        assert_eq!(mounts().map("/vault"), "/tmp/x/vault");
        assert_eq!(mounts().map("/vaultage"), "/vaultage");
    }

    #[test]
    fn arguments_and_configuration_are_mapped() -> anyhow::Result<()> {
        assert_eq!(
            mounts().map_argument("-config=/vault/c.json"),
            "-config=/tmp/x/vault/c.json"
        );
        let config =
            STANDARD.encode(r#"{"template":[{"destination":"/vault/secrets/a","contents":"see /vault/secrets/a"}]}"#);
        let mapped = STANDARD.decode(mounts().map_variable("VAULT_CONFIG", &config)?)?;
        let expected = r#"{"template":[{"contents":"see /vault/secrets/a","destination":"/tmp/x/secrets/a"}]}"#;
        assert_eq!(String::from_utf8(mapped)?, expected);
        assert!(mounts().map_variable("VAULT_CONFIG", "%").is_err());
        Ok(())
    }
}
