//! A clock that stands still while the agent works, and is moved by the test while it waits.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use coffret_agent::clock::{Clock, Moment, Wait};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

/// The agent's clock; the dev server's is moved along with it.
#[derive(Clone)]
pub struct TestClock(Rc<Inner>);

struct Inner {
    now: Cell<Moment>,
    start: Timestamp,
    server: coffret_devserver::Clock,
    jobs: Cell<usize>,
    waits_for: Cell<Option<Moment>>,
    woken: Notify,
    waiting: Notify,
}

impl TestClock {
    pub fn new(server: &coffret_devserver::Clock) -> Self {
        Self(Rc::new(Inner {
            now: Cell::new(Moment::default()),
            start: server.now(),
            server: server.clone(),
            jobs: Cell::new(0),
            waits_for: Cell::new(None),
            woken: Notify::new(),
            waiting: Notify::new(),
        }))
    }

    /// The agent was told something: it is not waiting any more.
    pub fn disturb(&self) {
        self.0.waits_for.set(None);
    }

    /// The agent is gone: nobody will move, and nothing is to be waited for.
    pub fn end(&self) {
        self.0.jobs.set(0);
        self.0.waits_for.set(Some(Moment::new(Duration::MAX)));
        self.0.waiting.notify_one();
    }

    /// Ends when the agent has nothing to do before time moves.
    pub async fn settle(&self) {
        while !self.is_settled() {
            self.0.waiting.notified().await;
        }
    }

    fn is_settled(&self) -> bool {
        self.0.jobs.get() == 0 && self.0.waits_for.get().is_some_and(|until| until > self.0.now.get())
    }

    /// Lets `span` pass, stopping wherever the agent has something to do.
    pub async fn advance(&self, span: Duration) {
        let target = self.0.now.get().after(span);
        while self.0.now.get() < target {
            self.settle().await;
            let next = self.0.waits_for.get().unwrap_or(target).min(target);
            self.move_to(next, true);
        }
        self.settle().await;
    }

    /// Lets `span` pass at once, as a suspended node does.
    pub async fn jump(&self, span: Duration) {
        self.settle().await;
        self.move_to(self.0.now.get().after(span), true);
        self.settle().await;
    }

    /// When the agent wants to be woken.
    pub fn waits_for(&self) -> Option<Moment> {
        self.0.waits_for.get()
    }

    /// Sets the agent's time, and the server's along with it if asked.
    pub fn move_to(&self, moment: Moment, with_server: bool) {
        let span = moment.since(self.0.now.get());
        if with_server {
            self.0.server.jump(SignedDuration::try_from(span).unwrap());
        }
        self.0.now.set(moment);
        self.0.woken.notify_one();
    }

    pub fn elapsed(&self) -> Duration {
        self.0.now.get().since_start()
    }
}

impl Clock for TestClock {
    fn now(&self) -> Moment {
        self.0.now.get()
    }

    fn wall(&self) -> Timestamp {
        self.0.start + SignedDuration::try_from(self.elapsed()).unwrap()
    }

    fn sleep_until(&self, until: Moment) -> Wait {
        let inner = Rc::clone(&self.0);
        inner.waits_for.set(Some(until));
        inner.waiting.notify_one();
        Box::pin(async move {
            while inner.now.get() < until {
                inner.woken.notified().await;
            }
        })
    }

    fn idle(&self, jobs: usize) {
        self.0.jobs.set(jobs);
    }
}
