//! The cache at work: one task that renews what is kept, and the turn-taking of requests for the same thing.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use coffret_vault::{Call, Client, Error};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{Notify, watch};

use super::clear::ClearError;
use super::revocation::Revocation;
use super::{Cache, Exchange, Kept, Key, Renewal, Thing};
use crate::backoff::Class;
use crate::clock::{Clock, Moment};
use crate::random::Random;

/// Most renewals under way at a time.
const CONCURRENT: usize = 8;

/// The cache with what it needs from the world.
pub struct Keeper {
    cache: RefCell<Cache>,
    /// Requests that are at the server now; the channel closes when one is answered.
    underway: RefCell<HashMap<Key, watch::Receiver<()>>>,
    /// Something was kept or evicted.
    changed: Notify,
    client: Rc<Client>,
    clock: Rc<dyn Clock>,
    random: Rc<dyn Random>,
}

/// The right to ask the server for a key; others who want the same wait for its end.
pub struct Turn<'a> {
    keeper: &'a Keeper,
    key: Key,
    /// Closed with this.
    _answered: watch::Sender<()>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.keeper.underway.borrow_mut().remove(&self.key);
    }
}

type Renewed = (Renewal, Result<(Duration, bool), Error>);

impl Keeper {
    /// An empty cache that renews through `client`.
    #[must_use]
    pub fn new(client: Rc<Client>, clock: Rc<dyn Clock>, random: Rc<dyn Random>) -> Self {
        Self {
            cache: RefCell::default(),
            underway: RefCell::default(),
            changed: Notify::new(),
            client,
            clock,
            random,
        }
    }

    /// Now, on the cache's time line.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Waits while the same request is at the server; whoever waited may find the answer kept. Without one under way,
    /// the caller gets the turn.
    pub async fn turn(&self, key: Key) -> Option<Turn<'_>> {
        let ahead = self.underway.borrow().get(&key).cloned();
        if let Some(mut ahead) = ahead {
            // The channel only closes.
            let _ = ahead.changed().await;
            return None;
        }
        let (answered, waits) = watch::channel(());
        self.underway.borrow_mut().insert(key, waits);
        Some(Turn {
            keeper: self,
            key,
            _answered: answered,
        })
    }

    /// The answer kept for a request.
    #[must_use]
    pub fn find(&self, key: &Key) -> Option<Kept> {
        self.cache.borrow().find(key, self.now()).cloned()
    }

    /// Keeps an answer, if it is one to keep; see [`Cache::offer`].
    pub fn offer(&self, exchange: Exchange<'_>, own: Option<&coffret_vault::Token>, kept: Kept) {
        let unit = self.random.unit();
        if self.cache.borrow_mut().offer(exchange, own, kept, unit) {
            tracing::debug!(target: "agent.cache.leasecache", event = "cache.kept", path = %exchange.path, "storing response into the cache");
            self.changed.notify_one();
        }
    }

    /// Evicts what a revocation ended.
    pub fn revoke(&self, revocation: &Revocation) {
        self.cache.borrow_mut().revoke(revocation);
        self.changed.notify_one();
    }

    /// Evicts what a request to `/agent/v1/cache-clear` names.
    ///
    /// # Errors
    /// What is wrong with the request.
    pub fn clear(&self, body: &[u8]) -> Result<(), ClearError> {
        self.cache.borrow_mut().clear(body)?;
        self.changed.notify_one();
        Ok(())
    }

    /// Renews what is kept, as long as it is polled.
    pub async fn run(&self) {
        let mut renewals = FuturesUnordered::new();
        loop {
            let free = CONCURRENT - renewals.len();
            for renewal in self.cache.borrow_mut().take_due(self.now(), free) {
                renewals.push(self.renew(renewal));
            }
            // With all hands full, only the end of a renewal frees one.
            let due = self.cache.borrow().next_due().filter(|_| renewals.len() < CONCURRENT);
            tokio::select! {
                () = self.changed.notified() => {}
                Some(renewed) = renewals.next(), if !renewals.is_empty() => self.take_in(renewed),
                () = self.wait(due) => {}
            }
        }
    }

    async fn wait(&self, until: Option<Moment>) {
        match until {
            Some(until) => self.clock.sleep_until(until).await,
            None => std::future::pending().await,
        }
    }

    async fn renew(&self, renewal: Renewal) -> Renewed {
        let result = self.ask(&renewal).await;
        (renewal, result)
    }

    async fn ask(&self, renewal: &Renewal) -> Result<(Duration, bool), Error> {
        let call = match &renewal.thing {
            Thing::Lease { id, token } => {
                let body = serde_json::json!({"lease_id": id, "increment": 0});
                Call::write("sys/leases/renew", &body)?.token(token)
            }
            Thing::Token { token, .. } => {
                let body = serde_json::json!({"increment": 0});
                Call::write("auth/token/renew-self", &body)?.token(token)
            }
        };
        let answer = self.client.send(&call.namespace(&renewal.namespace)).await?;
        let envelope = answer.envelope()?;
        Ok(envelope
            .auth
            .as_ref()
            .map_or((envelope.lease_duration, envelope.renewable), |auth| {
                (auth.lease_duration, auth.renewable)
            }))
    }

    fn take_in(&self, (renewal, result): Renewed) {
        let (now, unit) = (self.now(), self.random.unit());
        let mut cache = self.cache.borrow_mut();
        match result {
            Ok((granted, renewable)) => {
                tracing::debug!(target: "agent.cache.leasecache", event = "cache.renewed", ttl_seconds = granted.as_secs(), "secret renewed");
                cache.renewed(&renewal.key, granted, renewable, now, unit);
            }
            Err(error) => {
                tracing::warn!(target: "agent.cache.leasecache", event = "cache.renewal_failed", error = %error, "failed to renew secret");
                let class = if error.is_transient() {
                    Class::Transient
                } else {
                    Class::Permanent
                };
                cache.renewal_failed(&renewal.key, class, error.retry_after(), now, unit);
            }
        }
    }
}
