//! Kubernetes manifests: YAML or JSON text, several documents in one file.

use anyhow::{Context, bail};
use serde_json::Value;

/// The documents of a file; empty ones (between two `---`) are left out.
///
/// # Errors
/// Names the file and the line that is not YAML, or the document that is no manifest (no `apiVersion` or `kind`).
pub fn parse(name: &str, text: &str) -> anyhow::Result<Vec<Value>> {
    // kubectl reads YAML 1.1, where a mode such as `0400` is octal.
    let options = serde_saphyr::options! { legacy_octal_numbers: true, with_snippet: false };
    let documents: Vec<Value> = serde_saphyr::from_multiple_with_options(text, options)
        .with_context(|| format!("{name}: not a Kubernetes manifest: not YAML"))?;
    let documents: Vec<Value> = documents.into_iter().filter(|document| !document.is_null()).collect();
    if documents.is_empty() {
        bail!("{name}: not a Kubernetes manifest: the file is empty");
    }
    for (index, document) in documents.iter().enumerate() {
        if !document["apiVersion"].is_string() || !document["kind"].is_string() {
            bail!(
                "{name}: not a Kubernetes manifest: document {} has no apiVersion and kind",
                index + 1
            );
        }
    }
    Ok(documents)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn documents_are_read_as_kubectl_reads_them() {
        let text = "---\napiVersion: v1\nkind: A\nmode: 0400\n---\n---\n{apiVersion: v1, kind: B, a: [yes, 'no']}\n";
        let documents = parse("f", text).unwrap();
        assert_eq!(documents.len(), 2);
        assert_eq!(documents[0]["mode"], 256);
        assert_eq!(documents[1]["a"][1], "no");
    }

    #[test]
    fn what_is_no_manifest_is_named_with_file_and_place() {
        for (text, expected) in [
            ("a: 1", "document 1 has no apiVersion"),
            ("just text", "document 1 has no apiVersion"),
            ("", "the file is empty"),
            ("a: [1", "line"),
            ("{\"kind\": \"Pod\", \"apiVersion\": 1}", "document 1"),
        ] {
            let error = format!("{:#}", parse("web.yaml", text).unwrap_err());
            assert!(
                error.starts_with("web.yaml: ") && error.contains(expected),
                "{text:?}: {error}"
            );
        }
    }
}
