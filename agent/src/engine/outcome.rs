//! Taking in what comes back.

use std::rc::Rc;
use std::time::Duration;

use crate::backoff::Class;
use crate::clock::Moment;
use crate::command::CommandError;
use crate::exit::Code;
use crate::metrics::Counter;
use crate::server::{Contact, LoggedIn, Refusal, wire_subject};
use crate::store::{Fetched, Job, Trouble};
use crate::token::{Generation, Grant};
use crate::wire::{Mount, Verb, Wire};

use super::{Engine, Event, QueuedCommand};

impl Engine {
    pub(super) fn take_in(&mut self, event: Event) {
        let now = self.now();
        if !matches!(event, Event::Ran(..)) {
            self.requests = self.requests.saturating_sub(1);
        }
        match event {
            Event::LoggedIn(result) => self.logged_in(result, now),
            Event::Renewed(result) => self.renewed(result, now),
            Event::Checked(result) => self.checked(result, now),
            Event::Looked(path, result) => self.looked(&path, result, now),
            Event::Fetched(wire, generation, result) => self.fetched(&wire, generation, result, now),
            Event::Extended(wire, result) => self.extended(&wire, result, now),
            Event::Wrapped(index, generation, result) => self.wrapped(index, generation, result, now),
            Event::Ran(queued, result) => self.ran(queued, result, now),
        }
        self.touch_changed(now);
    }

    /// Tells the door whether the server answered a request about `subject`.
    pub(super) fn note(&mut self, subject: &str, failed: Option<&Refusal>, now: Moment) {
        let contact = failed.map_or(Contact::Made, |refusal| refusal.contact);
        match (contact, failed) {
            (Contact::Doubtful, _) if !self.gate.doubts(subject) => {}
            (Contact::Doubtful | Contact::None, Some(refusal)) => {
                if !self.gate.is_shut() {
                    tracing::warn!(target: "agent", event = "server.unreachable", address = %self.server.address(), error = %refusal.trouble.text, "the server does not answer; requests wait");
                }
                let (patience, unit) = (self.patience(now), self.unit());
                self.gate.unanswered(now, refusal.trouble.retry_after, patience, unit);
            }
            _ => {
                if self.gate.is_shut() {
                    tracing::info!(target: "agent", event = "server.reachable", address = %self.server.address(), "the server answers again");
                }
                self.gate.answered();
            }
        }
    }

    fn count_auth<T>(&self, result: &Result<T, Refusal>) {
        let success = result.is_ok();
        self.metrics.count(if success {
            Counter::AuthSuccess
        } else {
            Counter::AuthFailure
        });
    }

    fn logged_in(&mut self, mut result: Result<LoggedIn, Refusal>, now: Moment) {
        if let Err(refusal) = &mut result
            && refusal.contact == Contact::Doubtful
            && self.session.current(now).is_none()
        {
            // Nothing else can be asked, so nothing else could tell whether the server is there.
            refusal.contact = Contact::None;
        }
        self.note("login", result.as_ref().err(), now);
        self.count_auth(&result);
        let unit = self.unit();
        match result {
            Ok(LoggedIn::Token(grant)) => self.use_token(grant, now, unit),
            Ok(LoggedIn::Wrapped(info)) => self.write_wrapped_login(&info, now),
            Err(refusal) => {
                let Trouble { class, retry_after, .. } = refusal.trouble;
                let wait = if refusal.unanswered() {
                    self.session.login_put_off(now);
                    self.gate.next_try().map_or(Duration::ZERO, |next| next.since(now))
                } else {
                    self.session.login_failed(class, retry_after, now, unit)
                };
                tracing::error!(target: "agent.auth.handler", event = "auth.failed", error = %refusal.trouble.text, backoff = %format_args!("{wait:.3?}"), "error authenticating");
                self.login_trouble = Some(refusal.trouble);
            }
        }
    }

    fn use_token(&mut self, grant: Grant, now: Moment, unit: f64) {
        let ttl = grant.ttl;
        self.login_trouble = None;
        let succession = self.session.logged_in(grant, now, unit);
        tracing::info!(target: "agent.auth.handler", event = "auth.success", ttl_seconds = ttl.as_secs(), "authentication successful, sending token to sinks");
        if !ttl.is_zero() {
            tracing::info!(target: "agent.auth.handler", event = "auth.renewal_started", "starting renewal process");
        }
        if let Some((former, left)) = succession.and_then(|s| Some((s.former, s.left?))) {
            let random = Rc::clone(&self.world.random);
            self.store.token_ending(former, left, now, || random.unit());
        }
    }

    fn renewed(&mut self, result: Result<(Duration, bool), Refusal>, now: Moment) {
        self.note("renew-self", result.as_ref().err(), now);
        self.count_auth(&result);
        let unit = self.unit();
        match result {
            Ok((ttl, renewable)) => {
                self.session.extended(ttl, renewable, now, unit);
                tracing::info!(target: "agent.auth.handler", event = "auth.renewed", ttl_seconds = ttl.as_secs(), "renewed auth token");
            }
            Err(refusal) => {
                let Trouble {
                    class,
                    retry_after,
                    text,
                    ..
                } = refusal.trouble;
                tracing::warn!(target: "agent.auth.handler", event = "auth.renewal_failed", error = %text, "error renewing token");
                self.session.renewal_failed(class, retry_after, now, unit);
            }
        }
    }

    fn checked(&mut self, result: Result<(Duration, bool), Refusal>, now: Moment) {
        self.note("lookup-self", result.as_ref().err(), now);
        let unit = self.unit();
        match result {
            Ok(_) => self.session.confirmed(now),
            Err(refusal) if refusal.denied => {
                tracing::warn!(target: "agent.auth.handler", event = "auth.token_rejected", "the server does not accept the token any more: logging in again");
                if let Some(dead) = self.session.rejected(now, unit) {
                    self.store.token_ended(dead, now);
                }
            }
            Err(refusal) => self.session.check_failed(refusal.trouble.retry_after, now, unit),
        }
    }

    fn looked(&mut self, path: &str, result: Result<Option<Mount>, Refusal>, now: Moment) {
        self.note(path, result.as_ref().err(), now);
        let unit = self.unit();
        match result {
            Ok(Some(mount)) if mount.holds(path) => self.store.found_mount(path, mount, now),
            Ok(_) => self.store.no_mount(path, now),
            Err(refusal) if refusal.unanswered() => {
                self.store
                    .put_back(&Job::Look { path: path.to_owned() }, refusal.trouble, now);
            }
            Err(refusal) => self.store.look_failed(path, refusal.trouble, now, unit),
        }
    }

    fn fetched(&mut self, wire: &Wire, generation: Generation, result: Result<Option<Fetched>, Refusal>, now: Moment) {
        self.note(&wire.path, result.as_ref().err(), now);
        let unit = self.unit();
        match result {
            Ok(Some(fetched)) => self.store.fetched(wire, fetched, generation, now, unit),
            Ok(None) if wire.verb == Verb::List => self.store.empty_list(wire, now, unit),
            Ok(None) => self.nothing_there(wire, now, unit),
            Err(refusal) if refusal.missing && wire.verb == Verb::List => self.store.empty_list(wire, now, unit),
            Err(refusal) if refusal.missing => self.nothing_there(wire, now, unit),
            Err(refusal) if refusal.unanswered() => {
                self.store.put_back(&Job::Fetch(wire.clone()), refusal.trouble, now);
            }
            Err(mut refusal) => {
                tracing::warn!(target: "agent.template.server", event = "secret.failed", path = %wire.path, error = %refusal.trouble.text, "(view) request failed");
                if refusal.denied {
                    self.session.doubt(now, unit);
                }
                if refusal.lost && !self.store.is_repeatable(wire) {
                    // Another try makes another credential, so tries are far apart.
                    refusal.trouble.class = Class::Permanent;
                }
                self.store.fetch_failed(wire, refusal.trouble, now, unit);
            }
        }
    }

    fn nothing_there(&mut self, wire: &Wire, now: Moment, unit: f64) {
        let text = format!(
            "no secret exists at {} (check the path and, for KV version 2, that the version is not deleted)",
            wire.path
        );
        tracing::warn!(target: "agent.template.server", event = "secret.missing", path = %wire.path, "(view) no secret exists at {}", wire.path);
        let trouble = Trouble {
            class: Class::Permanent,
            code: Code::NotFound,
            text,
            retry_after: None,
        };
        self.store.not_found(wire, trouble, now, unit);
    }

    fn extended(&mut self, wire: &Wire, result: Result<(Duration, bool), Refusal>, now: Moment) {
        self.note(&wire.path, result.as_ref().err(), now);
        let unit = self.unit();
        match result {
            Ok((granted, renewable)) => {
                tracing::debug!(target: "agent.template.server", event = "lease.renewed", path = %wire.path, ttl_seconds = granted.as_secs(), "renewed lease");
                self.store.renewed(wire, granted, renewable, now, unit);
            }
            Err(refusal) if refusal.unanswered() => {
                self.store.renew_failed(wire, refusal.trouble, false, now, unit);
            }
            Err(refusal) => {
                tracing::warn!(target: "agent.template.server", event = "lease.renewal_failed", path = %wire.path, error = %refusal.trouble.text, "error renewing lease of {}", wire_subject(wire));
                if refusal.denied {
                    self.session.doubt(now, unit);
                }
                self.store
                    .renew_failed(wire, refusal.trouble, refusal.missing, now, unit);
            }
        }
    }

    fn ran(&mut self, mut queued: QueuedCommand, result: Result<(), CommandError>, now: Moment) {
        self.command_running = None;
        let Err(error) = result else { return };
        let wait = queued.failures.fail(Class::Transient, None, self.unit());
        tracing::error!(target: "agent.template.server", event = "command.failed", destination = %queued.label, error = %error, retry = %format_args!("{wait:.1?}"), "template server error: command failed");
        queued.due = now.after(wait);
        // A newer change may have queued the same command meanwhile.
        if !self
            .commands
            .iter()
            .any(|other| other.command.argv() == queued.command.argv())
        {
            self.commands.push_back(queued);
        }
    }
}
