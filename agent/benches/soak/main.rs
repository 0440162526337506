//! A soak: one agent with twenty templates through weeks of short-lived secrets, at a thousand times the usual speed.
//!
//! `cargo bench -p coffret-agent --bench soak -- --minutes 30`. The agent is a process of its own, so that its memory can
//! be told from the dev server's; time comes to it through a socket. Between two looks of the judge time goes on a
//! thousandfold while the agent waits, and as usual while requests are under way: a slow machine makes the soak slower,
//! not harder.

mod files;
mod judge;
mod memory;
mod pod;
mod pulse;
mod server;

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

type Outcome<T> = Result<T, Box<dyn Error>>;

const MINUTES: u64 = 30;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let result = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["agent", directory] => pod::run(directory.as_ref()),
        words => minutes(words).and_then(|minutes| judge::run(Duration::from_secs(60 * minutes))),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // There is nobody left to tell when this fails.
            let _ = writeln!(std::io::stderr(), "soak: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Cargo adds words of its own.
fn minutes(words: &[&str]) -> Outcome<u64> {
    let after = words.iter().position(|word| *word == "--minutes").map(|at| at + 1);
    Ok(match after.and_then(|at| words.get(at)) {
        Some(text) => text.parse::<u64>()?.max(1),
        None => MINUTES,
    })
}
