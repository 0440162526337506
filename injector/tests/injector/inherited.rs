//! Annotations of namespaces and service accounts, watched in an API server that is only a function.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use coffret_injector::offline::review;
use coffret_injector::webhook::{Inheritance, State, answer};
use coffret_injector::{ClusterInheritance, watch_annotations};
use futures_util::StreamExt;
use futures_util::stream::unfold;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame};
use kube::client::Body;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::webhook::{pod, settings};

const NAMESPACES: &str = "/api/v1/namespaces";
const ACCOUNTS: &str = "/api/v1/serviceaccounts";

/// Objects by path and name, and whoever watches them.
#[derive(Default)]
struct Server {
    objects: BTreeMap<(&'static str, String), Value>,
    watchers: Vec<(&'static str, UnboundedSender<String>)>,
    is_away: bool,
    lists: usize,
}

type Shared = Arc<Mutex<Server>>;
type Answer = UnsyncBoxBody<Bytes, std::io::Error>;

fn whole(answer: &Value) -> Answer {
    Full::from(answer.to_string())
        .map_err(|never| match never {})
        .boxed_unsync()
}

fn object(namespace: &str, name: &str, annotations: &Value) -> Value {
    let mut metadata = json!({"name": name, "resourceVersion": "1", "annotations": annotations});
    if !namespace.is_empty() {
        metadata["namespace"] = json!(namespace);
    }
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata})
}

impl Server {
    fn tell(&mut self, path: &str, event: &Value) {
        for (_, watcher) in self.watchers.iter().filter(|(watched, _)| *watched == path) {
            // A watcher that hung up hears no more.
            let _ = watcher.send(format!("{event}\n"));
        }
    }

    fn put(&mut self, path: &'static str, (namespace, name): (&str, &str), annotations: &Value) {
        let object = object(namespace, name, annotations);
        let known = self
            .objects
            .insert((path, format!("{namespace}/{name}")), object.clone());
        let kind = if known.is_some() { "MODIFIED" } else { "ADDED" };
        self.tell(path, &json!({"type": kind, "object": object}));
    }

    fn delete(&mut self, path: &'static str, namespace: &str, name: &str) {
        let object = self.objects.remove(&(path, format!("{namespace}/{name}"))).unwrap();
        self.tell(path, &json!({"type": "DELETED", "object": object}));
    }

    /// One object per page, so that pages have to be followed.
    fn list(&mut self, path: &str, token: usize) -> Value {
        self.lists += 1;
        let all: Vec<&Value> = self
            .objects
            .iter()
            .filter(|((of, _), _)| *of == path)
            .map(|(_, one)| one)
            .collect();
        let next = if token + 1 < all.len() {
            (token + 1).to_string()
        } else {
            String::new()
        };
        let items: Vec<&Value> = all.get(token).copied().into_iter().collect();
        json!({"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1",
            "metadata": {"resourceVersion": "1", "continue": next}, "items": items})
    }

    fn respond(&mut self, request: &Request<Body>) -> Response<Answer> {
        let path = if request.uri().path() == NAMESPACES {
            NAMESPACES
        } else {
            ACCOUNTS
        };
        assert_eq!(request.uri().path(), path);
        let accepted = request.headers()["accept"].to_str().unwrap();
        assert!(
            accepted.contains("PartialObjectMetadata"),
            "only metadata is asked for: {accepted}"
        );
        let query = request.uri().query().unwrap_or_default();
        if self.is_away {
            let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Away", "message": "away", "code": 422});
            return Response::builder().status(422).body(whole(&status)).unwrap();
        }
        if query.contains("watch=") {
            let (sender, receiver) = unbounded_channel::<String>();
            self.watchers.push((path, sender));
            let lines = unfold(receiver, async |mut receiver| {
                let line = receiver.recv().await?;
                Some((Ok::<_, std::io::Error>(Frame::data(line.into_bytes().into())), receiver))
            });
            return Response::new(StreamBody::new(lines.boxed()).boxed_unsync());
        }
        let token = query.split('&').find_map(|pair| pair.strip_prefix("continue="));
        let list = self.list(path, token.and_then(|token| token.parse().ok()).unwrap_or_default());
        Response::new(whole(&list))
    }
}

/// A watch that runs, and what it has seen.
struct Watch {
    server: Shared,
    seen: ClusterInheritance,
    _running: tokio::task::JoinSet<()>,
}

impl Watch {
    fn start(server: &Shared) -> Watch {
        let answering = Arc::clone(server);
        let service = tower::service_fn(move |request: Request<Body>| {
            let response = answering.lock().unwrap().respond(&request);
            async move { Ok::<_, std::convert::Infallible>(response) }
        });
        let seen = ClusterInheritance::default();
        let mut running = tokio::task::JoinSet::new();
        running.spawn(watch_annotations(kube::Client::new(service, "inj"), seen.clone()));
        Watch {
            server: Arc::clone(server),
            seen,
            _running: running,
        }
    }

    /// The role inherited in namespace `shop` by service account `web`: from the namespace, from the account.
    fn roles(&self) -> [Option<String>; 2] {
        self.seen
            .of("shop", "web")
            .map(|found| found.get("coffret.dev/role").cloned())
    }

    async fn until(&self, namespace: Option<&str>, account: Option<&str>) {
        let wanted = [namespace, account].map(|role| role.map(str::to_owned));
        let waiting = async {
            while self.roles() != wanted {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(600), waiting).await;
        assert!(waited.is_ok(), "wanted {wanted:?}, have {:?}", self.roles());
    }
}

fn role(name: &str) -> Value {
    json!({"coffret.dev/role": name, "kubectl.kubernetes.io/last-applied-configuration": "{}", "vault.hashicorp.com/role": "ignored"})
}

fn two() -> Shared {
    let server = Shared::default();
    {
        let mut server = server.lock().unwrap();
        for number in 0..5 {
            server.put(NAMESPACES, ("", &format!("other-{number}")), &json!({}));
        }
        server.put(NAMESPACES, ("", "shop"), &role("of-the-namespace"));
        server.put(ACCOUNTS, ("shop", "web"), &role("of-the-account"));
        server.put(ACCOUNTS, ("elsewhere", "web"), &role("of-another"));
    }
    server
}

#[tokio::test(start_paused = true)]
async fn every_page_is_read_and_every_change_followed() {
    let server = two();
    let watch = Watch::start(&server);
    watch.until(Some("of-the-namespace"), Some("of-the-account")).await;
    assert_eq!(
        watch.seen.of("shop", "web")[0].len(),
        1,
        "only our annotations are kept"
    );
    tokio::time::sleep(Duration::from_secs(5)).await;
    server.lock().unwrap().put(NAMESPACES, ("", "shop"), &role("changed"));
    watch.until(Some("changed"), Some("of-the-account")).await;
    server.lock().unwrap().delete(ACCOUNTS, "shop", "web");
    watch.until(Some("changed"), None).await;
    server.lock().unwrap().put(ACCOUNTS, ("shop", "web"), &role("again"));
    server.lock().unwrap().put(NAMESPACES, ("", "shop"), &json!({}));
    watch.until(None, Some("again")).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_known_stays_while_the_api_server_is_away() {
    let server = two();
    let watch = Watch::start(&server);
    watch.until(Some("of-the-namespace"), Some("of-the-account")).await;
    {
        let mut server = server.lock().unwrap();
        server.is_away = true;
        server.watchers.clear();
        server.put(NAMESPACES, ("", "shop"), &role("meanwhile"));
        server.delete(ACCOUNTS, "shop", "web");
        server.lists = 0;
    }
    for _ in 0..60 {
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(
            watch.roles(),
            ["of-the-namespace", "of-the-account"].map(|role| Some(role.to_owned()))
        );
    }
    watch.server.lock().unwrap().is_away = false;
    tokio::time::sleep(Duration::from_secs(600)).await;
    // A watch that resumes hears only of what changes now; one whose place is forgotten lists anew.
    let gone = json!({"type": "ERROR", "object": {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Expired", "message": "too old", "code": 410}});
    server.lock().unwrap().tell(NAMESPACES, &gone);
    server.lock().unwrap().tell(ACCOUNTS, &gone);
    watch.until(Some("meanwhile"), None).await;
    assert!(server.lock().unwrap().lists > 0);
}

#[tokio::test(start_paused = true)]
async fn an_inherited_role_reaches_the_pod_and_its_origin_the_audit_log() {
    let server = two();
    let watch = Watch::start(&server);
    watch.until(Some("of-the-namespace"), Some("of-the-account")).await;
    let settings = settings(&[]);
    let mut state = State::new(settings.defaults.clone(), &settings.serve);
    state.inheritance = Box::new(watch.seen.clone());
    let mut pod = pod(&json!({"coffret.dev/agent-inject": "true"}));
    for (account, origin) in [("web", "role=service account"), ("default", "role=namespace")] {
        pod["spec"]["serviceAccountName"] = json!(account);
        let review = answer(&state, review(&pod, "shop", "u").to_string().as_bytes());
        assert_eq!(review["response"]["allowed"], true);
        assert_eq!(review["response"]["auditAnnotations"]["inherited"], origin);
    }
    let review = answer(&state, review(&pod, "nowhere", "u").to_string().as_bytes());
    assert_eq!(review["response"]["allowed"], false, "without a role a pod is refused");
}
