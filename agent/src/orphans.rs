//! Orphans of a container: a process whose parent is gone becomes a child of process 1, and stays in the process table
//! until that takes note of its end.

use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, WaitOptions, getpid, waitpid};

/// Between two looks.
const PERIOD: Duration = Duration::from_secs(30);

/// Takes note of orphans' ends from now on, where the agent is process 1; the task ends with the runtime.
pub fn adopt() {
    if getpid() != Pid::INIT {
        return;
    }
    tokio::spawn(async {
        let mut before = Vec::new();
        loop {
            tokio::time::sleep(PERIOD).await;
            let now = ended(Path::new("/proc"), Pid::INIT);
            // The agent's own children are waited for at once: one that is still there a look later is nobody's.
            now.iter()
                .filter(|pid| before.contains(*pid))
                .for_each(|pid| bury(*pid));
            before = now;
        }
    });
}

/// Children of `parent` that ended and were not waited for (state `Z` in `/proc/PID/stat`, see `proc_pid_stat(5)`).
fn ended(proc: &Path, parent: Pid) -> Vec<i32> {
    let entries = std::fs::read_dir(proc).into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let tail = format!(") Z {parent} ");
    pids.filter(|pid: &i32| {
        let stat = std::fs::read_to_string(proc.join(pid.to_string()).join("stat"));
        // The name before it may hold anything.
        stat.is_ok_and(|stat| stat.rfind(')').is_some_and(|at| stat[at..].starts_with(&tail)))
    })
    .collect()
}

fn bury(pid: i32) {
    if let Some(pid) = Pid::from_raw(pid) {
        // Somebody may have been quicker.
        let _ = waitpid(Some(pid), WaitOptions::NOHANG);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_that_ended_unnoticed_is_found_and_buried() {
        let proc = Path::new("/proc");
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        while !ended(proc, getpid()).contains(&pid) {
            std::thread::yield_now();
        }
        bury(pid);
        assert!(!proc.join(pid.to_string()).exists());
        assert!(child.wait().is_err(), "somebody else was told of its end");
    }

    #[test]
    fn names_of_programs_do_not_confuse() {
        let place = tempfile::tempdir().unwrap();
        for (pid, stat) in [
            ("7", "7 (a) Z 1 ) S 1 7"),
            ("8", "8 (b) c) Z 1 8"),
            ("9", "9 (d) Z 11 9"),
            ("self", "1 (e) Z 1 1"),
        ] {
            std::fs::create_dir(place.path().join(pid)).unwrap();
            std::fs::write(place.path().join(pid).join("stat"), stat).unwrap();
        }
        assert_eq!(ended(place.path(), Pid::INIT), [8]);
    }
}
