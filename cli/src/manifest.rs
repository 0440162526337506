//! Kubernetes manifests: YAML or JSON text, several documents in one file.

use anyhow::{Context, bail};
use serde_json::Value;

/// The documents of a file; empty ones (between two `---`) are left out.
///
/// # Errors
/// Names the file and the line that is not YAML, or the document that is no manifest (no `apiVersion` or `kind`).
pub fn parse(name: &str, text: &str) -> anyhow::Result<Vec<Value>> {
    let documents: Vec<Value> =
        serde_saphyr::from_multiple(text).with_context(|| format!("{name}: not a Kubernetes manifest"))?;
    let documents: Vec<Value> = documents.into_iter().filter(|document| !document.is_null()).collect();
    for (index, document) in documents.iter().enumerate() {
        if !document["apiVersion"].is_string() || !document["kind"].is_string() {
            bail!(
                "{name}: document {} is no Kubernetes manifest: it has no apiVersion and kind",
                index + 1
            );
        }
    }
    Ok(documents)
}
