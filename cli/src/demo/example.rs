//! The example that the demo runs: manifests, the seed of the dev server, and what is to be checked.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use serde::Deserialize;
use serde_json::Value;

use crate::manifest;

/// One directory of `examples/`: `deployment.yaml`, `seed.yaml`, `demo.yaml`.
pub struct Example {
    /// The Kubernetes manifests, one value a document.
    pub documents: Vec<Value>,
    /// The seed file's text, and its name for messages.
    pub seed: String,
    /// What the demo checks.
    pub scenario: Scenario,
}

/// The checks of a demo, as `demo.yaml` states them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The namespace that the pod is created in.
    pub namespace: String,
    /// API paths of the KV secrets whose values must stand in no log.
    pub secrets: Vec<String>,
    /// Path in the container → expected content; `<username>` and `<password>` stand for the issued credential.
    pub files: BTreeMap<String, String>,
    /// The secret that is changed while the agent runs.
    pub change: Change,
    /// The path of the dynamic credential whose lease is watched.
    pub lease: String,
}

/// A KV version 2 secret written while the agent runs, and the file that must follow.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// API path of the secret, with `data/`.
    pub path: String,
    /// The new data, as JSON text keeps it.
    pub data: Value,
    /// The file that follows.
    pub file: String,
    /// What it then contains.
    pub content: String,
}

impl Example {
    /// The example that is part of the program: `examples/web`.
    ///
    /// # Errors
    /// As [`Example::read`].
    pub fn web() -> anyhow::Result<Self> {
        Self::parse(
            (
                "examples/web/deployment.yaml",
                include_str!("../../../examples/web/deployment.yaml"),
            ),
            include_str!("../../../examples/web/seed.yaml"),
            (
                "examples/web/demo.yaml",
                include_str!("../../../examples/web/demo.yaml"),
            ),
        )
    }

    /// Reads an example from a directory.
    ///
    /// # Errors
    /// Names the file that cannot be read, or that is not what it should be, with the reason.
    pub fn read(directory: &Path) -> anyhow::Result<Self> {
        let read = |name: &str| -> anyhow::Result<(String, String)> {
            let path = directory.join(name);
            let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
            Ok((path.display().to_string(), text))
        };
        let (deployment, seed, scenario) = (read("deployment.yaml")?, read("seed.yaml")?, read("demo.yaml")?);
        Self::parse((&deployment.0, &deployment.1), &seed.1, (&scenario.0, &scenario.1))
    }

    fn parse(deployment: (&str, &str), seed: &str, scenario: (&str, &str)) -> anyhow::Result<Self> {
        let documents = manifest::parse(deployment.0, deployment.1)?;
        if documents.is_empty() {
            bail!("{}: no manifest in this file", deployment.0);
        }
        let scenario = serde_saphyr::from_str(scenario.1).with_context(|| scenario.0.to_owned())?;
        Ok(Self {
            documents,
            seed: seed.to_owned(),
            scenario,
        })
    }
}
