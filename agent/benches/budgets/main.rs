//! The agent's budgets, measured on the binary that ships: size, start, requests, memory and processor time with ten
//! templates over five secrets, over TLS. `make bench` builds that binary and names it in `COFFRET_AGENT`.
//!
//! Prints figures beside their budgets and judges none of them: clocks differ, machines differ.
#![allow(missing_docs)] // a program

mod process;
mod world;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use process::{Agent, Memory};
use world::{Kind, World};

type Failure = Box<dyn std::error::Error>;

/// Starts measured per kind of template.
const STARTS: usize = 30;
/// After a start the agent closes its connection and gives memory back; that is not yet idle.
const SETTLE: Duration = Duration::from_secs(10);
/// For so long nothing changes.
const MINUTE: Duration = Duration::from_secs(60);

/// What one kind of template costs.
struct Figures {
    /// Start to all files written, shortest first.
    starts: Vec<Duration>,
    /// Requests of each start.
    requests: Vec<u64>,
    /// Processor time of a minute in which nothing changed.
    processor: Duration,
    /// Memory at the end of that minute.
    memory: Memory,
}

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime
        .map_err(Failure::from)
        .and_then(|runtime| runtime.block_on(measure()))
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn measure() -> Result<(), Failure> {
    // A bench has no other arguments than cargo's own `--bench`.
    let binary = std::env::var_os("COFFRET_AGENT")
        .map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_coffret-agent")), PathBuf::from);
    let world = World::start().await?;
    println!("{}", binary.display());
    row("binary", &grouped(std::fs::metadata(&binary)?.len()), "5,000,000 bytes");
    for kind in [Kind::Go, Kind::Handlebars] {
        let figures = of_kind(&binary, &world, kind).await?;
        print(kind, &figures);
    }
    Ok(())
}

async fn of_kind(binary: &Path, world: &World, kind: Kind) -> Result<Figures, Failure> {
    let mut starts = Vec::new();
    let mut requests = Vec::new();
    for _ in 0..STARTS {
        let place = world.place(kind)?;
        world.server.journal().clear();
        let agent = Agent::start(binary, &place).await?;
        starts.push(agent.took);
        requests.push(world.server.journal().total());
        agent.stop().await?;
    }
    starts.sort();
    let place = world.place(kind)?;
    let agent = Agent::start(binary, &place).await?;
    tokio::time::sleep(SETTLE).await;
    let before = agent.processor_time()?;
    tokio::time::sleep(MINUTE).await;
    let processor = agent.processor_time()?.saturating_sub(before);
    let memory = agent.memory()?;
    agent.stop().await?;
    Ok(Figures {
        starts,
        requests,
        processor,
        memory,
    })
}

fn print(kind: Kind, figures: &Figures) {
    println!("ten {kind} templates over {} secrets", world::SECRETS);
    let starts = &figures.starts;
    let milliseconds = |index: usize| starts.get(index).map_or(0.0, |time| time.as_secs_f64() * 1e3);
    let spread = format!(
        "{:.1} / {:.1} / {:.1}",
        milliseconds(0),
        milliseconds(starts.len() / 2),
        milliseconds(starts.len().saturating_sub(1)),
    );
    row("start to files, min / median / max", &spread, "25 ms");
    let (least, most) = (figures.requests.iter().min(), figures.requests.iter().max());
    let requests = format!("{} to {}", least.unwrap_or(&0), most.unwrap_or(&0));
    row("requests of a start", &requests, &world::REQUESTS.to_string());
    row("resident, VmRSS", &grouped(figures.memory.resident), "4,000 kB");
    row("  of it private, RssAnon", &grouped(figures.memory.private), "600 kB");
    row("  of it pages of files, RssFile", &grouped(figures.memory.files), "");
    row("most ever resident, VmHWM", &grouped(figures.memory.most), "");
    let processor = format!("{:.2}", figures.processor.as_secs_f64() * 1e3);
    row("processor time of an idle minute", &processor, "5 ms");
}

fn row(what: &str, measured: &str, budget: &str) {
    println!("  {what:<36}{measured:>22}   {budget}");
}

/// With commas between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
