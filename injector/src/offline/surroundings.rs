//! What a cluster would know about a manifest: the namespace it is applied to, and the annotations of the
//! namespaces and service accounts that are in the manifest itself.

use std::collections::BTreeMap;

use coffret_config::annotations::{Inherited, Origin};
use serde_json::Value;

use super::workload::{is_list, text};

type Annotations = BTreeMap<String, String>;

/// The surroundings of a manifest's pods.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surroundings {
    namespace: String,
    namespaces: BTreeMap<String, Annotations>,
    accounts: BTreeMap<(String, String), Annotations>,
}

impl Surroundings {
    /// Only a namespace for documents that name none; nothing is inherited.
    #[must_use]
    pub fn bare(namespace: &str) -> Surroundings {
        Surroundings {
            namespace: namespace.to_owned(),
            ..Surroundings::default()
        }
    }

    /// As [`Surroundings::bare`], with the annotations of the Namespaces and ServiceAccounts among the documents.
    #[must_use]
    pub fn read(documents: &[Value], namespace: &str) -> Surroundings {
        let mut around = Surroundings::bare(namespace);
        for document in documents {
            around.add(document);
        }
        around
    }

    fn add(&mut self, document: &Value) {
        if is_list(document) {
            for item in document.get("items").and_then(Value::as_array).into_iter().flatten() {
                self.add(item);
            }
            return;
        }
        let (Some(metadata), "v1") = (document.get("metadata"), text(document, "apiVersion")) else {
            return;
        };
        let name = text(metadata, "name").to_owned();
        match text(document, "kind") {
            "Namespace" => {
                self.namespaces.insert(name, annotations(metadata));
            }
            "ServiceAccount" => {
                let namespace = self.namespace_of(document).to_owned();
                self.accounts.insert((namespace, name), annotations(metadata));
            }
            _ => {}
        }
    }

    /// The namespace of a document: its own, else the one the manifest is applied to.
    pub(super) fn namespace_of<'a>(&'a self, document: &'a Value) -> &'a str {
        match document
            .get("metadata")
            .map_or("", |metadata| text(metadata, "namespace"))
        {
            "" => &self.namespace,
            own => own,
        }
    }

    /// What a pod inherits.
    pub(super) fn inherited(&self, namespace: &str, pod: &Value) -> Vec<Inherited<'_>> {
        let named = pod.get("spec").map_or("", |spec| text(spec, "serviceAccountName"));
        let account = if named.is_empty() { "default" } else { named };
        let account = self.accounts.get(&(namespace.to_owned(), account.to_owned()));
        let of_namespace = self.namespaces.get(namespace).map(|found| (Origin::Namespace, found));
        of_namespace
            .into_iter()
            .chain(account.map(|found| (Origin::ServiceAccount, found)))
            .collect()
    }
}

fn annotations(metadata: &Value) -> Annotations {
    let all = metadata.get("annotations").and_then(Value::as_object);
    let texts = all.into_iter().flatten();
    texts
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect()
}
