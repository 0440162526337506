//! Faults of the cluster and the clock, in simulated time: at every moment an API server that trusts what is
//! published accepts what every replica serves, and replicas never fight.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use coffret_injector::tls::{Current, LEAF_LIFE};
use tokio::time::Instant;

use crate::cluster::{HOUR, Shared, counts, replica};
use crate::handshake;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

/// A wall clock that goes with the simulated time and can be put forward and back.
#[derive(Clone)]
struct Clock {
    start: SystemTime,
    since: Instant,
    shift: Arc<Mutex<(Duration, Duration)>>,
}

impl Clock {
    fn new() -> Clock {
        let shift = Arc::new(Mutex::new((Duration::ZERO, Duration::ZERO)));
        Clock {
            start: SystemTime::now(),
            since: Instant::now(),
            shift,
        }
    }

    fn now(&self) -> SystemTime {
        let (forward, back) = *self.shift.lock().unwrap();
        self.start + self.since.elapsed() + forward - back
    }

    fn put_forward(&self, by: Duration) {
        self.shift.lock().unwrap().0 += by;
    }

    fn put_back(&self, by: Duration) {
        self.shift.lock().unwrap().1 += by;
    }
}

/// Replicas that run as they do in a cluster.
struct Fleet {
    server: Shared,
    clock: Clock,
    served: Vec<Arc<Current>>,
    running: tokio::task::JoinSet<()>,
}

impl Fleet {
    fn start(server: &Shared, replicas: usize) -> Fleet {
        let clock = Clock::new();
        let (mut served, mut running) = (Vec::new(), tokio::task::JoinSet::new());
        for _ in 0..replicas {
            let one = replica(server);
            let clock = clock.clone();
            served.push(one.current);
            running.spawn(one.cluster.run(move || clock.now()));
        }
        Fleet {
            server: Arc::clone(server),
            clock,
            served,
            running,
        }
    }

    /// Lets time pass, most of a long span in one jump of the clock; then every replica must be accepted by an
    /// API server that trusts what is published.
    async fn after(&self, span: Duration, what: &str) {
        let slept = span.min(MINUTE);
        self.clock.put_forward(span - slept);
        tokio::time::sleep(slept).await;
        let bundles = self.server.lock().unwrap().bundles.clone();
        let bundle = STANDARD.decode(&bundles[0]).unwrap();
        assert_eq!(bundles[0], bundles[1], "{what}: all entries trust the same");
        for (replica, current) in self.served.iter().enumerate() {
            let problem = handshake::problem(current, &bundle, "svc", self.clock.now()).await;
            assert_eq!(problem, None, "{what}: replica {replica}");
        }
        assert_eq!(self.running.len(), self.served.len(), "{what}: all replicas run on");
    }
}

#[tokio::test(start_paused = true)]
async fn three_replicas_that_start_at_once_agree_and_are_quiet() {
    let server = Shared::default();
    server.lock().unwrap().delay = Duration::from_millis(50);
    let fleet = Fleet::start(&server, 3);
    fleet.after(MINUTE, "started").await;
    let (writes, patches) = counts(&server);
    for minute in 0..20 {
        fleet.after(MINUTE, &format!("minute {minute}")).await;
    }
    assert_eq!(writes, 1, "one Secret, the others met a conflict");
    assert!(patches <= 3, "{patches} patches");
    for hour in 1..=48 {
        fleet.after(HOUR, &format!("hour {hour}")).await;
    }
    assert_eq!(counts(&server), (writes, patches), "nobody writes without a reason");
}

#[tokio::test(start_paused = true)]
async fn a_refused_patch_leaves_the_trusted_certificate_in_service() {
    let server = Shared::default();
    let fleet = Fleet::start(&server, 3);
    fleet.after(MINUTE, "started").await;
    server.lock().unwrap().refuses_patches = true;
    fleet.clock.put_forward(DAY * 250);
    for hour in 0..72 {
        fleet
            .after(HOUR, &format!("a successor cannot be published, hour {hour}"))
            .await;
    }
    server.lock().unwrap().refuses_patches = false;
    for hour in 0..72 {
        fleet.after(HOUR, &format!("permitted again, hour {hour}")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_patch_refused_from_the_start_is_made_up_for() {
    let server = Shared::default();
    server.lock().unwrap().refuses_patches = true;
    let fleet = Fleet::start(&server, 2);
    tokio::time::sleep(HOUR).await;
    let now = fleet.clock.now();
    assert!(
        fleet.served.iter().all(|current| current.is_valid(now)),
        "served all the same"
    );
    server.lock().unwrap().refuses_patches = false;
    fleet.after(MINUTE, "permitted").await;
}

#[tokio::test(start_paused = true)]
async fn an_hour_without_the_api_server_is_not_noticed() {
    for silent in [false, true] {
        let server = Shared::default();
        let fleet = Fleet::start(&server, 3);
        fleet.after(MINUTE, "started").await;
        let before = counts(&server);
        if silent {
            server.lock().unwrap().delay = DAY * 1000;
        } else {
            server.lock().unwrap().is_away = true;
        }
        for minute in 0..60 {
            fleet.after(MINUTE, &format!("away, minute {minute}")).await;
        }
        for hour in 0..72 {
            fleet.after(HOUR, &format!("away, hour {hour}")).await;
        }
        server.lock().unwrap().delay = Duration::ZERO;
        server.lock().unwrap().is_away = false;
        fleet.after(HOUR, "back").await;
        assert_eq!(counts(&server), before, "nothing was missed");
    }
}

#[tokio::test(start_paused = true)]
async fn an_api_server_that_comes_late_is_waited_for() {
    let server = Shared::default();
    server.lock().unwrap().is_away = true;
    let fleet = Fleet::start(&server, 1);
    tokio::time::sleep(HOUR).await;
    server.lock().unwrap().is_away = false;
    fleet.after(Duration::from_secs(5), "back").await;
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_jumps_past_the_leaf_is_noticed_within_seconds() {
    let server = Shared::default();
    let fleet = Fleet::start(&server, 3);
    fleet.after(MINUTE, "started").await;
    server.lock().unwrap().is_away = true;
    for jump in [LEAF_LIFE, LEAF_LIFE * 3, DAY * 100] {
        fleet.clock.put_forward(jump);
        fleet.after(Duration::from_secs(15), &format!("{jump:?} forward")).await;
    }
    fleet.clock.put_back(DAY * 60);
    fleet.after(Duration::from_secs(15), "back").await;
}

#[tokio::test(start_paused = true)]
async fn a_certificate_authority_is_replaced_without_a_gap() {
    let server = Shared::default();
    let fleet = Fleet::start(&server, 2);
    fleet.after(MINUTE, "started").await;
    let first = server.lock().unwrap().bundles[0].clone();
    fleet.clock.put_forward(DAY * 243);
    for quarter in 0..24 {
        fleet.after(HOUR / 4, &format!("around the successor, {quarter}")).await;
    }
    fleet.clock.put_forward(DAY * 2);
    for hour in 0..72 {
        fleet.after(HOUR, &format!("the predecessor goes, hour {hour}")).await;
    }
    assert_ne!(server.lock().unwrap().bundles[0], first);
    let (writes, _) = counts(&server);
    assert_eq!(writes, 4, "made, announced, promoted, forgotten");
}
