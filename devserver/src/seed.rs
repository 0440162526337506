//! What a server begins with, from one YAML file.
//!
//! ```yaml
//! namespaces: [team]                 # made first, in this order
//! mounts:                            # secrets engines, each as sys/mounts/PATH takes it
//!   kv: { type: kv, options: { version: "2" } }
//!   database: { type: database }
//! auth:                              # auth engines, each as sys/auth/PATH takes it
//!   kubernetes: { type: kubernetes }
//! policies:                          # by name, in HCL or JSON
//!   shop: |
//!     path "kv/data/shop/*" { capabilities = ["read"] }
//! write:                             # any other API writes, in this order
//!   - path: auth/kubernetes/role/shop
//!     data: { bound_service_account_names: [shop], bound_service_account_namespaces: [shop], token_policies: [shop] }
//!   - path: kv/data/shop/app
//!     data: { data: { greeting: hello } }
//!   - path: secret/x
//!     namespace: team                # where not in the root namespace
//!     data: { a: b }
//! secrets:                           # KV secrets, by the path that `kv put` takes (no `data/`)
//!   kv/shop/features: { currency: EUR }
//! ```
//!
//! Everything goes through the API's own checks; a parameter that an endpoint does not know is an error here, not a
//! warning.

mod node;
mod problem;

use crate::core::{Answer, Core};
use crate::json::Object;
use crate::logical::{Client, Operation, Request};
use crate::random;
use node::Node;
use serde::Deserialize;
use serde_saphyr::Spanned;
use std::collections::BTreeMap;

/// What is wrong with a seed, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct SeedError {
    /// Line and key.
    pub place: String,
    /// What is wrong.
    pub problem: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Seed {
    #[serde(default)]
    namespaces: Vec<Spanned<String>>,
    #[serde(default)]
    mounts: BTreeMap<String, Spanned<Node>>,
    #[serde(default)]
    auth: BTreeMap<String, Spanned<Node>>,
    #[serde(default)]
    policies: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    write: Vec<Write>,
    #[serde(default)]
    secrets: BTreeMap<String, Spanned<Node>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Write {
    path: Spanned<String>,
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    data: Node,
}

/// Plants a seed, as the holder of the root token.
///
/// # Errors
/// [`SeedError`] for the first thing that cannot be planted; what came before it is planted.
pub fn plant(core: &mut Core, root_token: &str, text: &str) -> Result<(), SeedError> {
    let seed = read(text)?;
    let mut planter = Planter { core, root_token };
    for namespace in &seed.namespaces {
        let place = place("namespaces", namespace.referenced.line());
        planter.namespace(namespace.value.trim_matches('/'), &place)?;
    }
    for (root, mounts) in [("mounts", &seed.mounts), ("auth", &seed.auth)] {
        for (path, mount) in mounts {
            let place = place(&format!("{root}.{path}"), mount.referenced.line());
            let body = mount.value.clone().into_object().map_err(|problem| SeedError {
                place: place.clone(),
                problem,
            })?;
            planter.write(&format!("sys/{root}/{}", path.trim_matches('/')), "", body, &place)?;
        }
    }
    for (name, policy) in &seed.policies {
        let place = place(&format!("policies.{name}"), policy.referenced.line());
        let body = crate::object! { "policy" => &policy.value };
        planter.write(&format!("sys/policies/acl/{name}"), "", body, &place)?;
    }
    for (index, write) in seed.write.into_iter().enumerate() {
        let place = place(
            &format!("write[{index}] {}", write.path.value),
            write.path.referenced.line(),
        );
        let body = write.data.into_object().map_err(|problem| SeedError {
            place: place.clone(),
            problem,
        })?;
        planter.write(&write.path.value, &write.namespace, body, &place)?;
    }
    for (path, secret) in seed.secrets {
        let place = place(&format!("secrets.{path}"), secret.referenced.line());
        let wrong = |problem| SeedError {
            place: place.clone(),
            problem,
        };
        let body = secret.value.into_object().map_err(wrong)?;
        let (path, body) = planter.core.kv_write(&path, body).map_err(wrong)?;
        planter.write(&path, "", body, &place)?;
    }
    Ok(())
}

fn read(text: &str) -> Result<Seed, SeedError> {
    if text.trim().is_empty() {
        return Ok(Seed::default());
    }
    let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let line = error.location().map_or(0, |location| location.line());
        SeedError {
            place: format!("line {line}"),
            problem: problem::unreadable(&error.to_string()),
        }
    })
}

fn place(key: &str, line: u64) -> String {
    format!("line {line}, {key}")
}

struct Planter<'c> {
    core: &'c mut Core,
    root_token: &'c str,
}

impl Planter<'_> {
    /// Makes a namespace, and those above it that are not there yet.
    fn namespace(&mut self, path: &str, place: &str) -> Result<(), SeedError> {
        let mut above = String::new();
        for name in path.split('/') {
            let here = format!("{above}{name}/");
            if !self.core.namespaces.contains_key(&here) {
                self.write(&format!("sys/namespaces/{name}"), &above, Object::new(), place)?;
            }
            above = here;
        }
        Ok(())
    }

    fn write(&mut self, path: &str, namespace: &str, data: Object, place: &str) -> Result<(), SeedError> {
        let namespace = match namespace.trim_matches('/') {
            "" => String::new(),
            name => format!("{name}/"),
        };
        let mut request = Request {
            id: random::uuid(),
            operation: Operation::Update,
            path: path.trim_start_matches('/').to_owned(),
            data,
            headers: http::HeaderMap::new(),
            body: bytes::Bytes::new(),
            namespace,
            token: None,
            client_token: self.root_token.to_owned(),
            wrap_ttl: None,
            client: Client::default(),
            outbound: Vec::new(),
            strict: true,
        };
        let problem = match self.core.handle(&mut request) {
            Answer::Envelope(_) | Answer::Empty | Answer::Raw(_) => return Ok(()),
            Answer::Outbound(question) => format!("would ask {}; a seed cannot", question.url),
            Answer::Refused { status, errors, .. } => problem::refusal(status, &errors, &request.path),
        };
        Err(SeedError {
            place: place.to_owned(),
            problem,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Clock;
    use jiff::Timestamp;

    fn planted(text: &str) -> Result<Core, SeedError> {
        let mut core = Core::new(Clock::manual(Timestamp::UNIX_EPOCH), "http://127.0.0.1:0".to_owned());
        let root = core.create_root_token(Some("root".to_owned()));
        plant(&mut core, &root, text).map(|()| core)
    }

    #[test]
    fn an_unknown_parameter_is_named_with_its_line() {
        let text = "mounts:\n  kv:\n    type: kv\nwrite:\n  - path: sys/policies/acl/a\n    data: { polcy: x }\n";
        let error = planted(text).err().unwrap();
        assert_eq!(error.place, "line 5, write[0] sys/policies/acl/a");
        assert_eq!(error.problem, "unrecognized parameters: polcy (did you mean policy?)");
    }

    #[test]
    fn an_unknown_engine_type_is_refused() {
        let error = planted("mounts:\n  x:\n    type: nonesuch\n").err().unwrap();
        assert!(error.place.ends_with("mounts.x"), "{error}");
        assert!(error.problem.contains("nonesuch"), "{error}");
    }

    #[test]
    fn an_unknown_section_names_its_line() {
        let error = planted("mounts: {}\nsecret: {}\n").err().unwrap();
        assert_eq!(error.place, "line 2");
        assert!(error.problem.contains("secret"), "{error}");
    }

    #[test]
    fn words_that_yaml_1_1_takes_for_booleans_stay_words() {
        let core =
            planted("mounts:\n  kv: { type: kv }\nwrite:\n  - path: kv/a\n    data: { answer: yes, mode: \"0644\" }\n");
        assert!(core.is_ok());
    }

    #[test]
    fn secrets_go_to_either_version_and_to_no_other_engine() {
        let mounts = "mounts:\n  one: { type: kv }\n  two: { type: kv-v2 }\n  t: { type: transit }\nsecrets:\n";
        assert!(planted(&format!("{mounts}  one/a: {{ b: c }}\n  two/a: {{ b: c }}\n")).is_ok());
        let error = planted(&format!("{mounts}  t/a: {{ b: c }}\n")).err().unwrap();
        assert_eq!(error.to_string(), "line 6, secrets.t/a: t/ is no KV mount");
        let error = planted(&format!("{mounts}  x/a: {{ b: c }}\n")).err().unwrap();
        assert_eq!(
            error.to_string(),
            "line 6, secrets.x/a: nothing is mounted there (add it to mounts)"
        );
    }

    #[test]
    fn mistakes_are_told_with_their_likely_fix() {
        for (text, told) in [
            (
                "mount: {}\n",
                "line 1: unknown field `mount`, expected one of namespaces, mounts, auth, policies, write, secrets",
            ),
            ("policies: { p: {} }\n", "line 1: expected a text"),
            ("namespaces: team\n", "line 1: expected a list (- item)"),
            (
                "policies:\n  p: |\n    path \"x\" { capabilites = [\"read\"] }\n",
                "line 3, policies.p: failed to parse policy: path \"x\": invalid key \"capabilites\" on line 1 (did you mean \
                 capabilities?)",
            ),
            (
                "auth:\n  u: { type: userpas }\n",
                "line 2, auth.u: plugin not found in the catalog: userpas (there are: approle, cert, jwt, kubernetes, userpass)",
            ),
            (
                "write:\n  - path: kv/a\n    data: { b: c }\n",
                "line 2, write[0] kv/a: nothing is mounted there (add it to mounts or auth)",
            ),
        ] {
            assert_eq!(planted(text).err().unwrap().to_string(), told);
        }
    }

    #[test]
    fn nothing_is_planted_by_an_empty_seed() {
        assert!(planted("  \n").is_ok());
    }
}
