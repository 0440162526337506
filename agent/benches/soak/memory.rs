//! What a process uses, and whether that grows.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::Outcome;

/// The last quarter may use so much more than the first.
const GROWTH: f64 = 0.03;

#[derive(Clone, Copy, Debug)]
struct Sample {
    resident_kb: u64,
    private_kb: u64,
    descriptors: usize,
}

/// Samples of one process, in the order of time.
pub struct Usage {
    process: PathBuf,
    samples: Vec<Sample>,
}

impl Usage {
    pub fn of(pid: u32) -> Self {
        let process = PathBuf::from(format!("/proc/{pid}"));
        Self {
            process,
            samples: Vec::new(),
        }
    }

    pub fn sample(&mut self) -> Outcome<()> {
        let rollup = std::fs::read_to_string(self.process.join("smaps_rollup"))?;
        let field = |name: &str| -> u64 {
            let line = rollup.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
                .unwrap_or(0)
        };
        self.samples.push(Sample {
            resident_kb: field("Rss:"),
            private_kb: field("Private_Clean:") + field("Private_Dirty:"),
            descriptors: std::fs::read_dir(self.process.join("fd"))?.count(),
        });
        Ok(())
    }

    /// First against last quarter, in words.
    ///
    /// # Errors
    /// It grows, in the same words.
    pub fn verdict(&self) -> Outcome<String> {
        let quarter = self.samples.len() / 4;
        let (first, last) = (&self.samples[..quarter], &self.samples[self.samples.len() - quarter..]);
        let mut text = String::new();
        let mut grows = quarter == 0;
        for (name, of) in [
            ("resident KB", (|s| s.resident_kb as f64) as fn(&Sample) -> f64),
            ("private KB", |s| s.private_kb as f64),
            ("descriptors", |s| s.descriptors as f64),
        ] {
            let mean = |samples: &[Sample]| samples.iter().map(of).sum::<f64>() / samples.len().max(1) as f64;
            let (from, to) = (mean(first), mean(last));
            let growth = to / from - 1.0;
            grows |= growth > GROWTH;
            writeln!(
                text,
                "{name}: first quarter {from:.1}, last {to:.1} ({:+.2} %)",
                growth * 100.0
            )?;
        }
        if grows {
            Err(format!("it grows:\n{text}").into())
        } else {
            Ok(text)
        }
    }
}
