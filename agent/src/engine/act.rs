//! Starting what is due.

use std::collections::BTreeSet;
use std::rc::Rc;

use coffret_vault::Token;

use crate::backoff::Backoff;
use crate::clock::Moment;
use crate::login;
use crate::store::{Job, Name};
use crate::token::{Grant, Step};
use crate::unit::{LOCAL_PACE, Pass, Surroundings};

use super::{Engine, Event, QueuedCommand};

impl Engine {
    pub(super) fn act(&mut self) {
        let now = self.now();
        for ended in self.session.expire(now) {
            if self.session.current(now).is_some() {
                tracing::debug!(target: "agent.auth.handler", event = "auth.former_token_ended", "a former token has ended");
            } else {
                tracing::warn!(target: "agent.auth.handler", event = "auth.token_ended", "the token has ended, and its leases with it");
            }
            self.store.token_ended(ended, now);
        }
        self.store.expire_leases(now);
        self.look(now);
        let token = self.session.current(now).map(|held| held.token.clone());
        *self.shown_token.borrow_mut() = token;
        self.render(now);
        self.step(now);
        self.write_sinks(now);
        self.request(now);
        self.run_command(now);
        self.supervise(now);
    }

    /// Without a login, the token that is there is used as it is.
    pub(super) fn adopt_given_token(&mut self, now: Moment) {
        if let (None, Some(token)) = (&self.plan.method, self.plan.token.take()) {
            let grant = Grant {
                token,
                ttl: std::time::Duration::ZERO,
                renewable: false,
            };
            self.session.resume(grant, now, 0.0);
        }
    }

    fn render(&mut self, now: Moment) {
        let mut changed = Vec::new();
        let mut any = false;
        for index in 0..self.units.len() {
            if self.units[index].next().is_some_and(|due| due <= now) {
                any = true;
                if self.pass(index, now) == Pass::Changed {
                    changed.push(index);
                }
            }
        }
        if !any {
            return;
        }
        let used: BTreeSet<Name> = self.units.iter().flat_map(|unit| unit.used.iter().cloned()).collect();
        for name in &used {
            self.store.want(name, now);
        }
        self.adopt_certificates(now);
        // Before the first complete pass, answers taken over may have no template asking for them yet.
        if self.started {
            self.store.retain(&used);
        }
        // Shared answers may be there already: what they complete is rendered now.
        self.touch_changed(now);
        self.queue_commands(&changed, now);
        self.variables_changed(&changed, now);
        if self.units.iter().any(|unit| unit.next().is_some_and(|due| due <= now)) {
            self.render(now);
        }
    }

    fn pass(&mut self, index: usize, now: Moment) -> Pass {
        let around = Surroundings {
            store: &self.store,
            environment: &self.world.environment,
            etc: &self.world.etc,
            random: self.world.random.as_ref(),
            wall: self.world.clock.wall(),
            now,
        };
        let unit = &mut self.units[index];
        let before = (unit.trouble.clone(), unit.no_value.take());
        let pass = unit.pass(&around);
        let (source, label) = (unit.source_label(), unit.output.label());
        match (pass, &unit.trouble) {
            (Pass::Changed, _) => {
                tracing::info!(target: "agent.template.server", event = "template.rendered", "(runner) rendered {source:?} => {label:?}");
            }
            (Pass::Failed, Some(trouble)) if before.0.as_ref() != Some(trouble) => {
                tracing::error!(target: "agent.template.server", event = "template.failed", destination = %label, error = %trouble.text, "template server error");
            }
            _ => {}
        }
        if let Some(place) = unit.no_value.as_ref().filter(|place| before.1.as_ref() != Some(*place)) {
            tracing::warn!(target: "agent.template.server", event = "template.no_value", destination = %label, "<no value> is printed at {place}: there is no such key, or it is null (keys of KV version 2 are below .Data.data)");
        }
        pass
    }

    /// Passes on which answers changed to the templates that use them.
    pub(super) fn touch_changed(&mut self, now: Moment) {
        let changed = self.store.take_changed();
        let debounce = self.started;
        for unit in &mut self.units {
            if unit.used.iter().chain(&unit.missing).any(|name| changed.contains(name)) {
                unit.touch(now, debounce);
            }
        }
    }

    fn queue_commands(&mut self, changed: &[usize], now: Moment) {
        for &index in changed {
            let unit = &self.units[index];
            let Some((command, environment)) = unit.command(&self.world.environment, &self.plan.child_variables) else {
                continue;
            };
            // The same command of several files runs once.
            if self
                .commands
                .iter()
                .any(|queued| queued.command.argv() == command.argv())
            {
                continue;
            }
            let label = unit.output.label();
            self.commands.push_back(QueuedCommand {
                command,
                environment,
                label,
                failures: Backoff::new(LOCAL_PACE),
                due: now,
            });
        }
    }

    fn run_command(&mut self, now: Moment) {
        if self.command_running.is_some() {
            return;
        }
        let Some(next) = self.commands.iter().position(|command| command.due <= now) else {
            return;
        };
        let Some(queued) = self.commands.remove(next) else {
            return;
        };
        self.command_running = Some(queued.failures.attempts());
        tracing::info!(target: "agent.template.server", event = "command.started", command = %queued.command.program(), destination = %queued.label, "(runner) executing command");
        self.jobs.push(Box::pin(async move {
            let result = queued.command.run(&queued.environment).await;
            Event::Ran(queued, result)
        }));
    }

    /// Logs in, renews or checks the token.
    fn step(&mut self, now: Moment) {
        let due = self.next_step().filter(|(at, _)| *at <= now);
        let Some((_, step)) = due.filter(|_| self.allowance(now) > 0) else {
            return;
        };
        let server = Rc::clone(&self.server);
        match (step, self.session.current(now).map(|held| held.token.clone())) {
            (Step::Login, _) => {
                let Some(method) = self.plan.method.clone() else { return };
                self.session.begin(step);
                self.looks.credential_read(&method);
                let memory = Rc::clone(&self.memory);
                tracing::info!(target: "agent.auth.handler", event = "auth.login", method = login::name(&method), mount = %method.mount_path, "authenticating");
                self.send(async move { Event::LoggedIn(server.log_in(&method, &memory).await) });
            }
            (Step::Renew, Some(token)) => {
                self.session.begin(step);
                self.send(async move { Event::Renewed(server.renew_self(&token).await) });
            }
            (Step::Check, Some(token)) => {
                self.session.begin(step);
                self.send(async move { Event::Checked(server.look_up(&token).await) });
            }
            (Step::Renew | Step::Check, None) => {}
        }
    }

    fn request(&mut self, now: Moment) {
        let Some((token, generation)) = self.session.in_use(now) else {
            return;
        };
        let limit = self.allowance(now);
        for job in self.store.take_due(now, limit) {
            self.start_job(job, &token, generation);
        }
    }

    fn start_job(&mut self, job: Job, token: &Token, generation: u64) {
        let server = Rc::clone(&self.server);
        let token = token.clone();
        let wall = self.world.clock.wall();
        let keep = self.plan.exit_after_auth && self.plan.handover.is_some();
        match job {
            Job::Look { path } => {
                self.send(async move {
                    let found = server.find_mount(&path, &token).await;
                    Event::Looked(path, found)
                });
            }
            Job::Fetch(wire) => {
                self.send(async move {
                    let fetched = server.fetch(&wire, &token, wall, keep).await;
                    Event::Fetched(wire, generation, fetched)
                });
            }
            Job::Renew { wire, lease } => {
                self.send(async move {
                    let extended = server.renew_lease(&lease, &token).await;
                    Event::Extended(wire, extended)
                });
            }
        }
    }
}
