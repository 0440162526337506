//! Time through a socket: the judge says how late it is, the agent answers whether it is waiting.

use std::cell::Cell;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use coffret_agent::clock::{Clock, Moment, Wait};
use jiff::{SignedDuration, Timestamp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Notify;

use crate::Outcome;

/// One message: nanoseconds since the start.
const MESSAGE: usize = 8;
/// The agent waits.
const IDLE: u8 = 0;
/// The agent has requests under way.
const BUSY: u8 = 1;

/// The agent's clock: as late as it was told.
#[derive(Clone)]
pub struct Told(Rc<Inner>);

struct Inner {
    start: Timestamp,
    now: Cell<Moment>,
    jobs: Cell<usize>,
    moved: Notify,
}

impl Told {
    pub fn new(start: Timestamp) -> Self {
        Self(Rc::new(Inner {
            start,
            now: Cell::default(),
            jobs: Cell::new(0),
            moved: Notify::new(),
        }))
    }

    /// Follows what the judge behind this socket says until it ends.
    pub async fn follow(self, socket: &Path) -> std::io::Result<()> {
        let mut judge = UnixStream::connect(socket).await?;
        let mut message = [0; MESSAGE];
        while judge.read_exact(&mut message).await.is_ok() {
            self.0
                .now
                .set(Moment::new(Duration::from_nanos(u64::from_le_bytes(message))));
            self.0.moved.notify_waiters();
            tokio::task::yield_now().await;
            let answer = if self.0.jobs.get() == 0 { IDLE } else { BUSY };
            judge.write_all(&[answer]).await?;
        }
        Ok(())
    }
}

impl Clock for Told {
    fn now(&self) -> Moment {
        self.0.now.get()
    }

    fn wall(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.0.now.get().since_start()).unwrap_or(SignedDuration::ZERO);
        self.0.start.saturating_add(passed).unwrap_or(self.0.start)
    }

    fn sleep_until(&self, until: Moment) -> Wait {
        let inner = Rc::clone(&self.0);
        Box::pin(async move {
            loop {
                let moved = inner.moved.notified();
                if inner.now.get() >= until {
                    return;
                }
                moved.await;
            }
        })
    }

    fn idle(&self, jobs: usize) {
        self.0.jobs.set(jobs);
    }
}

/// The judge's end of the socket.
pub struct Pulse {
    agent: UnixStream,
    passed: Duration,
}

impl Pulse {
    pub async fn of(agent: &UnixListener) -> Outcome<Self> {
        let (agent, _) = agent.accept().await?;
        let passed = Duration::ZERO;
        Ok(Self { agent, passed })
    }

    /// Tells the agent that it is `by` later; answers whether it is waiting.
    pub async fn beat(&mut self, by: Duration) -> Outcome<bool> {
        self.passed += by;
        let message = u64::try_from(self.passed.as_nanos())?.to_le_bytes();
        self.agent.write_all(&message).await?;
        let mut answer = [BUSY];
        self.agent.read_exact(&mut answer).await?;
        Ok(answer == [IDLE])
    }

    /// All the time that passed for the agent.
    pub const fn passed(&self) -> Duration {
        self.passed
    }
}
