//! An agent as a process of its own, seen through `/proc`.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use notify::{RecursiveMode, Watcher};
use tokio::process::{Child, Command};
use tokio::sync::mpsc::unbounded_channel;

use crate::Failure;
use crate::world::Place;

/// No start takes this long; one that does is broken.
const LONGEST: Duration = Duration::from_secs(30);

/// Memory of a process in kB, as `/proc/PID/status` counts it.
pub struct Memory {
    /// `VmRSS`.
    pub resident: u64,
    /// `RssAnon`.
    pub private: u64,
    /// `RssFile`.
    pub files: u64,
    /// `VmHWM`.
    pub most: u64,
}

/// A running agent.
pub struct Agent {
    child: Child,
    proc: String,
    /// From before the process was made until the last file was in place.
    pub took: Duration,
}

impl Agent {
    /// Starts an agent and waits until all its files are there.
    pub async fn start(binary: &Path, place: &Place) -> Result<Agent, Failure> {
        let (notices, mut seen) = unbounded_channel();
        let mut watcher = notify::recommended_watcher(move |event| {
            // The receiver is gone once all files are there.
            let _ = notices.send(event);
        })?;
        watcher.watch(&place.files, RecursiveMode::NonRecursive)?;
        let mut command = Command::new(binary);
        command
            .args(["run", "-config"])
            .arg(&place.config)
            .env_clear()
            .env("HOME", &place.files)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::from(std::fs::File::create(&place.log)?))
            .kill_on_drop(true);
        let begun = Instant::now();
        let child = command.spawn()?;
        let complete = async {
            while !place.is_complete() {
                seen.recv().await;
            }
        };
        if tokio::time::timeout(LONGEST, complete).await.is_err() {
            return Err(format!("not all files are there:\n{}", std::fs::read_to_string(&place.log)?).into());
        }
        let took = begun.elapsed();
        let proc = format!("/proc/{}", child.id().ok_or("the agent is gone")?);
        Ok(Agent { child, proc, took })
    }

    /// Processor time used so far by all threads.
    pub fn processor_time(&self) -> Result<Duration, Failure> {
        let mut nanoseconds = 0;
        for thread in std::fs::read_dir(format!("{}/task", self.proc))? {
            // The clock ticks of `stat` are longer than what is measured here.
            let text = std::fs::read_to_string(thread?.path().join("schedstat"))?;
            let running = text.split(' ').next().ok_or("an empty schedstat")?;
            nanoseconds += running.parse::<u64>()?;
        }
        Ok(Duration::from_nanos(nanoseconds))
    }

    /// Memory now.
    pub fn memory(&self) -> Result<Memory, Failure> {
        let status = std::fs::read_to_string(format!("{}/status", self.proc))?;
        let field = |name: &str| -> Result<u64, Failure> {
            let line = status
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
            Ok(number
                .ok_or_else(|| format!("no {name} in the status of a process"))?
                .parse()?)
        };
        Ok(Memory {
            resident: field("VmRSS")?,
            private: field("RssAnon")?,
            files: field("RssFile")?,
            most: field("VmHWM")?,
        })
    }

    /// Ends it at once.
    pub async fn stop(mut self) -> Result<(), Failure> {
        Ok(self.child.kill().await?)
    }
}
