//! The seed file read into the API calls that plant it.

use super::SeedError;
use super::yaml::Yaml;
use crate::json::{Object, Value};
use serde::Deserialize;
use std::collections::BTreeMap;

/// One call of the API: a write to a path below `/v1/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// The path below `/v1/`.
    pub path: String,
    /// The fields.
    pub data: Object,
    /// The key of the seed file it comes from, for messages.
    pub key: String,
}

/// Reads a seed file into the calls that plant it, in the order they must be made.
///
/// # Errors
/// [`SeedError`] with the line of what is not YAML or not known, or the key that does not fit.
pub fn read(text: &str) -> Result<Vec<Write>, SeedError> {
    let options = serde_saphyr::options! { with_snippet: false };
    let document: Option<Document> =
        serde_saphyr::from_str_with_options(text, options).map_err(|error| SeedError::Yaml(error.to_string()))?;
    document.map_or_else(|| Ok(Vec::new()), Document::writes)
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Document {
    mounts: BTreeMap<String, Fields>,
    auth: BTreeMap<String, Fields>,
    policies: BTreeMap<String, String>,
    write: Vec<Call>,
    secrets: BTreeMap<String, Fields>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    path: String,
    #[serde(default)]
    data: Fields,
}

#[derive(Deserialize, Default)]
#[serde(from = "BTreeMap<String, Yaml>")]
struct Fields(Object);

impl From<BTreeMap<String, Yaml>> for Fields {
    fn from(fields: BTreeMap<String, Yaml>) -> Self {
        Self(fields.into_iter().map(|(key, Yaml(value))| (key, value)).collect())
    }
}

impl Document {
    fn writes(self) -> Result<Vec<Write>, SeedError> {
        let mounts = Mounts::of(&self.mounts);
        let mut writes: Vec<Write> = Vec::new();
        writes.extend(
            self.mounts
                .into_iter()
                .map(|(path, Fields(data))| enable("mounts", &path, data)),
        );
        writes.extend(
            self.auth
                .into_iter()
                .map(|(path, Fields(data))| enable("auth", &path, data)),
        );
        writes.extend(self.policies.into_iter().map(|(name, text)| policy(&name, text)));
        writes.extend(self.write.into_iter().enumerate().map(|(index, call)| Write {
            key: format!("write[{index}] ({})", call.path),
            path: call.path.trim_matches('/').to_owned(),
            data: call.data.0,
        }));
        for (path, Fields(data)) in self.secrets {
            writes.push(mounts.secret(&path, data)?);
        }
        Ok(writes)
    }
}

fn enable(section: &str, path: &str, data: Object) -> Write {
    let path = path.trim_matches('/');
    Write {
        path: format!("sys/{section}/{path}"),
        data,
        key: format!("{section}.{path}"),
    }
}

fn policy(name: &str, text: String) -> Write {
    Write {
        path: format!("sys/policies/acl/{name}"),
        data: Object::from([("policy".to_owned(), Value::String(text))]),
        key: format!("policies.{name}"),
    }
}

/// The KV mounts of the file, and whether they keep versions.
struct Mounts(Vec<(String, bool)>);

impl Mounts {
    fn of(mounts: &BTreeMap<String, Fields>) -> Self {
        let engines = mounts.iter().map(|(path, Fields(data))| {
            let kind = data.get("type").and_then(Value::as_str).unwrap_or_default();
            let version = data.get("options").and_then(|options| options.get("version"));
            let versioned = version.is_some_and(|version| version.as_str() == Some("2") || version.as_i64() == Some(2));
            (format!("{}/", path.trim_matches('/')), kind == "kv-v2" || versioned)
        });
        Self(engines.collect())
    }

    /// The write of a KV secret, by the path that the command line has for it.
    fn secret(&self, path: &str, data: Object) -> Result<Write, SeedError> {
        let path = path.trim_matches('/');
        let key = format!("secrets.{path}");
        let mount = self
            .0
            .iter()
            .filter(|(mount, _)| path.starts_with(mount))
            .max_by_key(|(mount, _)| mount.len());
        let Some((mount, versioned)) = mount else {
            let problem = "no engine under `mounts` has this path".to_owned();
            return Err(SeedError::Key { key, problem });
        };
        if !versioned {
            return Ok(Write {
                path: path.to_owned(),
                data,
                key,
            });
        }
        Ok(Write {
            path: format!("{mount}data/{}", &path[mount.len()..]),
            data: Object::from([("data".to_owned(), Value::Object(data))]),
            key,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_becomes_calls_in_order() {
        let text = r#"
mounts:
  kv: { type: kv, options: { version: "2" } }
  old: { type: kv }
auth: { kubernetes/: { type: kubernetes } }
policies: { p: 'path "x" {}' }
write: [{ path: /auth/kubernetes/role/r, data: { n: 12345678901234567890, f: 1.5, l: [a, null, true] } }]
secrets: { kv/a/b: { x: 1 }, old/c: { y: z } }
"#;
        let writes = read(text).unwrap();
        let paths: Vec<&str> = writes.iter().map(|write| write.path.as_str()).collect();
        let expected = [
            "sys/mounts/kv",
            "sys/mounts/old",
            "sys/auth/kubernetes",
            "sys/policies/acl/p",
        ];
        assert_eq!(paths[..4], expected);
        assert_eq!(paths[4..], ["auth/kubernetes/role/r", "kv/data/a/b", "old/c"]);
        let mut json = String::new();
        crate::json::write(&Value::Object(writes[4].data.clone()), &mut json);
        assert_eq!(json, r#"{"f":1.5,"l":["a",null,true],"n":12345678901234567890}"#);
    }

    #[test]
    fn mistakes_name_the_line_or_the_key() {
        let unknown = read("mounts: {}\nmount: {}\n").unwrap_err().to_string();
        assert!(unknown.contains("line 2") && unknown.contains("mount"), "{unknown}");
        let homeless = read("secrets: { kv/a: { x: 1 } }").unwrap_err().to_string();
        assert!(
            homeless.contains("secrets.kv/a") && homeless.contains("mounts"),
            "{homeless}"
        );
        assert!(read("write: [{ data: {} }]").unwrap_err().to_string().contains("path"));
        assert!(read("").unwrap().is_empty());
    }
}
