//! A configuration, a template or a credential changed while running: what stayed the same keeps its state.

use std::rc::Rc;

use crate::unit::Unit;

use super::Engine;
use super::sinks::SinkState;

impl Engine {
    /// Reads the configuration again; a faulty one changes nothing.
    pub(super) fn reload(&mut self) {
        let Some(loader) = &mut self.loader else {
            return self.files_changed();
        };
        match loader() {
            Ok((plan, server)) => self.adopt(plan, server),
            Err(error) => {
                tracing::error!(target: "agent", event = "config.refused", error = %error, "the new configuration is faulty: the old one stays");
            }
        }
        self.files_changed();
    }

    fn adopt(&mut self, plan: super::Plan, server: Option<crate::server::Server>) {
        let now = self.now();
        self.adopt_exec(plan.exec.as_ref(), now);
        let mut former: Vec<Unit> = std::mem::take(&mut self.units);
        for output in &plan.outputs {
            let kept = former.iter().position(|unit| unit.output == *output);
            let unit = kept.map_or_else(|| Unit::new(output.clone(), now), |index| former.swap_remove(index));
            self.units.push(unit);
        }
        let mut sinks = std::mem::take(&mut self.sinks);
        for sink in &plan.sinks {
            let kept = sinks.iter().position(|state| state.sink == *sink);
            let state = kept.map_or_else(|| SinkState::new(sink.clone(), now), |index| sinks.swap_remove(index));
            self.sinks.push(state);
        }
        self.store.set_rules(plan.rules, plan.pace);
        if let Some(server) = server {
            self.server = Rc::new(server);
        }
        if plan.method != self.plan.method {
            self.memory = Rc::default();
            self.session.login_soon(now);
        }
        self.plan = plan;
        tracing::info!(target: "agent", event = "config.reloaded", templates = self.units.len() as u64, "configuration reloaded");
    }

    /// Template sources and files they read are looked at again.
    pub(super) fn files_changed(&mut self) {
        let now = self.now();
        for unit in &mut self.units {
            if unit.reread(now) {
                tracing::info!(target: "agent.template.server", event = "template.changed", source = %unit.source_label(), "template source changed");
            }
        }
        self.look_at_files(now);
        self.look_at_credential(now);
    }

    /// Logs what is held, without values.
    pub(super) fn dump(&self) {
        let now = self.now();
        for held in self.session.living(now) {
            let left = held
                .expires
                .map_or_else(|| "for ever".to_owned(), |end| format!("{:?}", end.since(now)));
            tracing::info!(target: "agent", event = "dump.token", generation = held.generation, left = %left, "token");
        }
        for (wire, lease) in self.store.leases() {
            tracing::info!(target: "agent", event = "dump.lease", path = %wire.path, left = %format_args!("{:?}", lease.expires.since(now)), renewable = lease.renewable, "lease");
        }
        for unit in &self.units {
            let trouble = unit.trouble.as_ref().map_or("none", |trouble| trouble.text.as_str());
            tracing::info!(target: "agent", event = "dump.template", destination = %unit.output.label(), rendered = unit.rendered, trouble = %trouble, "template");
        }
    }
}
