//! Signals by name.

use std::fmt;

/// Names and numbers of the signals of Linux on the processors pods run on.
const SIGNALS: &[(&str, i32)] = &[
    ("SIGHUP", 1),
    ("SIGINT", 2),
    ("SIGQUIT", 3),
    ("SIGILL", 4),
    ("SIGTRAP", 5),
    ("SIGABRT", 6),
    ("SIGIOT", 6),
    ("SIGBUS", 7),
    ("SIGFPE", 8),
    ("SIGKILL", 9),
    ("SIGUSR1", 10),
    ("SIGSEGV", 11),
    ("SIGUSR2", 12),
    ("SIGPIPE", 13),
    ("SIGALRM", 14),
    ("SIGTERM", 15),
    ("SIGSTKFLT", 16),
    ("SIGCHLD", 17),
    ("SIGCLD", 17),
    ("SIGCONT", 18),
    ("SIGSTOP", 19),
    ("SIGTSTP", 20),
    ("SIGTTIN", 21),
    ("SIGTTOU", 22),
    ("SIGURG", 23),
    ("SIGXCPU", 24),
    ("SIGXFSZ", 25),
    ("SIGVTALRM", 26),
    ("SIGPROF", 27),
    ("SIGWINCH", 28),
    ("SIGIO", 29),
    ("SIGPOLL", 29),
    ("SIGPWR", 30),
    ("SIGSYS", 31),
];

/// A signal to send to a process.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signal {
    name: &'static str,
    number: i32,
}

impl Signal {
    /// `SIGINT`.
    pub const INT: Signal = Signal {
        name: "SIGINT",
        number: 2,
    };
    /// `SIGTERM`.
    pub const TERM: Signal = Signal {
        name: "SIGTERM",
        number: 15,
    };

    /// The signal of this name, with or without `SIG`, in any case.
    #[must_use]
    pub fn named(name: &str) -> Option<Signal> {
        let wanted = name.trim().to_ascii_uppercase();
        let wanted = wanted.strip_prefix("SIG").unwrap_or(&wanted);
        let found = SIGNALS
            .iter()
            .find(|(name, _)| name.strip_prefix("SIG") == Some(wanted))?;
        Some(Signal {
            name: found.0,
            number: found.1,
        })
    }

    /// Its number, as `kill` takes it.
    #[must_use]
    pub fn number(self) -> i32 {
        self.number
    }

    /// Its name, such as `SIGTERM`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.name
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
