//! What a person watching the demo sees: one line a step, and a sign of life while something is waited for.

use std::future::Future;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

const GREEN: &str = "\x1b[32m";
const RED: &str = "\x1b[31m";
const DIM: &str = "\x1b[2m";
const RESET: &str = "\x1b[0m";
const FRAMES: [&str; 4] = ["|", "/", "-", "\\"];
const FRAME_TIME: Duration = Duration::from_millis(120);

/// Prints steps to stdout; colour and the moving indicator only where stdout is a terminal.
pub struct Progress {
    terminal: bool,
    started: Instant,
}

impl Progress {
    /// Starts the clock of the whole run.
    pub fn new() -> Self {
        Self {
            terminal: std::io::stdout().is_terminal(),
            started: Instant::now(),
        }
    }

    /// Runs one step and prints its line: what happened (the step's own words) and how long it took.
    ///
    /// # Errors
    /// Hands on the step's error, after a line that names the step.
    pub async fn step<T>(
        &self,
        name: &str,
        work: impl Future<Output = anyhow::Result<(T, String)>>,
    ) -> anyhow::Result<T> {
        let began = Instant::now();
        let result = self.watch(name, began, work).await;
        let took = began.elapsed();
        match result {
            Ok((value, happened)) => {
                self.line(GREEN, "ok", name, &happened, took);
                Ok(value)
            }
            Err(error) => {
                self.line(RED, "failed", name, "", took);
                Err(error.context(name.to_owned()))
            }
        }
    }

    /// Prints indented lines below a step: file contents, for instance.
    pub fn detail(&self, text: &str) {
        for line in text.lines() {
            println!("{}{line}{}", self.paint(DIM, "        | "), self.paint(RESET, ""));
        }
    }

    /// The time since the run began.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    async fn watch<T>(&self, name: &str, began: Instant, work: impl Future<Output = T>) -> T {
        tokio::pin!(work);
        let mut ticks = tokio::time::interval(FRAME_TIME);
        let mut frames = FRAMES.iter().cycle();
        ticks.tick().await;
        loop {
            tokio::select! {
                result = &mut work => {
                    self.overwrite("");
                    return result;
                }
                _ = ticks.tick() => {
                    let frame = frames.next().copied().unwrap_or("");
                    self.overwrite(&format!("  {frame}   {name} … {:.1} s", began.elapsed().as_secs_f32()));
                }
            }
        }
    }

    fn overwrite(&self, text: &str) {
        if self.terminal {
            print!("\r\x1b[2K{text}");
            // A terminal that went away must not fail the run it only watched.
            let _ = std::io::stdout().flush();
        }
    }

    fn line(&self, colour: &str, mark: &str, name: &str, happened: &str, took: Duration) {
        let mark = format!("{}{mark:<6}{}", self.paint(colour, ""), self.paint(RESET, ""));
        println!(
            "{mark} {name:<22} {happened} {}",
            self.paint(DIM, &format!("({})", human(took))) + self.paint(RESET, "").as_str()
        );
    }

    fn paint(&self, colour: &str, text: &str) -> String {
        if self.terminal {
            format!("{colour}{text}")
        } else {
            text.to_owned()
        }
    }
}

fn human(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        format!("{:.1} ms", time.as_secs_f64() * 1000.0)
    } else {
        format!("{:.2} s", time.as_secs_f64())
    }
}
