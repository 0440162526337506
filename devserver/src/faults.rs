//! Faults on demand: what a test or a developer wants to go wrong.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// One fault: which requests it meets, how often, and what happens to them.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Method, e.g. `PUT`; empty for any.
    pub method: String,
    /// Path below `/v1/`, where `*` at the end stands for any continuation; empty for any.
    pub path: String,
    /// How many requests are let through first.
    pub skip: u64,
    /// How many requests it meets then; `None` for all.
    pub count: Option<u64>,
    /// What happens.
    pub effect: Effect,
}

/// What happens to a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// It is answered later, by the runtime's time.
    Delay(Duration),
    /// It is answered with this status and these errors instead, and does nothing.
    Status {
        /// HTTP status.
        status: u16,
        /// Texts of `errors`.
        errors: Vec<String>,
        /// `Retry-After` in seconds.
        retry_after: Option<u64>,
    },
    /// It does its work, but the connection is reset instead of an answer.
    Reset,
    /// The connection is reset before it does anything.
    ResetBefore,
    /// It does its work, but only half of the answer's body arrives.
    Truncate,
    /// It does its work, and this is answered with status 200 instead (a proxy's page, say).
    Body {
        /// `Content-Type`.
        content_type: String,
        /// The body.
        body: String,
    },
    /// It is redirected (307) to this base URL, as a standby does.
    Redirect(String),
}

impl Fault {
    /// A fault on a path, for all requests.
    pub fn on(path: impl Into<String>, effect: Effect) -> Self {
        Self {
            method: String::new(),
            path: path.into(),
            skip: 0,
            count: None,
            effect,
        }
    }

    /// The same for so many requests only.
    #[must_use]
    pub fn times(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }

    fn meets(&self, method: &str, path: &str) -> bool {
        let path_fits = match self.path.strip_suffix('*') {
            Some(prefix) => path.starts_with(prefix),
            None => self.path.is_empty() || self.path == path,
        };
        path_fits && (self.method.is_empty() || self.method.eq_ignore_ascii_case(method))
    }
}

impl Effect {
    /// An error status with one text.
    pub fn status(status: u16, text: impl Into<String>) -> Self {
        Effect::Status {
            status,
            errors: vec![text.into()],
            retry_after: None,
        }
    }
}

/// The faults in force; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Vec<Fault>>>);

impl Faults {
    /// Adds a fault. Of several that meet a request, all delays act, and the first other one.
    pub fn add(&self, fault: Fault) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(fault);
    }

    /// Removes all faults.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The faults still in force.
    pub fn list(&self) -> Vec<Fault> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What happens to a request; counts it.
    pub(crate) fn meet(&self, method: &str, path: &str) -> Vec<Effect> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut effects = Vec::new();
        let mut struck = false;
        for fault in faults.iter_mut().filter(|fault| fault.meets(method, path)) {
            let delay = matches!(fault.effect, Effect::Delay(_));
            if fault.skip > 0 {
                fault.skip -= 1;
            } else if delay || !struck {
                effects.push(fault.effect.clone());
                struck |= !delay;
                fault.count = fault.count.map(|count| count.saturating_sub(1));
            }
        }
        faults.retain(|fault| fault.count != Some(0));
        effects
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_meets_its_path_as_often_as_it_says() {
        let faults = Faults::default();
        faults.add(Fault {
            skip: 1,
            ..Fault::on("secret/*", Effect::Reset).times(2)
        });
        assert!(faults.meet("GET", "sys/health").is_empty());
        assert!(faults.meet("GET", "secret/a").is_empty());
        assert_eq!(faults.meet("GET", "secret/a"), [Effect::Reset]);
        assert_eq!(faults.meet("PUT", "secret/b"), [Effect::Reset]);
        assert!(faults.meet("GET", "secret/a").is_empty());
        assert!(faults.list().is_empty());
    }

    #[test]
    fn delays_add_to_the_first_other_fault() {
        let faults = Faults::default();
        let delay = Effect::Delay(Duration::from_secs(1));
        faults.add(Fault::on("", delay.clone()));
        faults.add(Fault::on("", Effect::Truncate));
        faults.add(Fault::on("", Effect::Reset).times(1));
        assert_eq!(faults.meet("GET", "a"), [delay, Effect::Truncate]);
        assert_eq!(faults.list().len(), 3);
    }
}
