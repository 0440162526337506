//! The state file: what the running agent tells its probes, without opening a port.
//!
//! It holds no secret: counts, paths and reasons that also stand in the log.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::file::{self, Target, WriteError};
use crate::random::Random;

/// How often a running agent renews the file.
pub const BEAT: Duration = Duration::from_secs(30);
/// An agent that did not renew it for this long is stuck.
const STALE: Duration = Duration::from_secs(180);

/// How far the agent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Something was not rendered yet.
    Starting,
    /// Everything was rendered at least once.
    Ready,
    /// It is going.
    Stopping,
}

/// What the file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The agent's process.
    pub pid: u32,
    /// How far it is.
    pub phase: Phase,
    /// Templates rendered at least once.
    pub rendered: usize,
    /// Templates in all.
    pub templates: usize,
    /// What it waits for, or what is wrong now; one line.
    pub reason: String,
    /// When this was written.
    pub beat: Timestamp,
}

impl State {
    /// Writes the file; readable for every user, because probes may run as another one.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path, random: &dyn Random) -> Result<(), WriteError> {
        let bytes = serde_json::to_vec(self).unwrap_or_default();
        let target = Target {
            mode: Some(0o644),
            create_directories: false,
            ..Target::new(path)
        };
        file::write(&target, &bytes, random).map(drop)
    }
}

/// A probe's answer: whether it passes, and one line why.
pub type Verdict = Result<String, String>;

/// Is every template rendered?
///
/// # Errors
/// Not yet, and what is missing.
pub fn ready(path: &Path, proc: &Path) -> Verdict {
    let state = running(path, proc)?;
    let count = format!("{} of {} templates rendered", state.rendered, state.templates);
    match state.phase {
        Phase::Ready => Ok(format!("ready: {count}")),
        Phase::Starting if state.reason.is_empty() => Err(format!("not ready: {count}")),
        Phase::Starting => Err(format!("not ready: {count}; {}", state.reason)),
        Phase::Stopping => Err("not ready: the agent is stopping".to_owned()),
    }
}

/// Is the agent running?
///
/// # Errors
/// It is not, or hangs.
pub fn live(path: &Path, proc: &Path, now: Timestamp) -> Verdict {
    let state = running(path, proc)?;
    let age = Duration::try_from(now.duration_since(state.beat)).unwrap_or_default();
    if age > STALE {
        return Err(format!(
            "not live: process {} gave no sign for {} s",
            state.pid,
            age.as_secs()
        ));
    }
    Ok(format!("live: process {}", state.pid))
}

fn running(path: &Path, proc: &Path) -> Result<State, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("not started: {}: {}", path.display(), error.kind()))?;
    let state: State =
        serde_json::from_slice(&bytes).map_err(|_| format!("not started: {} is no state file", path.display()))?;
    let process: PathBuf = proc.join(state.pid.to_string());
    if process.exists() {
        Ok(state)
    } else {
        Err(format!("not running: process {} is gone", state.pid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    fn state(phase: Phase) -> State {
        State {
            pid: 7,
            phase,
            rendered: 1,
            templates: 2,
            reason: "secret/a: permission denied".into(),
            beat: Timestamp::UNIX_EPOCH,
        }
    }

    struct Place(tempfile::TempDir);

    impl Place {
        fn with(state: &State) -> Self {
            let place = Self(tempfile::tempdir().unwrap());
            std::fs::create_dir_all(place.0.path().join("7")).unwrap();
            state.write(&place.file(), &SystemRandom).unwrap();
            place
        }

        fn file(&self) -> PathBuf {
            self.0.path().join("state")
        }
    }

    #[test]
    fn readiness_says_what_is_missing() {
        let place = Place::with(&state(Phase::Starting));
        let reason = ready(&place.file(), place.0.path()).unwrap_err();
        assert_eq!(
            reason,
            "not ready: 1 of 2 templates rendered; secret/a: permission denied"
        );
        let place = Place::with(&state(Phase::Ready));
        assert!(ready(&place.file(), place.0.path()).is_ok());
    }

    #[test]
    fn a_dead_or_silent_agent_is_not_live() {
        let place = Place::with(&state(Phase::Ready));
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        assert!(live(&place.file(), place.0.path(), at(100)).is_ok());
        assert!(
            live(&place.file(), place.0.path(), at(200))
                .unwrap_err()
                .contains("no sign for 200 s")
        );
        std::fs::remove_dir(place.0.path().join("7")).unwrap();
        assert!(
            live(&place.file(), place.0.path(), at(0))
                .unwrap_err()
                .contains("process 7 is gone")
        );
    }

    #[test]
    fn no_file_or_nonsense_is_not_started() {
        let place = Place::with(&state(Phase::Ready));
        assert!(
            ready(&place.0.path().join("none"), place.0.path())
                .unwrap_err()
                .starts_with("not started")
        );
        std::fs::write(place.file(), "{").unwrap();
        assert!(
            ready(&place.file(), place.0.path())
                .unwrap_err()
                .contains("is no state file")
        );
    }
}
