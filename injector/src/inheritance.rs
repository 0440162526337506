//! Annotations of namespaces and service accounts, kept in memory by watching their metadata. Only our own
//! annotations are kept, so that the memory does not grow with the cluster's.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use coffret_config::annotations::Prefix;
use futures_util::{Stream, StreamExt};
use k8s_openapi::api::core::v1::{Namespace, ServiceAccount};
use kube::api::Api;
use kube::core::PartialObjectMeta;
use kube::runtime::watcher::{self, Config, Event, watcher};
use kube::runtime::{WatchStreamExt, reflector::Lookup};

use crate::webhook::Inheritance;

type Annotations = Arc<BTreeMap<String, String>>;
type Store = Arc<RwLock<HashMap<(String, String), Annotations>>>;

/// What was seen in the cluster.
#[derive(Debug, Clone, Default)]
pub struct ClusterInheritance {
    namespaces: Store,
    accounts: Store,
}

impl Inheritance for ClusterInheritance {
    fn of(&self, namespace: &str, service_account: &str) -> [Annotations; 2] {
        [
            find(&self.namespaces, "", namespace),
            find(&self.accounts, namespace, service_account),
        ]
    }
}

fn find(store: &Store, namespace: &str, name: &str) -> Annotations {
    let store = store.read().unwrap_or_else(PoisonError::into_inner);
    store
        .get(&(namespace.to_owned(), name.to_owned()))
        .cloned()
        .unwrap_or_default()
}

/// Watches for ever; a broken watch is set up again with backoff and what was known stays.
pub async fn watch(client: kube::Client, seen: ClusterInheritance) {
    let namespaces: Api<PartialObjectMeta<Namespace>> = Api::all(client.clone());
    let accounts: Api<PartialObjectMeta<ServiceAccount>> = Api::all(client);
    let config = || Config::default().page_size(200);
    let one = follow(
        watcher(namespaces, config()).default_backoff(),
        Arc::clone(&seen.namespaces),
    );
    let other = follow(
        watcher(accounts, config()).default_backoff(),
        Arc::clone(&seen.accounts),
    );
    tokio::join!(one, other);
}

async fn follow<K>(events: impl Stream<Item = Result<Event<PartialObjectMeta<K>>, watcher::Error>>, store: Store)
where
    PartialObjectMeta<K>: Lookup,
{
    let mut events = std::pin::pin!(events);
    let mut fresh = HashMap::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(Event::Init) => fresh.clear(),
            Ok(Event::InitApply(object)) => {
                put(&mut fresh, &object);
            }
            Ok(Event::InitDone) => *store.write().unwrap_or_else(PoisonError::into_inner) = std::mem::take(&mut fresh),
            Ok(Event::Apply(object)) => {
                put(&mut store.write().unwrap_or_else(PoisonError::into_inner), &object);
            }
            Ok(Event::Delete(object)) => {
                store
                    .write()
                    .unwrap_or_else(PoisonError::into_inner)
                    .remove(&key(&object));
            }
            Err(error) => tracing::warn!(
                error = crate::tls::chain(&error).as_str(),
                "watching namespaces and service accounts"
            ),
        }
    }
}

fn key<K>(object: &PartialObjectMeta<K>) -> (String, String) {
    let metadata = &object.metadata;
    (
        metadata.namespace.clone().unwrap_or_default(),
        metadata.name.clone().unwrap_or_default(),
    )
}

fn put<K>(store: &mut HashMap<(String, String), Annotations>, object: &PartialObjectMeta<K>) {
    let all = object.metadata.annotations.iter().flatten();
    let ours: BTreeMap<String, String> = all
        .filter(|(name, _)| name.starts_with(Prefix::Coffret.text()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if ours.is_empty() {
        store.remove(&key(object));
    } else {
        store.insert(key(object), Arc::new(ours));
    }
}
