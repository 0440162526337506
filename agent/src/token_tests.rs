use super::*;

const PACE: Pace = Pace {
    base: Duration::from_secs(1),
    ceiling: Duration::from_secs(300),
};
const HOUR: u64 = 3_600;

fn at(seconds: u64) -> Moment {
    Moment::new(Duration::from_secs(seconds))
}

fn grant(ttl: u64, renewable: bool) -> Grant {
    Grant {
        token: Token::new("t").unwrap(),
        ttl: Duration::from_secs(ttl),
        renewable,
    }
}

fn logged_in(ttl: u64, renewable: bool) -> Session {
    let mut session = Session::new(PACE);
    session.begin(Step::Login);
    session.logged_in(grant(ttl, renewable), at(0), 0.0);
    session
}

#[test]
fn a_new_session_logs_in_at_once_and_does_nothing_twice() {
    let mut session = Session::new(PACE);
    assert_eq!(session.next(), Some((at(0), Step::Login)));
    session.begin(Step::Login);
    assert_eq!(session.next(), None);
}

#[test]
fn a_login_is_followed_by_a_renewal_not_at_once() {
    assert_eq!(logged_in(HOUR, true).next(), Some((at(2_340), Step::Renew)));
}

#[test]
fn a_token_that_cannot_be_renewed_is_replaced_in_time() {
    assert_eq!(logged_in(HOUR, false).next(), Some((at(2_340), Step::Login)));
}

#[test]
fn a_token_that_never_ends_is_left_alone() {
    assert_eq!(logged_in(0, false).next(), None);
}

#[test]
fn near_its_maximum_a_token_is_succeeded_while_it_lives() {
    let mut session = logged_in(HOUR, true);
    session.begin(Step::Renew);
    session.extended(Duration::from_secs(1_000), true, at(2_340), 0.0);
    assert_eq!(session.next(), Some((at(2_590), Step::Login)));
    session.begin(Step::Login);
    let succession = session.logged_in(grant(HOUR, true), at(2_590), 0.0).unwrap();
    assert_eq!(
        succession,
        Succession {
            former: 1,
            left: Some(Duration::from_secs(750))
        }
    );
    assert_eq!(session.living(at(2_600)).count(), 2);
    assert_eq!(session.expire(at(3_340)), [1]);
}

#[test]
fn renewals_are_retried_until_the_end_and_then_a_login_follows() {
    let mut session = logged_in(HOUR, true);
    let mut now = at(2_340);
    let mut attempts = 0;
    while let Some((due, Step::Renew)) = session.next() {
        now = now.max(due);
        session.begin(Step::Renew);
        session.renewal_failed(Class::Transient, None, now, 0.9);
        attempts += 1;
        session.expire(now);
    }
    assert_eq!(session.next().map(|(_, step)| step), Some(Step::Login));
    assert!(now >= at(HOUR - 20), "gave up at {now}");
    assert!(attempts < 60, "{attempts} attempts");
}

#[test]
fn a_refused_renewal_is_checked_and_the_token_kept_if_it_is_good() {
    let mut session = logged_in(HOUR, true);
    session.begin(Step::Renew);
    session.renewal_failed(Class::Permanent, None, at(2_340), 0.0);
    assert_eq!(session.next(), Some((at(2_340), Step::Check)));
    session.begin(Step::Check);
    session.confirmed(at(2_340));
    session.doubt(at(2_341), 0.0);
    let (due, step) = session.next().unwrap();
    assert_eq!(step, Step::Login);
    assert!(due > at(2_600) && due < at(HOUR));
}

#[test]
fn a_rejected_token_leads_to_one_login() {
    let mut session = logged_in(HOUR, true);
    session.doubt(at(10), 0.5);
    session.doubt(at(10), 0.5);
    assert_eq!(session.next(), Some((at(10), Step::Check)));
    session.begin(Step::Check);
    assert_eq!(session.rejected(at(10), 0.5), Some(1));
    assert_eq!(session.next(), Some((at(10), Step::Login)));
}

#[test]
fn checks_that_do_not_help_become_rare() {
    let mut session = Session::new(PACE);
    let mut now = at(0);
    let mut logins = 0;
    while now < at(HOUR) {
        session.begin(Step::Login);
        session.logged_in(grant(0, false), now, 0.5);
        logins += 1;
        session.doubt(now, 0.5);
        now = session.next().unwrap().0;
        session.begin(Step::Check);
        session.rejected(now, 0.5);
    }
    assert!(logins < 40, "{logins} logins in an hour");
}
