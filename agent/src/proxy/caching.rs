//! Requests and answers on their way through the cache.

use coffret_vault::{Envelope, Error};
use hyper::body::Bytes;
use hyper::header::{self, HeaderValue};
use hyper::{Response, StatusCode};
use zeroize::Zeroizing;

use super::flow::Flow;
use super::{Outgoing, Proxy, Reply, X_CACHE, settled};
use crate::cache::keeper::Keeper;
use crate::cache::revocation::Revocation;
use crate::cache::{Exchange, Kept, Key};

impl Proxy {
    /// Answers a whole request, from the cache if it holds the answer.
    pub(super) async fn answer(&self, outgoing: &Outgoing) -> Result<Reply, Error> {
        let Some(keeper) = &self.keeper else {
            return self.ask(outgoing).await;
        };
        let key = outgoing.key();
        // Held to the end: whoever waits for the same thing may then find it kept.
        let _turn = keeper.turn(key).await;
        if let Some(kept) = keeper.find(&key) {
            return Ok(given_again(&kept, keeper));
        }
        let reply = self.ask(outgoing).await?;
        self.keep(keeper, key, outgoing, reply).await
    }

    /// Keeps an answer if it is one to keep, and evicts what a revocation ended.
    async fn keep(&self, keeper: &Keeper, key: Key, outgoing: &Outgoing, reply: Reply) -> Result<Reply, Error> {
        let (path, token) = (outgoing.path(), outgoing.token.as_ref());
        if reply.status() == StatusCode::NO_CONTENT {
            if let Some(revocation) = Revocation::of(path, outgoing.request.body(), token) {
                keeper.revoke(&revocation);
            }
            return Ok(reply);
        }
        let json = reply
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind == "application/json");
        if !reply.status().is_success() || !json {
            return Ok(reply);
        }
        let (head, body) = reply.into_parts();
        let body = settled(body, outgoing).await?;
        if let Flow::Whole(bytes) = &body
            && let Ok(envelope) = serde_json::from_slice::<Envelope>(bytes)
        {
            let exchange = Exchange {
                key,
                namespace: outgoing.namespace(),
                path,
                token,
                envelope: &envelope,
            };
            let kept = Kept {
                status: head.status,
                headers: head.headers.clone(),
                body: Zeroizing::new(bytes.to_vec()),
                since: keeper.now(),
            };
            keeper.offer(exchange, self.own_token().as_ref(), kept);
        }
        Ok(Response::from_parts(head, body))
    }
}

/// An answer from the cache, with its age; `Date` is set anew when it is sent.
fn given_again(kept: &Kept, keeper: &Keeper) -> Reply {
    let mut reply = Response::new(Flow::Whole(Bytes::copy_from_slice(&kept.body)));
    *reply.status_mut() = kept.status;
    *reply.headers_mut() = kept.headers.clone();
    let headers = reply.headers_mut();
    headers.remove(header::DATE);
    headers.insert(X_CACHE, HeaderValue::from_static("HIT"));
    headers.insert(header::AGE, keeper.now().since(kept.since).as_secs().into());
    reply
}
