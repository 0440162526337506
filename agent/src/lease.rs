//! When a secret, a token or a certificate is asked for again. Pure arithmetic: facts and a random number in, a plan out.
//!
//! Renewable things are renewed between 0.65 and 0.73 of their time; things that cannot be renewed are replaced around
//! `lease_renewal_threshold` (0.90 ± 0.05 unless configured); values without any lease follow the static interval.

use std::time::Duration;

/// Earliest share of a lease at which it is renewed.
const RENEW_FROM: f64 = 0.65;
/// Latest share of a lease at which it is renewed; users size leases on the 0.733 of the agents this one replaces.
const RENEW_TO: f64 = 0.73;
/// Spread around the replacement threshold.
const THRESHOLD_SPREAD: f64 = 0.05;
/// A renewal that grants less than this share of the longest grant was cut by the maximum time to live.
const SHRUNK: f64 = 0.90;
/// A lease cut by its maximum is succeeded within this part of what is left, so that both overlap.
const SUCCEED_FROM: f64 = 0.25;
const SUCCEED_TO: f64 = 0.45;
/// Rotating passwords are read again this long after the server's own rotation.
const ROTATION_SLACK: Duration = Duration::from_secs(1);
/// Spread of those reads, so that a fleet does not arrive in the same second.
const ROTATION_SPREAD: Duration = Duration::from_secs(3);
/// The first interval of a static value is between these shares of the configured one.
const PHASE_FROM: f64 = 0.45;
const PHASE_TO: f64 = 0.95;
/// Nothing is asked for more often than this, whatever a server claims.
const SHORTEST: Duration = Duration::from_millis(500);
/// Longer plans are cut here: clocks of this size overflow nowhere, and the server may have changed its mind.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 86_400);

/// What to do when a plan falls due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Extend the same lease.
    Renew,
    /// Ask for the thing anew.
    Replace,
}

/// A wait and what follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Counted from the arrival of the answer.
    pub wait: Duration,
    /// What to do then.
    pub action: Action,
}

impl Plan {
    fn new(wait: Duration, action: Action) -> Self {
        Self {
            wait: wait.clamp(SHORTEST, LONGEST),
            action,
        }
    }
}

/// How the answers of this configuration are aged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// `lease_renewal_threshold`: the share of a non-renewable lease after which it is replaced.
    pub threshold: f64,
    /// `static_secret_render_interval`: the lease given to values without one.
    pub static_interval: Duration,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            threshold: 0.90,
            static_interval: Duration::from_secs(300),
        }
    }
}

/// What an answer says about its own age, read from the envelope and the well-known members of its data.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// The server can be asked to extend this (a lease, or a token made by the request).
    pub renewable: bool,
    /// Seconds granted, from the lease or the token in the answer; zero when there is neither.
    pub duration: Duration,
    /// There is a lease at the server, so the members of the data below do not count.
    pub leased: bool,
    /// Time left until the certificate in the data expires.
    pub certificate_left: Option<Duration>,
    /// `secret_id_ttl` of a generated secret id.
    pub secret_id_ttl: Option<Duration>,
    /// `ttl` of a password that the server rotates by itself.
    pub rotates_in: Option<Duration>,
}

impl Rules {
    /// When to act on a fresh answer; `unit` is a random number in 0..1.
    #[must_use]
    pub fn first(&self, facts: &Facts, unit: f64) -> Plan {
        if facts.renewable && !facts.duration.is_zero() {
            return renewal(facts.duration, unit);
        }
        if let (false, Some(ttl)) = (facts.leased, facts.rotates_in) {
            let wait = ttl
                .saturating_add(ROTATION_SLACK)
                .saturating_add(ROTATION_SPREAD.mul_f64(clamp(unit)));
            return Plan::new(wait, Action::Replace);
        }
        self.replacement(self.base(facts), unit)
    }

    /// When to act on the very first answer. Pods that start together would read static values together ever after, so
    /// the first interval is cut at random.
    #[must_use]
    pub fn initial(&self, facts: &Facts, unit: f64) -> Plan {
        let plan = self.first(facts, unit);
        if facts.renewable || facts.rotates_in.is_some() || self.base(facts) != self.static_interval {
            return plan;
        }
        let cut = self.static_interval.mul_f64(between(PHASE_FROM, PHASE_TO, unit));
        Plan::new(cut, plan.action)
    }

    /// When to replace something that lasts `duration` and cannot be renewed.
    #[must_use]
    pub fn replacement(&self, duration: Duration, unit: f64) -> Plan {
        let share = self.threshold + THRESHOLD_SPREAD * (2.0 * clamp(unit) - 1.0);
        let share = if share > 0.0 && share < 1.0 {
            share
        } else {
            self.threshold.clamp(0.05, 0.95)
        };
        Plan::new(duration.mul_f64(share), Action::Replace)
    }

    fn base(&self, facts: &Facts) -> Duration {
        let mut base = facts.duration;
        if !facts.leased {
            if let Some(left) = facts.certificate_left {
                base = left;
            }
            if let Some(ttl) = facts.secret_id_ttl.filter(|ttl| !ttl.is_zero()) {
                base = ttl.saturating_add(ROTATION_SLACK);
            }
        }
        if base.is_zero() {
            self.static_interval
        } else {
            base.min(LONGEST)
        }
    }
}

/// When to extend something renewable that was granted for `duration`.
#[must_use]
pub fn renewal(duration: Duration, unit: f64) -> Plan {
    Plan::new(
        duration.min(LONGEST).mul_f64(between(RENEW_FROM, RENEW_TO, unit)),
        Action::Renew,
    )
}

/// When to act after a renewal that granted `granted`, where `longest` is the most that was ever granted to the same
/// thing: a clearly shorter grant means that the maximum is near, and the successor is fetched while this one still lives.
#[must_use]
pub fn after_renewal(granted: Duration, longest: Duration, unit: f64) -> Plan {
    if granted < longest.mul_f64(SHRUNK) {
        succession(granted, unit)
    } else {
        renewal(granted, unit)
    }
}

/// When to fetch the successor of something that will certainly end `left` from now.
#[must_use]
pub fn succession(left: Duration, unit: f64) -> Plan {
    Plan::new(
        left.min(LONGEST).mul_f64(between(SUCCEED_FROM, SUCCEED_TO, unit)),
        Action::Replace,
    )
}

fn between(from: f64, to: f64, unit: f64) -> f64 {
    from + (to - from) * clamp(unit)
}

fn clamp(unit: f64) -> f64 {
    unit.clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn renewable(duration: Duration) -> Facts {
        Facts {
            renewable: true,
            leased: true,
            duration,
            ..Facts::default()
        }
    }

    proptest! {
        #[test]
        fn a_renewable_lease_is_renewed_between_two_thirds_and_three_quarters(seconds in 2_u64..100_000_000, unit in 0.0_f64..1.0) {
            let duration = Duration::from_secs(seconds);
            let plan = Rules::default().first(&renewable(duration), unit);
            prop_assert_eq!(plan.action, Action::Renew);
            prop_assert!(plan.wait >= duration.mul_f64(0.6499));
            prop_assert!(plan.wait <= duration.mul_f64(0.7301));
        }

        #[test]
        fn a_lease_that_cannot_be_renewed_is_replaced_before_it_ends(
            seconds in 2_u64..100_000_000, unit in 0.0_f64..1.0, threshold in -1.0_f64..2.0,
        ) {
            let rules = Rules { threshold, ..Rules::default() };
            let facts = Facts { leased: true, duration: Duration::from_secs(seconds), ..Facts::default() };
            let plan = rules.first(&facts, unit);
            prop_assert_eq!(plan.action, Action::Replace);
            prop_assert!(plan.wait < facts.duration);
        }

        #[test]
        fn no_answer_is_aged_to_zero_or_beyond_its_end(
            seconds in 0_u64..u64::MAX, left in proptest::option::of(0_u64..u64::MAX), unit in 0.0_f64..1.0,
        ) {
            let facts = Facts {
                duration: Duration::from_secs(seconds),
                certificate_left: left.map(Duration::from_secs),
                ..Facts::default()
            };
            let wait = Rules::default().first(&facts, unit).wait;
            prop_assert!(wait >= SHORTEST && wait <= LONGEST);
        }

        #[test]
        fn longer_leases_never_wait_less(shorter in 1_u64..1_000_000, more in 0_u64..1_000_000, unit in 0.0_f64..1.0) {
            let rules = Rules::default();
            for facts in [renewable, |duration| Facts { duration, ..Facts::default() }] {
                let short = rules.first(&facts(Duration::from_secs(shorter)), unit).wait;
                let long = rules.first(&facts(Duration::from_secs(shorter + more)), unit).wait;
                prop_assert!(short <= long);
            }
        }

        #[test]
        fn a_shrinking_renewal_is_succeeded_while_half_of_it_is_left(granted in 2_u64..3_000, unit in 0.0_f64..1.0) {
            let plan = after_renewal(Duration::from_secs(granted), HOUR, unit);
            prop_assert_eq!(plan.action, Action::Replace);
            prop_assert!(plan.wait <= Duration::from_secs(granted) / 2);
        }
    }

    #[test]
    fn values_without_a_lease_follow_the_static_interval() {
        let rules = Rules::default();
        let early = rules.first(&Facts::default(), 0.0).wait;
        let late = rules.first(&Facts::default(), 0.9999).wait;
        assert!(
            early >= Duration::from_secs(254) && early <= Duration::from_secs(256),
            "{early:?}"
        );
        assert!(
            late >= Duration::from_secs(284) && late <= Duration::from_secs(286),
            "{late:?}"
        );
    }

    #[test]
    fn a_fleet_that_started_together_does_not_read_together() {
        let rules = Rules::default();
        let wait = |unit| rules.initial(&Facts::default(), unit).wait;
        assert_eq!(
            (wait(0.0), wait(0.5)),
            (Duration::from_secs(135), Duration::from_secs(210))
        );
        assert!(wait(0.9999) < Duration::from_secs(286));
        let leased = Facts {
            leased: true,
            duration: HOUR,
            ..Facts::default()
        };
        assert_eq!(rules.initial(&leased, 0.1), rules.first(&leased, 0.1));
    }

    #[test]
    fn a_rotating_password_is_read_after_its_rotation() {
        let facts = Facts {
            rotates_in: Some(Duration::from_secs(90)),
            duration: HOUR,
            ..Facts::default()
        };
        let plan = Rules::default().first(&facts, 0.0);
        assert_eq!(
            plan,
            Plan {
                wait: Duration::from_secs(91),
                action: Action::Replace
            }
        );
    }

    #[test]
    fn a_password_about_to_rotate_is_not_read_in_a_loop() {
        let facts = Facts {
            rotates_in: Some(Duration::ZERO),
            ..Facts::default()
        };
        assert!(Rules::default().first(&facts, 0.0).wait >= Duration::from_secs(1));
    }

    #[test]
    fn a_certificate_counts_by_its_own_expiry() {
        let facts = Facts {
            certificate_left: Some(HOUR * 10),
            duration: HOUR,
            ..Facts::default()
        };
        assert_eq!(Rules::default().first(&facts, 0.5).wait, HOUR * 9);
    }

    #[test]
    fn members_of_leased_data_do_not_count() {
        let facts = Facts {
            leased: true,
            duration: HOUR,
            rotates_in: Some(Duration::from_secs(1)),
            ..Facts::default()
        };
        assert_eq!(Rules::default().first(&facts, 0.5).wait, HOUR.mul_f64(0.9));
    }

    #[test]
    fn a_full_renewal_goes_on_as_before() {
        assert_eq!(after_renewal(HOUR, HOUR, 0.0).action, Action::Renew);
    }
}
